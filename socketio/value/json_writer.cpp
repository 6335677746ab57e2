#include <kedge/socketio/value/json_writer.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>

#include <kedge/engine/byte_block.hpp>

namespace kedge {
namespace {

constexpr bool is_special(unsigned char c) {
    return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

/// Marks the bytes of which is_special() is true: those above 0x7f are negative.
engine::byte_block special_bytes(const engine::byte_block& block) {
    return (block < 0x20) | (block == '"') | (block == '\\');
}

/// The first byte that cannot be copied as it is without a look, or `end`.
const char* skip_plain(const char* at, const char* end) {
    constexpr std::size_t step = engine::byte_block_size;
    while (static_cast<std::size_t>(end - at) >= step &&
           !engine::any_high_bit(special_bytes(engine::load_block(at))))
        at += step;
    while (at != end && !is_special(static_cast<unsigned char>(*at))) ++at;
    return at;
}

/// What begins with a byte above 0x7f: how long it is, and what it is.
struct sequence {
    enum class kind : std::uint8_t { valid, surrogate, broken };
    kind is;
    std::uint8_t length;
};

/// The range of a sequence's second byte, which tells overlong forms and what is above U+10FFFF.
struct lead {
    std::uint8_t length;
    unsigned char low;
    unsigned char high;
};
constexpr lead read_lead(unsigned char c) {
    if (c >= 0xc2 && c <= 0xdf) return {2, 0x80, 0xbf};
    if (c == 0xe0) return {3, 0xa0, 0xbf};
    if (c >= 0xe1 && c <= 0xef) return {3, 0x80, 0xbf};
    if (c == 0xf0) return {4, 0x90, 0xbf};
    if (c >= 0xf1 && c <= 0xf3) return {4, 0x80, 0xbf};
    if (c == 0xf4) return {4, 0x80, 0x8f};
    return {1, 0, 0};
}

sequence read_sequence(const char* at, const char* end) {
    const auto byte = [at](std::uint8_t index) { return static_cast<unsigned char>(at[index]); };
    const lead first = read_lead(byte(0));
    std::uint8_t length = 1;
    while (length < first.length && at + length != end) {
        const bool second = length == 1;
        if (byte(length) < (second ? first.low : 0x80) || byte(length) > (second ? first.high : 0xbf)) break;
        ++length;
    }
    const bool whole = first.length > 1 && length == first.length;
    if (whole && byte(0) == 0xed && byte(1) >= 0xa0) return {sequence::kind::surrogate, length};
    const bool half_cut = byte(0) == 0xed && length == 2 && byte(1) >= 0xa0;
    return {whole ? sequence::kind::valid : sequence::kind::broken, half_cut ? std::uint8_t{1} : length};
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The length of the sequences that most text above ASCII consists of, or 0 where a closer look is needed.
std::ptrdiff_t common_length(const char* at, const char* end) {
    const auto first = static_cast<unsigned char>(*at);
    if (first >= 0xc2 && first <= 0xdf && end - at >= 2 && is_continuation(at[1])) return 2;
    const bool three = first >= 0xe1 && first <= 0xef && first != 0xed && end - at >= 3;
    return three && is_continuation(at[1]) && is_continuation(at[2]) ? 3 : 0;
}

/// Steps over text that is copied as it is: up to what must be escaped, is broken or needs a closer look.
const char* skip_copied(const char* at, const char* end) {
    for (at = skip_plain(at, end); at != end; at = skip_plain(at, end)) {
        const char* const before = at;
        while (at != end) {
            const auto length = common_length(at, end);
            if (length == 0) break;
            at += length;
        }
        if (at == before) break;
    }
    return at;
}

void append_unicode_escape(std::string& out, unsigned code) {
    constexpr char hex[] = "0123456789abcdef";
    const char escape[] = {'\\',          'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15],
                           hex[code & 15]};
    out.append(escape, sizeof escape);
}

void append_escape(std::string& out, char c) {
    constexpr std::string_view plain = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    if (const auto at = plain.find(c); at != std::string_view::npos) {
        out += '\\';
        out += letters[at];
    } else {
        append_unicode_escape(out, static_cast<unsigned char>(c));
    }
}

void append_sequence(std::string& out, const char* at, sequence found) {
    if (found.is == sequence::kind::broken) {
        out += "\xef\xbf\xbd";
        return;
    }
    const unsigned code =
        0xd000u | (static_cast<unsigned>(at[1]) & 0x3fu) << 6 | (static_cast<unsigned>(at[2]) & 0x3fu);
    append_unicode_escape(out, code);
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, written.ptr);
}

/// Significant digits without leading or trailing zeros, and where the decimal point is in them.
struct decimal {
    char digits[24];
    int count = 0;
    int point = 0;
};

decimal shortest(double value) {
    char text[40];
    const auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
    decimal made;
    const char* at = text;
    for (; *at != 'e'; ++at) {
        if (*at != '.') made.digits[made.count++] = *at;
    }
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, written.ptr, made.point);
    ++made.point;
    return made;
}

void append_zeros(std::string& out, int count) {
    out.append(static_cast<std::size_t>(count), '0');
}

void append_exponential(std::string& out, const decimal& from) {
    out += from.digits[0];
    if (from.count > 1) {
        out += '.';
        out.append(from.digits + 1, static_cast<std::size_t>(from.count - 1));
    }
    out += from.point > 0 ? "e+" : "e-";
    append_integer(out, std::abs(from.point - 1));
}

/// Number.prototype.toString for a positive number.
void append_decimal(std::string& out, const decimal& from) {
    const auto count = static_cast<std::size_t>(from.count);
    if (from.point > 21 || from.point <= -6) return append_exponential(out, from);
    if (from.point <= 0) {
        out += "0.";
        append_zeros(out, -from.point);
        out.append(from.digits, count);
    } else if (from.point >= from.count) {
        out.append(from.digits, count);
        append_zeros(out, from.point - from.count);
    } else {
        const auto whole = static_cast<std::size_t>(from.point);
        out.append(from.digits, whole);
        out += '.';
        out.append(from.digits + whole, count - whole);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    const char* const end = text.data() + text.size();
    const char* copied = text.data();
    for (const char* at = skip_copied(copied, end); at != end; at = skip_copied(at, end)) {
        sequence found{sequence::kind::broken, 1};
        const bool ascii = static_cast<unsigned char>(*at) < 0x80;
        if (!ascii) found = read_sequence(at, end);
        if (found.is != sequence::kind::valid) {
            out.append(copied, at);
            ascii ? append_escape(out, *at) : append_sequence(out, at, found);
            copied = at + found.length;
        }
        at += found.length;
    }
    out.append(copied, end);
    out += '"';
}

void append_json_number(std::string& out, double value) {
    constexpr double exact = 0x1p53;
    if (!std::isfinite(value)) {
        out += "null";
    } else if (std::fabs(value) < exact && std::trunc(value) == value) {
        append_integer(out, static_cast<std::int64_t>(value));
    } else {
        if (value < 0) out += '-';
        append_decimal(out, shortest(std::fabs(value)));
    }
}

void json_writer::integer(std::int64_t value) {
    separate();
    append_integer(out_, value);
}

void json_writer::unsigned_integer(std::uint64_t value) {
    separate();
    append_integer(out_, value);
}

void json_writer::number(double value) {
    separate();
    append_json_number(out_, value);
}

void json_writer::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
}

void json_writer::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    comma_ = false;
}

void json_writer::binary(std::span<const std::byte> bytes) {
    if (attachments_) {
        literal("{\"_placeholder\":true,\"num\":");
        append_integer(out_, attachments_->size());
        out_ += '}';
        attachments_->push_back(bytes);
        return;
    }
    literal("{\"type\":\"Buffer\",\"data\":[");
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (at != 0) out_ += ',';
        append_integer(out_, static_cast<unsigned>(bytes[at]));
    }
    out_ += "]}";
}

}  // namespace kedge
