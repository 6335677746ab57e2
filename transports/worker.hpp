#pragma once

#include <memory>
#include <span>

#include <engine/loop.hpp>
#include <engine/random.hpp>

namespace boost::asio {
class io_context;
}

namespace kedge::transports {

class stream;

/// An object that has closed and is destroyed when the turn is over.
class mortal {
  public:
    virtual ~mortal() = default;
};

/// One thread of the server: an io_context (its own, or the application's), an edge-triggered epoll set whose
/// descriptor the io_context waits for, one lent read buffer, the timer wheel, the mailbox, and the turn.
class worker final : public engine::loop {
  public:
    /// A worker with its own io_context, to be run by run().
    explicit worker(unsigned index);
    /// A worker on the application's io_context, which the application runs.
    worker(unsigned index, boost::asio::io_context& host);
    ~worker() override;

    /// Runs until stop(). Only for a worker with its own io_context.
    void run();
    /// From any thread.
    void stop();
    boost::asio::io_context& context() noexcept;

    // engine::loop
    unsigned index() const noexcept override;
    engine::time_point now() const noexcept override;
    engine::timer_wheel& timers() noexcept override;
    void at_end_of_turn(engine::turn_work& work) override;
    void forget(engine::turn_work& work) noexcept override;
    void post(engine::task work) override;
    bool on_this_thread() const noexcept override;

    /// Destroys it when this turn ends, after everything was flushed.
    void bury(std::unique_ptr<mortal> dead);

    // (what streams need follows: readiness, the lent buffer, the flush queue; see worker.cpp)

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace kedge::transports
