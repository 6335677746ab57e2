#include <kedge/sse/event_text.hpp>

#include <algorithm>
#include <iterator>

namespace kedge::sse {

namespace {

constexpr std::string_view line_ends = "\r\n";

void append_field(std::string& to, std::string_view name, std::string_view value) {
    to += name;
    to += ": ";
    std::copy_if(value.begin(), value.end(), std::back_inserter(to),
                 [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
    to += '\n';
}

/// The text up to its first line end, which is taken off with it: CR, LF or both.
std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t end = text.find_first_of(line_ends);
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
        return line;
    }
    const bool both = text.substr(end).starts_with(line_ends);
    text.remove_prefix(end + (both ? 2 : 1));
    return line;
}

}  // namespace

void append_event(std::string& to, const event_text& event) {
    if (!event.name.empty()) append_field(to, "event", event.name);
    if (!event.id.empty()) append_field(to, "id", event.id);
    std::string_view rest = event.data;
    bool more = true;
    while (more) {
        more = rest.find_first_of(line_ends) != std::string_view::npos;
        to += "data: ";
        to += take_line(rest);
        to += '\n';
    }
    to += '\n';
}

void append_comment(std::string& to, std::string_view text) {
    to += ':';
    to += text;
    to += "\n\n";
}

}  // namespace kedge::sse
