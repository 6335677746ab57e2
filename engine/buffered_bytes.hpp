#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace kedge::engine {

/// What one holder of bytes that wait to be sent takes in memory, counted among all in the process until it
/// goes.
class buffered_bytes {
  public:
    buffered_bytes() noexcept = default;
    buffered_bytes(buffered_bytes&& other) noexcept : counted_(std::exchange(other.counted_, 0)) {}
    buffered_bytes& operator=(buffered_bytes&& other) noexcept {
        std::swap(counted_, other.counted_);
        return *this;
    }
    ~buffered_bytes() { set(0); }

    /// What all of them take, in all servers of this process. From any thread.
    static std::size_t total() noexcept { return total_.load(std::memory_order_relaxed); }

    void set(std::size_t now) noexcept {
        if (now == counted_) return;
        add(now - counted_);  // wraps around where it shrinks
        counted_ = now;
    }
    /// For who does not hold one of these.
    static void add(std::size_t count) noexcept { total_.fetch_add(count, std::memory_order_relaxed); }
    static void subtract(std::size_t count) noexcept { total_.fetch_sub(count, std::memory_order_relaxed); }

  private:
    inline static std::atomic<std::size_t> total_{0};
    std::size_t counted_ = 0;
};

}  // namespace kedge::engine
