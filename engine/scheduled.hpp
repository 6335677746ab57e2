#pragma once

#include <memory>
#include <mutex>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge {

/// Work that is called when its time comes. Whoever calls it owns it; handles only know it, so that work may
/// hold its own handle.
class scheduled_work {
  public:
    enum class calls { one, many };

    scheduled_work(engine::task work, calls how_often) noexcept
        : work_(std::move(work)), repeats_(how_often == calls::many) {}

    /// Unless it was cancelled, or is being called.
    void call();
    void cancel() noexcept;
    bool pending() const noexcept;

  private:
    class under_way;

    mutable std::mutex lock_;
    engine::task work_;
    const bool repeats_;
    bool over_ = false;
};

/// The same period; throws std::invalid_argument when it is no time at all.
engine::duration checked_period(engine::duration period);

/// What after() and every() return: work whose time is to come. All copies know the same work, and letting go
/// of them changes nothing. From any thread.
class scheduled {
  public:
    /// Of nothing.
    scheduled() = default;
    explicit scheduled(std::weak_ptr<scheduled_work> which) noexcept : which_(std::move(which)) {}

    /// Takes it back, and lets go of what it holds. A call that is under way goes on to its end.
    void cancel() const noexcept;
    /// Whether a call is to come.
    bool pending() const noexcept;

  private:
    std::weak_ptr<scheduled_work> which_;
};

}  // namespace kedge
