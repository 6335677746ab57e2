#pragma once

#include <memory>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/loop/poll_set.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/rope.hpp>

namespace kedge::transports {

class connection_permit;
class tls_state;

/// What is left of a stream that was closed: it sends what the kernel has yet to take, half-closes, and reads
/// on for a moment. To close at once with bytes unread would reset the connection, and the peer might lose
/// the answer.
class farewell final : public mortal, private pollable {
  public:
    /// What a stream leaves behind.
    struct estate {
        int descriptor;
        std::unique_ptr<tls_state> tls;
        rope waiting;
        std::unique_ptr<connection_permit> permit;
        bool peer_ended;  ///< the end of file was read
    };

    explicit farewell(worker& home) noexcept;
    ~farewell() override;
    farewell(const farewell&) = delete;
    farewell& operator=(const farewell&) = delete;

    /// Takes the predecessor's place among the worker's descriptors, and what it leaves.
    void begin(pollable& predecessor, estate left) noexcept;

  private:
    void on_ready(ready what) override;
    template <class F>
    void attempt(F&& f) noexcept;
    void hear(ready what);
    void send();
    void half_close();
    void discard_input();
    void on_time(engine::time_point now) noexcept;
    void over() noexcept;

    worker& home_;
    int descriptor_ = -1;
    bool sending_ = true;
    bool peer_ended_ = false;
    std::size_t discarded_ = 0;
    std::size_t left_ = 0;  // bytes unsent when the time was last looked at
    std::unique_ptr<tls_state> tls_;
    rope waiting_;
    std::unique_ptr<connection_permit> permit_;
    engine::timer deadline_;
};

}  // namespace kedge::transports
