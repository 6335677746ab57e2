#include <kedge/engine/json_string.hpp>

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

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
    to.push_back('"');
    for (const char c : text) {
        if (const char escape = short_escape(c)) {
            to.push_back('\\');
            to.push_back(escape);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            append_unicode_escape(to, static_cast<unsigned char>(c));
        } else {
            to.push_back(c);
        }
    }
    to.push_back('"');
}

}  // namespace kedge::engine
