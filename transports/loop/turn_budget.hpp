#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kedge::transports {

/// How much of some costly work is done in one turn of a worker, so that nobody else waits for long. Who
/// finds nothing left does without.
class turn_budget {
  public:
    explicit constexpr turn_budget(std::size_t bytes) noexcept : most_(bytes) {}

    /// Takes so many bytes from this turn's. The last who takes may take more than was left: what is large is
    /// not refused for ever.
    bool take(std::uint64_t turn, std::size_t bytes) noexcept {
        if (turn_ != turn) {
            turn_ = turn;
            left_ = most_;
        }
        if (left_ == 0) return false;
        left_ -= std::min(left_, bytes);
        taken_ += bytes;
        return true;
    }
    /// Bytes that were taken so far, in all turns.
    std::uint64_t taken() const noexcept { return taken_; }

  private:
    std::size_t most_;
    std::size_t left_ = 0;
    std::uint64_t turn_ = ~std::uint64_t{0};
    std::uint64_t taken_ = 0;
};

}  // namespace kedge::transports
