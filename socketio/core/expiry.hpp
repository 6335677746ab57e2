#pragma once

#include <chrono>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge {

class socket_state;

/// The time at which a socket is disconnected because what admitted it is no longer valid. On the socket's
/// thread.
class expiry {
  public:
    using time = std::chrono::system_clock::time_point;
    expiry(socket_state& of, time when) noexcept
        : of_(of), when_(when), alarm_(engine::timer::calls<&expiry::on_alarm, expiry>(), this) {}

    /// From now on the time counts.
    void start();

  private:
    void on_alarm(engine::time_point now);

    socket_state& of_;
    time when_;
    bool last_ = false;
    engine::timer alarm_;
};

}  // namespace kedge
