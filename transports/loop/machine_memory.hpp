#pragma once

#include <cstddef>

namespace kedge::transports {

/// The memory that this process may use: the machine's, or what its control group (a container) is given.
std::size_t machine_memory();

/// Lets what takes much memory at once ask for large pages, where the system has them.
void prefer_large_pages() noexcept;

/// Gives memory that nothing uses back to the system, where much of it has gathered, as behind a storm.
void return_spare_memory() noexcept;

}  // namespace kedge::transports
