#pragma once

#include <chrono>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge {

class desk;

/// The time at which what admitted a socket is no longer valid: then it calls `over`, which may destroy it.
/// On the socket's thread.
class expiry {
  public:
    using time = std::chrono::system_clock::time_point;
    expiry(desk& home, time when, engine::unique_function<void(time)> over) noexcept
        : home_(home),
          when_(when),
          over_(std::move(over)),
          alarm_(engine::timer::calls<&expiry::on_alarm, expiry>(), this) {}

    /// From now on the time counts.
    void start();

  private:
    void on_alarm(engine::time_point now);

    desk& home_;
    time when_;
    engine::unique_function<void(time)> over_;
    bool last_ = false;
    engine::timer alarm_;
};

}  // namespace kedge
