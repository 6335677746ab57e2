#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace bench {

/// Durations, counted in buckets that are at most 1/32 wide of what they hold.
class histogram {
  public:
    void add(std::chrono::nanoseconds value, std::uint64_t times = 1) noexcept {
        counts_[bucket(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count()))] += times;
        total_ += times;
    }

    /// In microseconds; 0 when nothing was counted.
    double percentile(double share) const noexcept {
        auto left = static_cast<double>(total_) * share;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            left -= static_cast<double>(counts_[i]);
            if (counts_[i] != 0 && left <= 0) return static_cast<double>(lowest(i)) / 1000;
        }
        return 0;
    }

  private:
    static constexpr unsigned fine_bits = 5;
    static constexpr std::uint64_t fine = 1u << fine_bits;

    static std::size_t bucket(std::uint64_t value) noexcept {
        if (value < fine) return static_cast<std::size_t>(value);
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - fine_bits - 1;
        return static_cast<std::size_t>(shift * fine + (value >> shift));
    }

    static std::uint64_t lowest(std::size_t bucket) noexcept {
        if (bucket < fine) return bucket;
        const auto shift = bucket / fine - 1;
        return (bucket % fine + fine) << shift;
    }

    std::array<std::uint64_t, 64 * fine> counts_{};
    std::uint64_t total_ = 0;
};

}  // namespace bench
