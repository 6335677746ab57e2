#include <kedge/transports/loop/machine_memory.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <kedge/engine/large_memory.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t little_memory = std::size_t{64} << 20;

/// The limit of the process's control group; nothing says "max".
std::size_t group_memory(std::size_t otherwise) {
    std::size_t limit = 0;
    std::ifstream file("/sys/fs/cgroup/memory.max");
    return file >> limit ? limit : otherwise;
}

}  // namespace

std::size_t machine_memory() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page = ::sysconf(_SC_PAGESIZE);
    const std::size_t all = pages > 0 && page > 0
                                ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page)
                                : std::size_t{1} << 30;
    return std::max(std::min(all, group_memory(all)), little_memory);
}

void prefer_large_pages() noexcept {
#ifdef MADV_HUGEPAGE
    engine::advise_on_pages([](void* at, std::size_t size) noexcept {
        ::madvise(at, size, MADV_HUGEPAGE);  // refused where there are none
    });
#endif
}

void return_spare_memory() noexcept {
#if defined(__GLIBC__)
    // Looking costs microseconds, giving back some milliseconds for each hundred megabytes.
    if (const struct mallinfo2 now = ::mallinfo2();
        now.fordblks >= little_memory && now.fordblks >= now.uordblks / 2)
        ::malloc_trim(0);
#endif
}

}  // namespace kedge::transports
