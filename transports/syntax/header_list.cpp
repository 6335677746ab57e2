#include <kedge/transports/syntax/header_list.hpp>

#include <algorithm>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

bool fit_value(std::string_view value) noexcept {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

}  // namespace

bool header_list::add(std::string_view name, std::string_view value) {
    if (!is_token(name) || !fit_value(value)) return false;
    fields_.push_back({std::string(name), std::string(value)});
    return true;
}

bool header_list::set(std::string_view name, std::string_view value) {
    if (!is_token(name) || !fit_value(value)) return false;
    const auto same = [&](const field& each) { return same_token(each.name, name); };
    const auto first = std::find_if(fields_.begin(), fields_.end(), same);
    if (first == fields_.end()) {
        fields_.push_back({std::string(name), std::string(value)});
        return true;
    }
    *first = {std::string(name), std::string(value)};
    fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
    return true;
}

bool header_list::vary(std::string_view name) {
    const std::string* listed = find("Vary");
    if (!listed || listed->empty()) return set("Vary", name);
    for (std::string_view rest = *listed; !rest.empty();) {
        const std::string_view each = next_list_item(rest);
        if (each == "*" || same_token(each, name)) return true;
    }
    return set("Vary", *listed + ", " + std::string(name));
}

void header_list::erase(std::string_view name) {
    const auto same = [&](const field& each) { return same_token(each.name, name); };
    fields_.erase(std::remove_if(fields_.begin(), fields_.end(), same), fields_.end());
}

const std::string* header_list::find(std::string_view name) const noexcept {
    for (const field& each : fields_)
        if (same_token(each.name, name)) return &each.value;
    return nullptr;
}

}  // namespace kedge::transports
