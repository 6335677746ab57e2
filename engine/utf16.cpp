#include <kedge/engine/utf16.hpp>

#include <kedge/engine/utf8.hpp>

namespace kedge::engine {

namespace {

/// Bytes and UTF-16 code units of the character that a byte begins.
struct extent {
    std::size_t bytes;
    std::size_t units;
};
extent extent_of(unsigned char lead) noexcept {
    if (lead < 0x80) return {1, 1};
    if (lead < 0xE0) return {2, 1};
    if (lead < 0xF0) return {3, 1};
    return {4, 2};
}

}  // namespace

std::size_t utf16_length(std::string_view text) noexcept {
    std::size_t units = 0;
    for (const char c : text) {  // one unit for each lead byte, one more for those of four-byte characters
        const auto byte = static_cast<unsigned char>(c);
        units += static_cast<std::size_t>((byte & 0xC0) != 0x80) + static_cast<std::size_t>(byte >= 0xF0);
    }
    return units;
}

std::optional<std::size_t> utf16_prefix(std::string_view text, std::size_t units) noexcept {
    std::size_t at = 0;
    while (units > 0) {
        const std::size_t ascii = ascii_prefix(text.substr(at, units));
        at += ascii;
        units -= ascii;
        if (units == 0) break;
        if (at >= text.size()) return std::nullopt;
        const extent next = extent_of(static_cast<unsigned char>(text[at]));
        if (next.units > units || next.bytes > text.size() - at) return std::nullopt;
        at += next.bytes;
        units -= next.units;
    }
    return at;
}

}  // namespace kedge::engine
