#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/next.hpp>

namespace kedge {

class desk;

/// What happens when somebody has answered, on the worker where it was asked; once. An answer needs no
/// memory: who waits for it hears it.
class continuation final : public decision, public std::enable_shared_from_this<continuation> {
  public:
    using step = engine::unique_function<void(std::optional<connect_error>)>;
    /// `keep`: what the worker's desk lives by.
    continuation(std::shared_ptr<const void> keep, desk& home, step after) noexcept
        : keep_(std::move(keep)), home_(home), after_(std::move(after)) {}

    void answer(std::optional<connect_error> refusal) override;
    bool answered() const noexcept { return answered_; }

  private:
    void go_on();

    std::shared_ptr<const void> keep_;
    desk& home_;
    step after_;
    std::optional<connect_error> refusal_;
    std::atomic<bool> answered_ = false;
};

}  // namespace kedge
