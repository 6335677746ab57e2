#pragma once

#include <cstddef>
#include <new>

namespace kedge::engine {

/// Asks the system for large pages where so many bytes lie: a hint, which it may refuse.
using page_advice = void (*)(void* at, std::size_t size) noexcept;
/// Who knows the system says so here, once.
void advise_on_pages(page_advice given) noexcept;

/// From here on memory is taken in large pages. Each page that is touched for the first time costs, above all
/// in virtual machines: a message of a megabyte may be worth thousands of small ones.
inline constexpr std::size_t large_memory_from = std::size_t{1} << 20;

/// Throws std::bad_alloc.
void* take_large_memory(std::size_t size);
void give_back_large_memory(void* taken) noexcept;

/// For vectors that may become large.
template <class T>
struct large_memory_allocator {
    using value_type = T;

    large_memory_allocator() noexcept = default;
    template <class Other>
    large_memory_allocator(const large_memory_allocator<Other>&) noexcept {}

    T* allocate(std::size_t count) {
        const std::size_t size = count * sizeof(T);
        return static_cast<T*>(size >= large_memory_from ? take_large_memory(size) : ::operator new(size));
    }
    void deallocate(T* taken, std::size_t count) noexcept {
        if (count * sizeof(T) >= large_memory_from)
            give_back_large_memory(taken);
        else
            ::operator delete(taken);
    }
    bool operator==(const large_memory_allocator&) const noexcept { return true; }
};

}  // namespace kedge::engine
