#pragma once

#include <cstdint>
#include <optional>

namespace kedge::transports {

/// Whether nothing waits to be read there and the other side has not ended the connection, as far as is known
/// here.
bool is_quiet(int descriptor) noexcept;

/// How many bytes the other side's kernel has said to have, on TCP. While they do not grow, nobody there can
/// have read what was sent meanwhile.
std::optional<std::uint64_t> bytes_taken(int descriptor) noexcept;

}  // namespace kedge::transports
