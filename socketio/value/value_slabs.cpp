#include <kedge/socketio/value/value_slabs.hpp>

#include <algorithm>
#include <atomic>
#include <new>

#include <kedge/engine/large_memory.hpp>

namespace kedge {

namespace {

// Small, since one part that is kept holds all of it. Beyond some of them each is as large as all before it:
// no more than half of what a value takes is waste.
constexpr std::size_t small_slab = 16 * 1024;
constexpr std::size_t large_slab = std::size_t{2} << 20;
constexpr std::size_t of_small_slabs = 16 * small_slab;
// Of a slab that is still being filled, so that it does not go meanwhile.
constexpr std::size_t unfinished = std::size_t{1} << 48;

}  // namespace

struct value_slabs::slab {
    std::atomic<std::size_t> parts;
    const bool is_large;

    static slab* make(std::size_t size, std::size_t parts, bool large) {
        return new (large ? engine::take_large_memory(size) : ::operator new(size)) slab{parts, large};
    }
    void drop(std::size_t count) noexcept {
        if (parts.fetch_sub(count, std::memory_order_acq_rel) != count) return;
        const bool large = is_large;
        this->~slab();
        large ? engine::give_back_large_memory(this) : ::operator delete(this);
    }
};

value_slabs::part value_slabs::take(std::size_t size) {
    constexpr std::size_t step = alignof(void*);
    const std::size_t rounded = (size + step - 1) / step * step;
    if (rounded >= engine::large_memory_from) {
        slab* const own = slab::make(sizeof(slab) + rounded, 1, true);
        return {own + 1, own};
    }
    if (rounded > most_shared) return {::operator new(size), nullptr};
    if (!now_ || used_ + rounded > size_) {
        retire();
        size_ = filled_ < of_small_slabs ? small_slab : std::min(filled_, large_slab);
        now_ = slab::make(size_, unfinished, size_ == large_slab);
        filled_ += size_;
        used_ = sizeof(slab);
    }
    void* const at = reinterpret_cast<std::byte*>(now_) + used_;
    used_ += rounded;
    ++given_;
    return {at, now_};
}

void value_slabs::give_back(const part& taken) noexcept {
    if (taken.from) return taken.from->drop(1);
    ::operator delete(taken.at);
}

void value_slabs::retire() noexcept {
    if (now_) now_->drop(unfinished - given_);
    now_ = nullptr;
    given_ = 0;
}

}  // namespace kedge
