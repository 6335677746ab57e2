#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <kedge/engine/buffered_bytes.hpp>

namespace kedge {

/// What something that a client has sent takes while it is kept for the program: counted among all that is
/// kept of that client, and among what waits in the process, until this goes, which may be on any thread.
class kept_bytes {
  public:
    using counter = std::atomic<std::size_t>;

    /// Counted nowhere.
    kept_bytes() noexcept = default;
    kept_bytes(std::shared_ptr<counter> among, std::size_t bytes) noexcept
        : among_(std::move(among)), bytes_(bytes) {
        among_->fetch_add(bytes_, std::memory_order_relaxed);
        engine::buffered_bytes::add(bytes_);
    }
    kept_bytes(kept_bytes&& other) noexcept
        : among_(std::move(other.among_)), bytes_(std::exchange(other.bytes_, 0)) {}
    kept_bytes& operator=(kept_bytes&& other) noexcept {
        kept_bytes taken(std::move(other));
        std::swap(among_, taken.among_);
        std::swap(bytes_, taken.bytes_);
        return *this;
    }
    ~kept_bytes() {
        if (!among_) return;
        among_->fetch_sub(bytes_, std::memory_order_relaxed);
        engine::buffered_bytes::subtract(bytes_);
    }

  private:
    std::shared_ptr<counter> among_;
    std::size_t bytes_ = 0;
};

}  // namespace kedge
