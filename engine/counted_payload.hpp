#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::engine {

/// The lengths and characters of revision 3 payloads.

/// A length as revision 3 clients write it before the colon, in whatever spelling JavaScript takes for a
/// number
/// ("5", "005", "5e0"). Nothing when it is no number, or none that can be a length.
std::optional<std::size_t> javascript_length(std::string_view text) noexcept;

/// One item of a binary payload.
struct binary_item {
    bool is_text = false;
    std::span<char> data;
};

/// Takes one item off the beginning. False when its head is malformed; an item cut short by the end of the
/// body is given as it is.
bool take_binary_item(std::span<char>& rest, binary_item& into) noexcept;

/// What the items of a binary payload are, found without decoding any.
enum class binary_items { none, all_text, some_binary, malformed };
binary_items survey(std::span<char> body) noexcept;

/// Replaces surrogates that were encoded like characters by U+FFFD, in place. False when the text is
/// otherwise not valid UTF-8.
bool settle_surrogates(std::span<char> text) noexcept;

/// Whether text is the UTF-8 form of bytes that are themselves non-ASCII UTF-8: "UTF-8 within UTF-8".
bool is_double_utf8(std::string_view text) noexcept;

/// Undoes the outer UTF-8 of such text in place.
std::span<char> decode_outer_utf8(std::span<char> text) noexcept;

}  // namespace kedge::engine
