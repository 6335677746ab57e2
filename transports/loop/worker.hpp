#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include <kedge/engine/guard.hpp>
#include <kedge/engine/histogram.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/engine/owned_list.hpp>
#include <kedge/transports/loop/host.hpp>
#include <kedge/transports/loop/host_asio.hpp>
#include <kedge/transports/loop/poll_set.hpp>

namespace kedge::transports {

class stream_share;

/// An object that has closed and is destroyed when the turn is over.
class mortal : public engine::list_link {
  public:
    virtual ~mortal() = default;
};

/// A number that one thread counts up and any thread may read.
class counter {
  public:
    void add(std::uint64_t count) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// What the streams of one worker have done so far. May be read from any thread.
struct io_counters {
    counter bytes_in;   ///< from the kernel, TLS included
    counter bytes_out;  ///< to the kernel, TLS included
    counter tls_handshakes;
    counter tls_resumptions;
    counter tls_failures;
};

/// How long the turns of one worker took, and how long it waited for the next. May be read from any thread.
struct turn_times {
    engine::histogram turns;
    engine::histogram waits;
};

/// One thread of the server: an event loop (Asio's, its own or the application's, or another host), an
/// edge-triggered epoll set whose descriptor the loop watches, one lent read buffer, the timer wheel, the
/// mailbox, and the turn.
///
/// Until run() begins, the thread that made the worker counts as its own: a server is set up there.
class worker final : public engine::loop {
  public:
    /// Told of an exception that left a task, a timer or an owner's call, on the worker's thread.
    using error_hook = std::function<void(std::exception_ptr)>;

    /// A worker with its own io_context, to be run by run().
    explicit worker(unsigned index, readiness_source how = readiness_source::native);
    /// A worker on the application's io_context, which the application runs, by one thread.
    worker(unsigned index, boost::asio::io_context& of_application,
           readiness_source how = readiness_source::native);
    /// A worker on any other event loop.
    worker(unsigned index, std::unique_ptr<host> under);
    ~worker() override;

    /// The worker whose turn is under way on this thread, or null.
    static worker* current() noexcept;

    /// Runs until stop(). Only for a worker with a loop of its own.
    void run();
    /// Ends run() after the tasks posted before it. From any thread. Does nothing on the application's loop.
    void stop();
    /// Only for a worker on Asio.
    boost::asio::io_context& context() noexcept;
    /// To be kept by who has timers and sockets of Asio there that may be destroyed later than the worker: in
    /// its own io_context nothing happens from then on. One of the application's is not kept; null on
    /// another host.
    std::shared_ptr<boost::asio::io_context> share_context() const noexcept;

    /// The number of the turn that is under way.
    std::uint64_t turn() const noexcept;

    // engine::loop
    unsigned index() const noexcept override;
    engine::time_point now() const noexcept override;
    engine::timer_wheel& timers() noexcept override;
    void at_end_of_turn(engine::turn_work& work) noexcept override;
    void forget(engine::turn_work& work) noexcept override;
    void post(engine::task work) override;
    bool on_this_thread() const noexcept override;
    void enter() noexcept override;
    void leave() noexcept override;

    /// Set before the worker runs. Without a hook such exceptions are dropped.
    void on_error(error_hook hook);
    /// Gives an exception to the hook.
    void report(std::exception_ptr error) noexcept;
    /// Calls `f`, unless this worker is silent, and reports what it throws; false when it threw.
    template <class F>
    bool guarded(F&& f) noexcept {
        return silent_ || engine::guarded(f, [this](std::exception_ptr error) { report(std::move(error)); });
    }
    /// The same for work of ours, silent or not. False when an allocation failed: what was under way is half
    /// done then, and whom it was done for has to end.
    template <class F>
    bool within_memory(F&& f) noexcept {
        bool enough = true;
        const auto work = [&] {
            try {
                f();
            } catch (const std::bad_alloc&) {
                enough = false;
                throw;
            }
        };
        engine::guarded(work, [this](std::exception_ptr error) { report(std::move(error)); });
        return enough;
    }

    /// Whether a turn or a stay is under way: then whatever this worker owns may be on the stack, and so may
    /// the worker. On its thread.
    bool entered() const noexcept;
    /// From here on nothing is called any more, neither tasks nor timers nor owners; what was written still
    /// leaves at the turn's end. There is no way back.
    void fall_silent() noexcept;
    bool silent() const noexcept { return silent_; }
    /// Destroys `owner` as the last thing in the turn or stay under way. It may own this worker.
    void end_with_turn(std::unique_ptr<mortal> owner) noexcept;

    /// Destroys it when this turn ends, after everything was flushed.
    void bury(std::unique_ptr<mortal> dead) noexcept;
    /// Owns it until bury(), or until the worker is destroyed.
    mortal& own(std::unique_ptr<mortal> living) noexcept;
    /// Destroys something owned when this turn ends. A second call does nothing.
    void bury(mortal& owned) noexcept;

    /// The streams that live here, and those on their way here. From any thread.
    std::size_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }
    void count_connection(bool comes) noexcept;
    io_counters& counters() noexcept { return counters_; }
    const io_counters& counters() const noexcept { return counters_; }
    const turn_times& times() const noexcept { return times_; }

    // What streams and listeners need, on the worker's thread.

    poll_set& poll() noexcept;
    /// Lent to whoever reads, until its call returns. One spare byte lies behind the end.
    std::span<char> read_buffer() noexcept;
    /// What the streams of this worker share: theirs to fill.
    std::shared_ptr<stream_share>& streams() noexcept;
    /// Counts work of this turn: bytes that came, and others that cost as much.
    void worked(std::size_t bytes) noexcept { work_ += bytes; }
    /// Whether that is enough for one turn: then who has just come is heard for a moment, and who has been
    /// heard waits for the next turn.
    bool busy() const noexcept { return work_ >= work_per_turn; }
    /// Whether this turn has lasted too long for others, who wait: whoever does many things in a row asks now
    /// and then, and leaves the rest for the next turn. Then the turn is busy, too.
    bool late() noexcept;
    /// Takes one from this turn's budget of TLS handshake steps; false when it is used up.
    bool take_handshake() noexcept;
    /// Like at_end_of_turn(), but after all of that: when every session has written to its connection.
    void flush_at_end_of_turn(engine::turn_work& work) noexcept;
    void forget_flush(engine::turn_work& work) noexcept;
    /// Does that now, in or out of a turn: the process may end before the turn does.
    void flush() noexcept;
    /// Keeps a message alive until all that is written in this turn has been flushed.
    void keep(const engine::message_ptr& lent);
    /// Calls which.on_ready(ready::nothing) in the next turn: it left something undone, and the edge comes
    /// only once.
    void carry(pollable& which);
    void drop_carried(pollable& which) noexcept;

  private:
    struct state;
    static constexpr std::size_t work_per_turn = std::size_t{256} * 1024;

    bool silent_ = false;
    std::size_t work_ = 0;
    std::atomic<std::size_t> connections_{0};
    io_counters counters_;
    turn_times times_;
    std::unique_ptr<state> state_;  // last: what it destroys still counts
};

}  // namespace kedge::transports
