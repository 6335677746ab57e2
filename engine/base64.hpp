#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kedge::engine {

/// The number of characters that `bytes` bytes take in padded base64.
constexpr std::size_t base64_size(std::size_t bytes) noexcept {
    return (bytes + 2) / 3 * 4;
}

/// Appends standard, padded base64.
void append_base64(std::string& to, std::string_view data);

/// Decodes in place and returns the number of bytes, which lie at the beginning. As lenient as Node: both
/// alphabets, padding or none, anything else is passed over.
std::size_t decode_base64(std::span<char> text) noexcept;

/// Appends base64 in the url-safe alphabet; the bytes are whole groups of three, so that nothing is padded.
void append_base64url(std::string& to, std::span<const std::byte> groups);
/// The six bits of a character of either alphabet, or a negative number.
int base64_value(char digit) noexcept;

}  // namespace kedge::engine
