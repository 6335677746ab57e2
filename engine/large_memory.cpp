#include <kedge/engine/large_memory.hpp>

#include <atomic>

namespace kedge::engine {

namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;
std::atomic<page_advice> advice{nullptr};

}  // namespace

void advise_on_pages(page_advice given) noexcept {
    advice.store(given, std::memory_order_relaxed);
}

void* take_large_memory(std::size_t size) {
    const std::size_t whole = (size + large_page - 1) / large_page * large_page;
    void* const taken = ::operator new(whole, std::align_val_t(large_page));
    if (const page_advice given = advice.load(std::memory_order_relaxed)) given(taken, whole);
    return taken;
}

void give_back_large_memory(void* taken) noexcept {
    ::operator delete(taken, std::align_val_t(large_page));
}

}  // namespace kedge::engine
