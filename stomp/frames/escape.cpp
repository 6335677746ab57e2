#include <kedge/stomp/frames/escape.hpp>

#include <algorithm>

namespace kedge::stomp {

namespace {

/// The character that a backslash with `name` behind it stands for; NUL when it stands for none.
char meant(char name, version by) noexcept {
    switch (name) {
        case 'n':
            return '\n';
        case 'c':
            return ':';
        case '\\':
            return '\\';
        case 'r':
            return by == version::v1_2 ? '\r' : '\0';
        default:
            return '\0';
    }
}

bool is_special(char c) noexcept {
    return c == '\\' || c == ':' || c == '\n' || c == '\r' || c == '\0';
}

void append_escaped(std::string& to, char c, version by) {
    const bool escapes = by != version::v1_0;
    if (escapes && c == '\\') {
        to += "\\\\";
    } else if (escapes && c == ':') {
        to += "\\c";
    } else if (c == '\n') {
        to += escapes ? "\\n" : " ";
    } else if (c == '\r') {
        to += by == version::v1_2 ? "\\r" : " ";
    } else {
        to += c == '\0' ? ' ' : c;
    }
}

}  // namespace

std::optional<std::string> unescape(std::string_view written, version by) {
    std::string plain;
    plain.reserve(written.size());
    for (std::size_t at = 0; at < written.size(); ++at) {
        if (by == version::v1_0 || written[at] != '\\') {
            plain += written[at];
            continue;
        }
        const char c = at + 1 < written.size() ? meant(written[++at], by) : '\0';
        if (c == '\0') return std::nullopt;
        plain += c;
    }
    return plain;
}

void append_escaped(std::string& to, std::string_view value, version by) {
    // Nearly all values have nothing to escape.
    const auto plain = std::find_if(value.begin(), value.end(), is_special);
    to.append(value.begin(), plain);
    std::for_each(plain, value.end(), [&](char c) { append_escaped(to, c, by); });
}

}  // namespace kedge::stomp
