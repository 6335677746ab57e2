#include <kedge/engine/json_string.hpp>

#include <algorithm>

namespace kedge::engine {

namespace {

char short_escape(char c) noexcept {
    switch (c) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

void append_unicode_escape(std::string& to, unsigned char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    to.append("\\u00");
    to.push_back(digits[c >> 4]);
    to.push_back(digits[c & 15]);
}

void append_escape(std::string& to, char c) {
    if (const char escape = short_escape(c)) {
        to.push_back('\\');
        to.push_back(escape);
    } else {
        append_unicode_escape(to, static_cast<unsigned char>(c));
    }
}

bool is_special(char c) noexcept {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
    to.push_back('"');
    while (!text.empty()) {
        const auto special = std::find_if(text.begin(), text.end(), is_special);
        to.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (text.empty()) break;
        append_escape(to, text.front());
        text.remove_prefix(1);
    }
    to.push_back('"');
}

}  // namespace kedge::engine
