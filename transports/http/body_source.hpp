#pragma once

#include <cstddef>
#include <span>

#include <kedge/engine/function.hpp>

namespace kedge::transports {

/// Gives the next piece of a body: fills the span from its front and returns how many bytes it wrote. Called
/// on the connection's thread whenever the kernel has taken the piece before, so that a large file is never
/// in memory whole. Returning 0 before the promised length is reached cuts the connection.
using body_source = engine::unique_function<std::size_t(std::span<char>)>;

}  // namespace kedge::transports
