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
/// The reference packer's own forms are understood: undefined (null, left out of objects), Date, as
/// MessagePack's timestamp too (the string that JSON would carry), ArrayBuffer (binary); any other extension
/// is an array of its type and its bytes, as there.
bool read_msgpack(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts);

}  // namespace kedge
