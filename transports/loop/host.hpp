#pragma once

#include <exception>
#include <functional>
#include <memory>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::transports {

class poll_set;
class poll_sink;

/// Whom a host calls, on the thread that it runs on: a worker.
class host_guest {
  public:
    /// host::wake() was called.
    virtual void on_woken() = 0;
    /// The time of the alarm has come.
    virtual void on_alarm() = 0;
    /// The watched descriptor is readable.
    virtual void on_readable() = 0;

  protected:
    ~host_guest() = default;
};

/// The port to the event loop under a worker, with all that a worker needs of one: Asio's is one
/// implementation, libuv's, inside Node, another. All but wake() and stop() belong to the worker's thread.
class host {
  public:
    virtual ~host() = default;

    /// Whom to call from here on; null: nobody any more. Before all else.
    virtual void guest(host_guest* who) noexcept = 0;
    /// Calls on_woken() soon, never during this call. From any thread.
    virtual void wake() = 0;
    /// Calls on_alarm() at this time, in the place of an earlier alarm.
    virtual void alarm(engine::time_point at) = 0;
    virtual void cancel_alarm() noexcept = 0;
    /// Calls on_readable() once, as soon as the descriptor is. Always the same descriptor; does nothing while
    /// it is watched already.
    virtual void watch(int descriptor) = 0;
    /// Behind this the descriptor may be closed.
    virtual void unwatch() noexcept = 0;
    /// How the readiness of many descriptors is learnt here.
    virtual std::unique_ptr<poll_set> make_poll_set(poll_sink& sink) = 0;

    /// Runs until stop(), and gives on what leaves the host's own handlers. Only for a host that is the
    /// worker's own.
    virtual void run(const std::function<void(std::exception_ptr)>& thrown) = 0;
    virtual void stop() = 0;
    /// Whether the worker may run it.
    virtual bool own() const noexcept = 0;
};

}  // namespace kedge::transports
