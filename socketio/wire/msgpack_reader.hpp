#pragma once

#include <cstddef>
#include <span>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/text_arena.hpp>

namespace kedge {

/// Reads one MessagePack value that fills `bytes` onto a tape; false if it is none. Strings and binaries on
/// the tape point into `bytes`, what has to be spelt anew (dates, numbers as keys) is kept in `texts`. Does
/// not recurse.
///
/// The reference packer's own forms are understood: undefined (null, left out of objects), Date (the string
/// that JSON would carry), ArrayBuffer (binary); any other extension is an array of its type and its bytes,
/// as there.
bool read_msgpack(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts);
/// The same for what servers say to one another: their packer writes dates as MessagePack's timestamps.
bool read_server_msgpack(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts);

}  // namespace kedge
