#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::transports {

/// What started this process and wants to hear how it is: systemd, of a unit of Type=notify.
class service_manager {
  public:
    /// As NOTIFY_SOCKET and WATCHDOG_USEC name it; nothing where the process was not started so.
    static std::optional<service_manager> from_environment();
    /// `address`: a path, or '@' and a name. `watchdog`: how long it waits for a sign of life; 0 = it does
    /// not.
    service_manager(std::string address, engine::duration watchdog)
        : address_(std::move(address)), watchdog_(watchdog) {}

    engine::duration watchdog() const noexcept { return watchdog_; }
    /// Says it, from any thread. False when nobody listens there.
    bool tell(std::string_view state) const noexcept;

  private:
    std::string address_;
    engine::duration watchdog_;
};

}  // namespace kedge::transports
