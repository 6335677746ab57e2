#pragma once

#include <memory>

#include <uv.h>

#include <kedge/transports/loop/host.hpp>

namespace kedge::node {

/// libuv's event loop under a worker: Node's own, in the thread of JavaScript. What a worker was woken for in
/// this thread happens before the loop waits for events again. Keeps the process alive as long as
/// something is watched, and for nothing else.
class uv_host final : public transports::host {
  public:
    /// `closed` is called when libuv has let go of everything, which is after the destruction.
    uv_host(uv_loop_t& loop, void (*closed)(void*), void* with);
    ~uv_host() override;
    uv_host(const uv_host&) = delete;
    uv_host& operator=(const uv_host&) = delete;

    void guest(transports::host_guest* who) noexcept override;
    void wake() override;
    void alarm(engine::time_point at) override;
    void cancel_alarm() noexcept override;
    void watch(int descriptor) override;
    void unwatch() noexcept override;
    std::unique_ptr<transports::poll_set> make_poll_set(transports::poll_sink& sink) override;
    void run(const std::function<void(std::exception_ptr)>& thrown) override;
    void stop() override {}
    bool own() const noexcept override { return false; }

    /// Whether what is watched keeps the process alive; it does unless this says otherwise.
    void keeps_alive(bool yes) noexcept;

  private:
    struct handles;
    handles* handles_;  // deletes itself when libuv has closed them
};

}  // namespace kedge::node
