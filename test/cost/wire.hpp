#pragma once

#include <cstddef>
#include <ostream>
#include <string_view>

namespace kedge::cost {

/// Lets a stranger say so much to a whole server over a socketpair, in the turns in which it listens. Throws
/// when the server does not hear it to the end.
void play_wire(std::string_view kind, std::size_t count);

/// The same beside somebody who always waits for an answer. Writes how many bytes were said, how many of them
/// the server took at most while the other waited, by how much its memory grew at most, and for how many
/// microseconds of processor time the other waited at most.
void watch_wire(std::string_view kind, std::size_t count, std::ostream& to);

}  // namespace kedge::cost
