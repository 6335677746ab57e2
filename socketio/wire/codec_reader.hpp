#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <kedge/engine/message.hpp>
#include <kedge/socketio/value/tape.hpp>

namespace kedge {

enum class json_outcome : std::uint8_t { read, invalid, illegal_attachments };

/// Reads JSON text onto a tape, as JSON.parse reads it. Works in place: the text is changed, and so is the
/// byte behind its end for the duration of the call; strings on the tape point into it. Surrogate escapes
/// without their other half become three bytes each (as in WTF-8), which json_writer turns back. With
/// `attachments` the placeholders for them are replaced; so many for so much that copies would take ten times
/// what came are illegal. Numbers beyond the range of double are infinite. Does not recurse; deeper than
/// `max_depth` is invalid.
json_outcome read_json(std::span<char> text, std::size_t max_depth, tape& to,
                       const std::vector<engine::message_ptr>* attachments = nullptr);

}  // namespace kedge
