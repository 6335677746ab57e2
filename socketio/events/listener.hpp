#pragma once

#include <cstdint>

namespace kedge {

/// Names one registration of a handler, to take it back with: `auto id = socket.on(…); … socket.off(id);`.
enum class listener : std::uint64_t {};

}  // namespace kedge
