#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kedge::engine {

/// The length of valid UTF-8 in UTF-16 code units: what JavaScript calls the length of the string.
std::size_t utf16_length(std::string_view text) noexcept;

/// The number of bytes that the first `units` UTF-16 code units of valid UTF-8 take; nothing when there are
/// fewer, or when the cut would go through a character.
std::optional<std::size_t> utf16_prefix(std::string_view text, std::size_t units) noexcept;

}  // namespace kedge::engine
