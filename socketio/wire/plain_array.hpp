#pragma once

#include <cstddef>
#include <string_view>

#include <kedge/socketio/value/tape.hpp>

namespace kedge {

/// Reads the JSON that most events are, without blanks between its parts: an array of strings without
/// escapes, of whole numbers, and of such arrays that are not empty. False, with an empty tape, when the text
/// is anything else, which may well be right too, or deeper than `max_depth`. The tape is empty before; its
/// strings point into the text, which is not changed.
bool read_plain_array(std::string_view text, std::size_t max_depth, tape& to);

}  // namespace kedge
