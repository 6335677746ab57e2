#include <kedge/engine/base64.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace kedge::engine {

namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < standard.size(); ++i)
        values[static_cast<unsigned char>(standard[i])] = static_cast<std::int8_t>(i);
    values['-'] = 62;
    values['_'] = 63;
    return values;
}
constexpr std::array<std::int8_t, 256> values = make_values();

/// Writes the digits of bits, from the highest of 24 on.
char* put_digits(char* to, std::uint32_t bits, unsigned count, std::string_view alphabet) noexcept {
    for (unsigned shift = 18; count-- > 0; shift -= 6) *to++ = alphabet[(bits >> shift) & 63];
    return to;
}

std::uint32_t byte_at(std::string_view data, std::size_t at) noexcept {
    return static_cast<unsigned char>(data[at]);
}

/// Writes all groups of three bytes, and leaves room for the digits of the rest: where, is returned.
char* append_groups(std::string& to, std::string_view data, std::string_view alphabet) {
    const std::size_t start = to.size();
    to.resize(start + base64_size(data.size()));
    char* out = to.data() + start;
    for (std::size_t at = 0; at + 3 <= data.size(); at += 3) {
        const std::uint32_t bits =
            byte_at(data, at) << 16 | byte_at(data, at + 1) << 8 | byte_at(data, at + 2);
        out = put_digits(out, bits, 4, alphabet);
    }
    return out;
}

/// Decodes whole groups of four digits until something else is met; returns how many groups.
std::size_t decode_groups(std::span<char> text) noexcept {
    std::size_t group = 0;
    for (; group < text.size() / 4; ++group) {
        const char* from = &text[group * 4];
        const int a = base64_value(from[0]), b = base64_value(from[1]);
        const int c = base64_value(from[2]), d = base64_value(from[3]);
        if ((a | b | c | d) < 0) break;
        const int bits = a << 18 | b << 12 | c << 6 | d;
        char* to = &text[group * 3];
        to[0] = static_cast<char>(bits >> 16);
        to[1] = static_cast<char>(bits >> 8);
        to[2] = static_cast<char>(bits);
    }
    return group;
}

}  // namespace

int base64_value(char digit) noexcept {
    return values[static_cast<unsigned char>(digit)];
}

void append_base64(std::string& to, std::string_view data) {
    char* out = append_groups(to, data, standard);
    const std::size_t rest = data.size() % 3;
    if (rest == 0) return;
    const std::size_t at = data.size() - rest;
    const std::uint32_t bits = byte_at(data, at) << 16 | (rest == 2 ? byte_at(data, at + 1) << 8 : 0);
    out = put_digits(out, bits, rest == 2 ? 3 : 2, standard);
    std::fill(out, to.data() + to.size(), '=');
}

void append_base64url(std::string& to, std::span<const std::byte> groups) {
    append_groups(to, {reinterpret_cast<const char*>(groups.data()), groups.size()}, for_urls);
}

std::size_t decode_base64(std::span<char> text) noexcept {
    const std::size_t groups = decode_groups(text);
    std::size_t size = groups * 3;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (std::size_t at = groups * 4; at < text.size() && text[at] != '='; ++at) {
        const int value = base64_value(text[at]);
        if (value < 0) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        text[size++] = static_cast<char>(bits >> held);
    }
    return size;
}

}  // namespace kedge::engine
