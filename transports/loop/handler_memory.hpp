#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace kedge::transports {

/// Memory for the few completion handlers that a worker hands to Asio: put aside when the worker is made, so
/// that it can be woken, and can wait, when memory has run out. From any thread.
class handler_memory {
  public:
    void* take(std::size_t size) {
        if (size <= slot_size)
            for (slot& each : slots_)
                if (!each.taken.exchange(true, std::memory_order_acquire)) return each.bytes.data();
        return ::operator new(size);
    }
    void give_back(void* bytes) noexcept {
        for (slot& each : slots_)
            if (each.bytes.data() == bytes) return each.taken.store(false, std::memory_order_release);
        ::operator delete(bytes);
    }

  private:
    static constexpr std::size_t slot_size = 256;
    static constexpr std::size_t slot_count = 8;
    struct slot {
        alignas(std::max_align_t) std::array<std::byte, slot_size> bytes;
        std::atomic<bool> taken{false};
    };
    std::array<slot, slot_count> slots_;
};

/// What Asio asks for memory.
template <class T>
class handler_allocator {
  public:
    using value_type = T;
    explicit handler_allocator(handler_memory& from) noexcept : from_(&from) {}
    template <class U>
    handler_allocator(const handler_allocator<U>& other) noexcept : from_(other.from_) {}

    T* allocate(std::size_t count) { return static_cast<T*>(from_->take(count * sizeof(T))); }
    void deallocate(T* bytes, std::size_t) noexcept { from_->give_back(bytes); }

    template <class U>
    bool operator==(const handler_allocator<U>& other) const noexcept {
        return from_ == other.from_;
    }

  private:
    template <class U>
    friend class handler_allocator;
    handler_memory* from_;
};

/// A completion handler that lies in such memory, and keeps it.
template <class F>
class kept_handler {
  public:
    using allocator_type = handler_allocator<std::byte>;

    kept_handler(std::shared_ptr<handler_memory> where, F f) noexcept
        : where_(std::move(where)), f_(std::move(f)) {}
    allocator_type get_allocator() const noexcept { return allocator_type(*where_); }
    template <class... Args>
    void operator()(Args&&... args) {
        f_(std::forward<Args>(args)...);
    }

  private:
    std::shared_ptr<handler_memory> where_;
    F f_;
};

}  // namespace kedge::transports
