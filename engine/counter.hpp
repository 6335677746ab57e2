#pragma once

#include <atomic>
#include <cstdint>

namespace kedge::engine {

/// A number that one thread changes and any thread may read.
class counter {
  public:
    counter() noexcept = default;
    counter(const counter&) = delete;
    counter& operator=(const counter&) = delete;

    counter& operator++() noexcept { return *this += 1; }
    counter& operator--() noexcept { return *this += ~std::uint64_t{0}; }
    counter& operator+=(std::uint64_t count) noexcept {
        value_.store(value() + count, std::memory_order_relaxed);
        return *this;
    }
    operator std::uint64_t() const noexcept { return value(); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace kedge::engine
