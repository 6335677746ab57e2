#pragma once

#include <memory>

#include <engine/function.hpp>
#include <engine/timer_wheel.hpp>

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
    turn_work* next_ = nullptr;
    turn_work* previous_ = nullptr;
};

/// An intrusive list of turn_work; the building block from which a loop is made.
class turn_queue {
  public:
    turn_queue();
    ~turn_queue();
    turn_queue(const turn_queue&) = delete;
    turn_queue& operator=(const turn_queue&) = delete;
    void push(turn_work& work) noexcept;    ///< does nothing when it is queued already
    void remove(turn_work& work) noexcept;  ///< does nothing when it is not queued
    turn_work* pop() noexcept;              ///< first in, first out; null when empty
    bool empty() const noexcept;

  private:
    struct sentinel;
    std::unique_ptr<sentinel> ends_;
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
    virtual void at_end_of_turn(turn_work& work) = 0;
    virtual void forget(turn_work& work) noexcept = 0;
    /// Runs a task in a turn of this worker. From any thread. Tasks of one thread run in order.
    virtual void post(task work) = 0;
    virtual bool on_this_thread() const noexcept = 0;
};

}  // namespace kedge::engine
