#pragma once

#include <cstdint>

namespace bench {

/// How often operator new was called in this process. Counting replaces the global operators.
std::uint64_t allocations() noexcept;

}  // namespace bench
