#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace kedge::engine {

/// Time is an argument on this floor: milliseconds of a clock that never goes back.
using duration = std::chrono::milliseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

/// The moment `by` after another; the end of time when there is no such moment.
constexpr time_point later(time_point from, duration by) noexcept {
    if (by > duration::zero() && from > time_point::max() - by) return time_point::max();
    if (by < duration::zero() && from < time_point::min() - by) return time_point::min();
    return from + by;
}

class timer_wheel;

/// A place in one of the wheel's lists.
struct timer_link {
    timer_link* next = nullptr;
    timer_link* previous = nullptr;
};

/// A deadline that lives inside its owner. It disarms itself when it is destroyed. Neither copied nor moved.
class timer : private timer_link {
  public:
    using callback = void (*)(void* owner, time_point now);

    timer(callback fire, void* owner) noexcept : fire_(fire), owner_(owner) {}
    ~timer() { disarm(); }
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    bool armed() const noexcept { return previous != nullptr; }
    time_point deadline() const noexcept { return deadline_; }
    void disarm() noexcept;

    /// A timer that calls a member function `void Owner::f(time_point now)`.
    template <auto Member, class Owner>
    static callback calls() noexcept {
        return [](void* owner, time_point now) { (static_cast<Owner*>(owner)->*Member)(now); };
    }

  private:
    friend class timer_wheel;
    time_point deadline_{};
    callback fire_;
    void* owner_;
};

/// Deadlines of one worker, hashed by time: arming and disarming cost the same however many there are.
/// A timer never fires early; it fires in the first run() at or after its deadline, in order of deadlines.
class timer_wheel {
  public:
    /// `leeway`: by how much arm_about() puts timers off at most.
    explicit timer_wheel(time_point start, duration leeway = duration{0});
    ~timer_wheel();
    timer_wheel(const timer_wheel&) = delete;
    timer_wheel& operator=(const timer_wheel&) = delete;

    /// Arms, or re-arms, a timer. A deadline that has passed fires in the next run().
    void arm(timer& which, time_point deadline) noexcept;
    /// The same for one of many deadlines of which none is urgent: put off by at most the leeway, and by at
    /// most a 64th of the time from `now` on, so that many fire together and wake the worker once.
    void arm_about(timer& which, time_point deadline, time_point now) noexcept;
    /// Fires what is due. A callback may arm, disarm and destroy any timer, its own included.
    void run(time_point now);
    /// Nothing fires any more, also of what the run() under way has yet to fire.
    void halt() noexcept { halted_ = true; }
    /// When run() should be called next: at or before the earliest deadline; nothing when no timer is armed.
    std::optional<time_point> next() const noexcept;
    /// Whether a timer was armed since this was asked last: else nothing fires sooner than next() said.
    bool take_armed() noexcept { return std::exchange(armed_, false); }
    bool empty() const noexcept;

  private:
    struct levels;

    void place(timer& which) noexcept;
    void expire(timer_link& due) noexcept;
    void fire(timer_link& due, time_point now);

    std::unique_ptr<levels> levels_;
    duration leeway_;
    bool halted_ = false;
    bool armed_ = false;
};

}  // namespace kedge::engine
