#include <transports/jsonp.hpp>

#include <engine/utf8.hpp>

namespace kedge::transports {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Node's parser of forms looks at no more fields than this.
constexpr int max_fields = 1000;

void append_control(std::string& to, unsigned char c) {
    switch (c) {
        case '\b':
            to += "\\b";
            return;
        case '\t':
            to += "\\t";
            return;
        case '\n':
            to += "\\n";
            return;
        case '\f':
            to += "\\f";
            return;
        case '\r':
            to += "\\r";
            return;
        default:
            ((to += "\\u00") += hex_digits[c >> 4]) += hex_digits[c & 15];
    }
}

/// U+2028 and U+2029 end a line in scripts, though not in JSON.
bool line_separator(std::string_view text) noexcept {
    return text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9");
}

bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '\xE2';
}

/// Appends one character, or the first byte of one; returns how many bytes of the text it stands for.
std::size_t append_escaped(std::string& to, std::string_view text) {
    const char c = text.front();
    if (c == '"' || c == '\\') {
        (to += '\\') += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
        append_control(to, static_cast<unsigned char>(c));
    } else if (line_separator(text)) {
        to += text[2] == '\xA8' ? "\\u2028" : "\\u2029";
        return 3;
    } else {
        to += c;
    }
    return 1;
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Undoes '+' and %XX; a '%' that begins no such thing stays.
std::string form_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
        if (low >= 0) {
            decoded += static_cast<char>(high * 16 + low);
            at += 2;
        } else {
            decoded += text[at] == '+' ? ' ' : text[at];
        }
    }
    return decoded;
}

/// Browsers make CR LF of a LF in a form, so the client writes a LF as \n and the two characters \n as \\n.
std::string newlines_restored(std::string_view text) {
    std::string restored;
    restored.reserve(text.size());
    while (!text.empty()) {
        if (text.starts_with("\\\\n")) {
            restored += "\\n";
            text.remove_prefix(3);
        } else if (text.starts_with("\\n")) {
            restored += '\n';
            text.remove_prefix(2);
        } else {
            restored += text.front();
            text.remove_prefix(1);
        }
    }
    return restored;
}

}  // namespace

std::string jsonp_index(std::string_view j) {
    std::string digits;
    for (const char c : j)
        if (c >= '0' && c <= '9') digits += c;
    return digits;
}

void append_jsonp(std::string& to, std::string_view index, std::string_view payload) {
    to.append("___eio[").append(index).append("](\"");
    while (!payload.empty()) {
        std::size_t plain = 0;
        while (plain < payload.size() && !needs_escape(payload[plain])) ++plain;
        to.append(payload.substr(0, plain));
        payload.remove_prefix(plain);
        if (!payload.empty()) payload.remove_prefix(append_escaped(to, payload));
    }
    to.append("\");");
}

std::optional<std::string> decode_jsonp_body(std::string_view form) {
    std::optional<std::string_view> found;
    for (int fields = 0; !form.empty() && fields < max_fields;) {
        const auto end = form.find('&');
        const std::string_view field = form.substr(0, end);
        form = end == std::string_view::npos ? std::string_view{} : form.substr(end + 1);
        if (field.empty()) continue;
        ++fields;
        const auto equals = field.find('=');
        const std::string_view key = field.substr(0, equals);
        if (key != "d" && key != "%64") continue;
        if (found) return std::nullopt;
        found = equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1);
    }
    if (!found) return std::nullopt;
    std::string text = form_decoded(*found);
    if (!engine::valid_utf8(text)) text = engine::repair_utf8(text);
    return newlines_restored(text);
}

}  // namespace kedge::transports
