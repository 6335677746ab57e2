#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <kedge/engine/request.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

/// What a front allows its websockets.
struct ws_limits {
    std::size_t max_message = 1'000'000;           ///< bytes of one message, inflated
    std::size_t max_unsent = 16 * 1024 * 1024;     ///< above it a peer that only asks is not answered
    engine::duration close_frame_timeout{30'000};  ///< to wait for the peer's close frame
};

/// The websockets of one front on one worker: what they have in common, and the home of those that are
/// closing. Lives as long as they do.
class ws_group final {
  public:
    /// `on_overdue` is told whose close frame did not come in time.
    ws_group(worker& home, const ws_limits& limits,
             std::function<void(const engine::origin&)> on_overdue = {}) noexcept
        : home_(home), limits_(limits), on_overdue_(std::move(on_overdue)) {}

    worker& home() noexcept { return home_; }
    const ws_limits& limits() const noexcept { return limits_; }

    /// Keeps a websocket that is closing, until it is done.
    void keep(std::unique_ptr<resident> closing) noexcept { closing_.add(std::move(closing)); }
    /// Destroys one that is done when this turn ends.
    void dismiss(resident& done) noexcept { home_.bury(closing_.take(done)); }
    void overdue(const engine::origin& who) const {
        if (on_overdue_) on_overdue_(who);
    }

    /// Whether none is closing any more.
    bool empty() const noexcept { return closing_.empty(); }
    /// Ends those that are closing now.
    void clear() noexcept { closing_.clear(); }

  private:
    worker& home_;
    const ws_limits limits_;
    std::function<void(const engine::origin&)> on_overdue_;
    residence closing_;
};

}  // namespace kedge::transports
