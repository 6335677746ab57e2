#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/events/connect_error.hpp>

namespace kedge {

class desk;

/// What happens when somebody has answered, on the worker where it was asked; once.
class continuation : public std::enable_shared_from_this<continuation> {
  public:
    using step = engine::unique_function<void(std::optional<connect_error>)>;
    continuation(std::shared_ptr<hub> keep, desk& home, step after) noexcept
        : keep_(std::move(keep)), home_(home), after_(std::move(after)) {}

    void answer(std::optional<connect_error> refusal);
    bool answered() const noexcept { return answered_; }

  private:
    std::shared_ptr<hub> keep_;
    desk& home_;
    step after_;
    std::atomic<bool> answered_ = false;
};

}  // namespace kedge
