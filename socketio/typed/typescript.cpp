#include <kedge/socketio/typed/typescript.hpp>

#include <algorithm>

#include <kedge/socketio/value/value.hpp>

namespace kedge {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool is_identifier(std::string_view text) {
    const auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

/// What stands last in the spelling of a type, with nothing that TypeScript does not take in a name.
std::string plain_name(std::string_view spelling) {
    const auto arguments = spelling.find('<');
    const auto scope = spelling.substr(0, arguments).rfind(':');
    std::string name(spelling.substr(scope == std::string_view::npos ? 0 : scope + 1));
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_letter(c) && !(c >= '0' && c <= '9'); }, '_');
    return name;
}

}  // namespace

std::string typescript_declaration::quoted(std::string_view text) {
    return value(text).to_json();
}

std::string typescript_declaration::array_of(const std::string& element) {
    return element.find(' ') == std::string::npos ? element + "[]" : '(' + element + ")[]";
}

bool typescript_declaration::declare(std::string_view spelling, std::string& name) {
    const auto known = names_.find(spelling);
    if (known != names_.end()) {
        name = known->second;
        return false;
    }
    const std::string base = plain_name(spelling);
    name = base;
    for (int number = 2; interfaces_.contains(name); ++number) name = base + '_' + std::to_string(number);
    interfaces_[name];
    names_.emplace(spelling, name);
    return true;
}

void typescript_declaration::add_member(std::string& members, std::string_view name, bool optional,
                                        const std::string& type) {
    members += "    " + (is_identifier(name) ? std::string(name) : quoted(name));
    members += (optional ? "?: " : ": ") + type + ";\n";
}

void typescript_declaration::add_event(direction way, std::string_view name, std::string_view parameters) {
    std::string& events = way == direction::from_clients ? from_clients_ : from_server_;
    events += "    " + quoted(name) + ": (" + std::string(parameters) + ") => void;\n";
}

std::string typescript_declaration::text() const {
    std::string all = "// Made from the server's catalogue of events.\n";
    for (const auto& [name, members] : interfaces_)
        all.append("\nexport interface ").append(name).append(" {\n").append(members).append("}\n");
    all += "\nexport interface ClientToServerEvents {\n" + from_clients_ + "}\n";
    all += "\nexport interface ServerToClientEvents {\n" + from_server_ + "}\n";
    return all;
}

}  // namespace kedge
