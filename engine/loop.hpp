#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <kedge/engine/arrivals.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge::engine {

/// Something with work for the end of the turn (bytes to flush, a poll to answer). It is queued at most once.
class turn_work {
  public:
    virtual void end_turn() = 0;

  protected:
    turn_work() = default;
    turn_work(const turn_work&) = delete;
    turn_work& operator=(const turn_work&) = delete;
    ~turn_work() = default;  // owners take themselves out with loop::forget() first

  private:
    friend class turn_queue;
    std::uint64_t ticket_ = 0;   // 0: not queued
    turn_work* next_ = nullptr;  // in the queue for want of memory
};

/// The turn_work that is queued, in the order of queueing; the building block from which a loop is made. It
/// lies in one piece, since thousands may be queued and their own memory is cold. What finds no memory for a
/// place there is queued behind, chained through itself: queueing cannot fail.
class turn_queue {
  public:
    turn_queue() = default;
    ~turn_queue();
    turn_queue(const turn_queue&) = delete;
    turn_queue& operator=(const turn_queue&) = delete;

    void push(turn_work& work) noexcept;    ///< does nothing when it is queued already
    void remove(turn_work& work) noexcept;  ///< does nothing when it is not queued
    bool empty() const noexcept { return queued_ == 0; }

    /// Calls `visit(turn_work&)` for all that is queued, each taken out first. What is queued meanwhile waits
    /// for the next run. False when there was nothing. Not to be called from `visit`, which must not throw.
    template <class Visit>
    bool run(Visit&& visit) {
        running_.swap(waiting_);
        if (empty()) return running_.clear(), false;
        std::size_t left = chained_;
        for (turn_work*& each : running_) {
            if (!each) continue;
            turn_work& work = *std::exchange(each, nullptr);
            work.ticket_ = 0;
            --queued_;
            visit(work);
        }
        first_ticket_ += running_.size();
        running_.clear();
        for (; left > 0 && first_chained_; --left) visit(unchain(first_chained_));
        return true;
    }

  private:
    static constexpr std::uint64_t chained = ~std::uint64_t{0};

    turn_work*& place(std::uint64_t ticket) noexcept;
    void chain(turn_work& work) noexcept;
    turn_work& unchain(turn_work*& link) noexcept;

    // Tickets are numbered through: first those of the run under way, then those that wait.
    std::vector<turn_work*> running_;
    std::vector<turn_work*> waiting_;
    std::uint64_t first_ticket_ = 1;
    std::size_t queued_ = 0;
    turn_work* first_chained_ = nullptr;
    std::size_t chained_ = 0;
};

/// The port to the worker that a session lives on. All members but post() and on_this_thread() belong to the
/// worker's own thread.
class loop {
  public:
    virtual ~loop() = default;

    virtual unsigned index() const noexcept = 0;  ///< the worker's number in its server, from 0
    virtual time_point now() const noexcept = 0;  ///< the time at which this turn began
    virtual timer_wheel& timers() noexcept = 0;
    /// Calls work.end_turn() when the current turn ends, or in a turn made for it when none is under way.
    /// Sessions use it before the connections that they write to are flushed.
    /// Cannot fail, whatever memory there is.
    virtual void at_end_of_turn(turn_work& work) noexcept = 0;
    virtual void forget(turn_work& work) noexcept = 0;
    /// Runs a task in a turn of this worker. From any thread. Tasks of one thread run in order.
    virtual void post(task work) = 0;
    virtual bool on_this_thread() const noexcept = 0;

    // For stays, on the worker's own thread.
    virtual void enter() noexcept {}
    virtual void leave() noexcept {}

    /// What arrives here and has not come whole.
    arrivals& arriving() noexcept { return arriving_; }
    const arrivals& arriving() const noexcept { return arriving_; }

  private:
    arrivals arriving_;
};

/// A call into a worker from outside of its turns, by a handle or by the face of a server. Handlers that are
/// called meanwhile may destroy the server; that takes effect when the stay ends, and nothing of the worker's
/// is to be touched from then on. Where there is no worker of this thread, it means nothing.
class stay final {
  public:
    explicit stay(loop& at) noexcept : at_(at.on_this_thread() ? &at : nullptr) {
        if (at_) at_->enter();
    }
    ~stay() {
        if (at_) at_->leave();
    }
    stay(const stay&) = delete;
    stay& operator=(const stay&) = delete;

  private:
    loop* at_;
};

}  // namespace kedge::engine
