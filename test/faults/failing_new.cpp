// The operator new of this program, which fails when it is told to.
#include <test/faults/failing_new.hpp>

#include <cstdlib>
#include <new>

namespace kedge::test {
namespace {

thread_local bool armed = false;
thread_local bool is_exposed = false;
thread_local std::uint64_t seen = 0;
thread_local std::uint64_t bytes_seen = 0;
thread_local std::uint64_t first_failure = 0;
thread_local failing manner = failing::once;

bool fails(std::size_t size) noexcept {
    if (!armed || !is_exposed) return false;
    ++seen;
    bytes_seen += size;
    if (first_failure == 0) return false;
    return manner == failing::once ? seen == first_failure : seen >= first_failure;
}

void* allocate(std::size_t size) noexcept {
    return fails(size) ? nullptr : std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
    const auto step = static_cast<std::size_t>(alignment);
    return fails(size) ? nullptr : std::aligned_alloc(step, (size + step - 1) / step * step);
}

void* or_throw(void* memory) {
    if (!memory) throw std::bad_alloc();
    return memory;
}

}  // namespace

failing_allocations::failing_allocations(std::uint64_t nth, failing how) noexcept {
    seen = 0;
    bytes_seen = 0;
    first_failure = nth;
    manner = how;
    armed = true;
}

failing_allocations::~failing_allocations() {
    armed = false;
}

std::uint64_t failing_allocations::count() noexcept {
    return seen;
}

std::uint64_t failing_allocations::bytes() noexcept {
    return bytes_seen;
}

exposed::exposed() noexcept {
    is_exposed = true;
}

exposed::~exposed() {
    is_exposed = false;
    if (manner == failing::to_the_end_of_the_turn && seen >= first_failure) first_failure = 0;
}

bool exposed::here() noexcept {
    return is_exposed;
}

}  // namespace kedge::test

using kedge::test::allocate;
using kedge::test::or_throw;

void* operator new(std::size_t size) {
    return or_throw(allocate(size));
}
void* operator new[](std::size_t size) {
    return or_throw(allocate(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return or_throw(allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return or_throw(allocate(size, alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
