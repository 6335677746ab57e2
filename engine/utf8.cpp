#include <kedge/engine/utf8.hpp>

#include <kedge/engine/byte_block.hpp>

namespace kedge::engine {

std::size_t ascii_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at + byte_block_size <= text.size() && !any_high_bit(load_block(text.data() + at)))
        at += byte_block_size;
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

namespace {

bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The length of the valid character of two to four bytes at the beginning; 0 when there is none, or not all
/// of it.
std::size_t long_character(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size || !continues(text[1])) return 0;
    if (size == 2) return 2;
    const auto second = static_cast<unsigned char>(text[1]);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;  // overlong, surrogate
    if (!continues(text[2])) return 0;
    if (size == 3) return 3;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;  // overlong, too large
    return continues(text[3]) ? 4 : 0;
}

}  // namespace

void utf8_validator::expect(std::uint8_t missing, std::uint8_t lowest, std::uint8_t highest) noexcept {
    missing_ = missing;
    lowest_ = lowest;
    highest_ = highest;
}

bool utf8_validator::begin(unsigned char lead) noexcept {
    if (lead < 0x80) return true;
    if (lead < 0xC2 || lead > 0xF4) return false;  // a continuation, an overlong form, or above U+10FFFF
    if (lead < 0xE0) {
        expect(1, 0x80, 0xBF);
    } else if (lead < 0xF0) {
        expect(2, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);  // no overlong form, no surrogate
    } else {
        expect(3, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    }
    return true;
}

bool utf8_validator::take(unsigned char byte) noexcept {
    if (missing_ == 0) return begin(byte);
    if (byte < lowest_ || byte > highest_) return false;
    expect(static_cast<std::uint8_t>(missing_ - 1), 0x80, 0xBF);
    return true;
}

bool utf8_validator::feed(std::string_view piece) noexcept {
    if (failed_) return false;
    std::size_t at = 0;
    while (at < piece.size()) {
        const auto byte = static_cast<unsigned char>(piece[at]);
        if (missing_ == 0) {  // at the beginning of a character, all of which is likely to be here
            const std::string_view rest = piece.substr(at);
            const std::size_t whole = byte < 0x80 ? ascii_prefix(rest) : long_character(rest);
            at += whole;
            if (whole > 0) continue;
        }
        if (!take(byte)) {
            failed_ = true;
            return false;
        }
        ++at;
    }
    return true;
}

bool valid_utf8(std::string_view text) noexcept {
    utf8_validator check;
    return check.feed(text) && check.complete();
}

namespace {

/// The length of the longest beginning of `text` that is part of one valid character; at least 1.
std::size_t malformed_length(std::string_view text) noexcept {
    std::size_t length = 1;
    while (length < text.size()) {
        utf8_validator check;
        if (!check.feed(text.substr(0, length + 1))) break;
        if (check.complete()) break;
        ++length;
    }
    return length;
}

/// The length of the valid whole characters at the beginning.
std::size_t valid_prefix(std::string_view text) noexcept {
    utf8_validator check;
    std::size_t whole = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t run = check.complete() ? ascii_prefix(text.substr(at)) : 0;
        const std::size_t step = run > 0 ? run : 1;
        if (!check.feed(text.substr(at, step))) break;
        at += step;
        if (check.complete()) whole = at;
    }
    return whole;
}

}  // namespace

std::string repair_utf8(std::string_view text) {
    std::string repaired;
    repaired.reserve(text.size());
    while (!text.empty()) {
        const std::size_t good = valid_prefix(text);
        repaired.append(text.substr(0, good));
        text.remove_prefix(good);
        if (text.empty()) break;
        repaired.append("\xEF\xBF\xBD");
        text.remove_prefix(malformed_length(text));
    }
    return repaired;
}

}  // namespace kedge::engine
