#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::engine {

/// Checks UTF-8 as it arrives, in pieces of any size: a byte that can belong to no valid text is found at
/// once.
class utf8_validator {
  public:
    /// False as soon as the text so far cannot be the beginning of valid UTF-8; it then stays false.
    bool feed(std::string_view piece) noexcept;
    /// Whether the text may end here, not within a character.
    bool complete() const noexcept { return missing_ == 0; }
    void reset() noexcept { *this = {}; }

  private:
    bool take(unsigned char byte) noexcept;
    bool begin(unsigned char lead) noexcept;
    void expect(std::uint8_t missing, std::uint8_t lowest, std::uint8_t highest) noexcept;

    std::uint8_t missing_ = 0;  // bytes that the current character still needs
    std::uint8_t lowest_ = 0x80;
    std::uint8_t highest_ = 0xBF;  // the range of the next of them
    bool failed_ = false;
};

/// The length of the longest run of ASCII at the beginning.
std::size_t ascii_prefix(std::string_view text) noexcept;

/// Whether the whole text is valid UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool valid_utf8(std::string_view text) noexcept;

/// The text with each invalid sequence replaced by U+FFFD, as browsers and Node decode it.
std::string repair_utf8(std::string_view text);

}  // namespace kedge::engine
