#pragma once

#include <cstddef>

namespace kedge {

class item;

/// What a value that is made of it takes in memory, roughly: with what the allocator adds.
std::size_t memory_of(const item& from) noexcept;

}  // namespace kedge
