#pragma once

#include <memory>
#include <mutex>

#include <kedge/engine/loop.hpp>

namespace kedge::transports {

/// The way to a worker for handles that may outlive it: a knock on a door that was shut is not heard.
class door {
  public:
    explicit door(engine::loop& behind) noexcept : behind_(&behind) {}
    door(const door&) = delete;
    door& operator=(const door&) = delete;

    /// Runs the task on the worker's thread: at once when this is that thread, else in a turn of its own.
    /// False when the worker is gone; the task is then destroyed without having run.
    bool pass(engine::task work) {
        std::unique_lock guard(lock_);
        if (!behind_) return false;
        if (!behind_->on_this_thread()) {
            behind_->post(std::move(work));
            return true;
        }
        engine::loop& here = *behind_;
        guard.unlock();
        const engine::stay inside(here);
        work();
        return true;
    }

    /// The same, always in a turn of its own: for a caller who may be on another thread while the worker
    /// begins to run on its own.
    bool post(engine::task work) {
        const std::lock_guard guard(lock_);
        if (behind_) behind_->post(std::move(work));
        return behind_ != nullptr;
    }

    /// Whether this is the worker's thread.
    bool here() noexcept {
        const std::lock_guard guard(lock_);
        return behind_ && behind_->on_this_thread();
    }

    /// The worker goes away.
    void shut() noexcept {
        const std::lock_guard guard(lock_);
        behind_ = nullptr;
    }

  private:
    std::mutex lock_;
    engine::loop* behind_;
};

using door_ptr = std::shared_ptr<door>;

}  // namespace kedge::transports
