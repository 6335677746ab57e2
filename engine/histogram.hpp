#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <kedge/engine/counter.hpp>

namespace kedge::engine {

/// How often something took how long. One thread adds, any thread may read.
class histogram {
  public:
    /// Up to which time each but the last class goes.
    static constexpr std::array<std::chrono::microseconds, 10> bounds{
        std::chrono::microseconds{100},       std::chrono::microseconds{500},
        std::chrono::microseconds{1'000},     std::chrono::microseconds{5'000},
        std::chrono::microseconds{10'000},    std::chrono::microseconds{50'000},
        std::chrono::microseconds{100'000},   std::chrono::microseconds{500'000},
        std::chrono::microseconds{1'000'000}, std::chrono::microseconds{5'000'000}};
    static constexpr std::size_t classes = bounds.size() + 1;

    /// What it said at one time, nearly: it may be added to meanwhile.
    struct reading {
        std::array<std::uint64_t, classes> counts{};  ///< of each class alone
        std::chrono::nanoseconds sum{0};

        reading& operator+=(const reading& other) noexcept {
            for (std::size_t i = 0; i < classes; ++i) counts[i] += other.counts[i];
            sum += other.sum;
            return *this;
        }
    };

    void add(std::chrono::nanoseconds took) noexcept {
        std::size_t which = 0;
        while (which < bounds.size() && took > bounds[which]) ++which;
        ++counts_[which];
        sum_ += static_cast<std::uint64_t>(took.count() > 0 ? took.count() : 0);
    }
    reading read() const noexcept {
        reading made;
        for (std::size_t i = 0; i < classes; ++i) made.counts[i] = counts_[i].value();
        made.sum = std::chrono::nanoseconds(static_cast<std::int64_t>(sum_.value()));
        return made;
    }

  private:
    std::array<counter, classes> counts_;
    counter sum_;  // of nanoseconds
};

}  // namespace kedge::engine
