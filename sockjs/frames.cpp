#include <kedge/sockjs/frames.hpp>

#include <algorithm>
#include <cstddef>

#include <kedge/engine/utf8.hpp>

namespace kedge::sockjs {

namespace {

void append_unicode_escape(std::string& to, unsigned unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    to += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) to += digits[(unit >> shift) & 0xF];
}

/// Appends an ASCII character inside a JSON string.
void append_ascii(std::string& to, char c) {
    switch (c) {
        case '"':
            to += "\\\"";
            return;
        case '\\':
            to += "\\\\";
            return;
        case '\b':
            to += "\\b";
            return;
        case '\f':
            to += "\\f";
            return;
        case '\n':
            to += "\\n";
            return;
        case '\r':
            to += "\\r";
            return;
        case '\t':
            to += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(c) < 0x20) {
        append_unicode_escape(to, static_cast<unsigned char>(c));
    } else {
        to += c;
    }
}

/// How many characters from `at` on stand for themselves in a JSON string: most of nearly all texts.
std::size_t plain_run(std::string_view text, std::size_t at) noexcept {
    const auto plain = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' &&
               c != '\\' && c != '<';
    };
    const auto from = text.begin() + static_cast<std::ptrdiff_t>(at);
    return static_cast<std::size_t>(std::find_if_not(from, text.end(), plain) - from);
}

/// The code point of the character of three bytes that begins here, where there is one.
unsigned three_bytes(std::string_view text) noexcept {
    if (text.size() < 3 || (static_cast<unsigned char>(text[0]) & 0xF0) != 0xE0) return 0;
    const auto low = [&](std::size_t at) { return static_cast<unsigned char>(text[at]) & 0x3FU; };
    return (static_cast<unsigned char>(text[0]) & 0xFU) << 12 | low(1) << 6 | low(2);
}

/// What some browsers or proxies spoil when it travels raw.
bool spoiled(unsigned point) noexcept {
    return (point >= 0x200C && point <= 0x200F) || (point >= 0x2028 && point <= 0x202F) ||
           (point >= 0x2060 && point <= 0x206F) || point >= 0xFFF0;
}

/// Appends valid UTF-8 as the inside of a JSON string.
void append_escaped(std::string& to, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t run = plain_run(text, at);
        to.append(text, at, run);
        at += run;
        if (at == text.size()) return;
        const char c = text[at];
        const unsigned point = static_cast<unsigned char>(c) < 0x80 ? 0 : three_bytes(text.substr(at));
        if (static_cast<unsigned char>(c) < 0x80) {
            append_ascii(to, c);
        } else if (point != 0 && spoiled(point)) {
            append_unicode_escape(to, point);
            at += 2;
        } else {
            to += c;
        }
    }
}

/// Appends a frame as a string inside a script: a `<` could end the script.
void append_script_string(std::string& to, std::string_view frame) {
    to += '"';
    for (std::size_t at = 0; at < frame.size(); ++at) {
        const std::size_t run = plain_run(frame, at);
        to.append(frame, at, run);
        at += run;
        if (at == frame.size()) break;
        if (frame[at] == '<') {
            append_unicode_escape(to, '<');
        } else {
            append_ascii(to, frame[at]);
        }
    }
    to += '"';
}

/// Appends a frame as the data of an event, which ends with its line.
void append_event_data(std::string& to, std::string_view frame) {
    for (const char c : frame) {
        if (c == '%') {
            to += "%25";
        } else if (c == '\r') {
            to += "%0D";
        } else if (c == '\n') {
            to += "%0A";
        } else if (c == '\0') {
            to += "%00";
        } else {
            to += c;
        }
    }
}

}  // namespace

void append_message(std::string& to, std::string_view message) {
    to += '"';
    if (engine::valid_utf8(message)) {
        append_escaped(to, message);
    } else {
        append_escaped(to, engine::repair_utf8(message));
    }
    to += '"';
}

void begin_message(std::string& frame) {
    frame += frame.empty() ? "a[" : ",";
}

void end_messages(std::string& frame) {
    frame += ']';
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
    std::string frame = "c[" + std::to_string(code) + ',';
    append_message(frame, reason);
    frame += ']';
    return frame;
}

void append_wrapped(std::string& to, wrapping how, std::string_view frame, std::string_view callback) {
    switch (how) {
        case wrapping::line:
            to += frame;
            to += '\n';
            return;
        case wrapping::event:
            to += "data: ";
            append_event_data(to, frame);
            to += "\r\n\r\n";
            return;
        case wrapping::script:
            to += "<script>\np(";
            append_script_string(to, frame);
            to += ");\n</script>\r\n";
            return;
        case wrapping::call:
            to += "/**/";
            to += callback;
            to += '(';
            append_script_string(to, frame);
            to += ");\r\n";
            return;
    }
}

}  // namespace kedge::sockjs
