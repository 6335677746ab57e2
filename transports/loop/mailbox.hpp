#pragma once

#include <atomic>
#include <memory>

#include <kedge/engine/function.hpp>

namespace kedge::transports {

/// Tasks for a worker from any thread, without a lock. Tasks of one thread stay in order.
class mailbox {
  public:
    mailbox();
    ~mailbox();  ///< what was not taken is destroyed, not run
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;

    /// Returns true when the mailbox was empty: then, and only then, the worker must be woken. Without memory
    /// there is room for 64, which lie here then.
    bool push(engine::task work);
    bool empty() const noexcept { return newest_.load(std::memory_order_relaxed) == nullptr; }

    /// Takes all tasks that are there now, oldest first. Only one thread may take.
    template <class Each>
    void take(Each&& each) {
        for (letter* next = oldest_first(); next != nullptr;) {
            engine::task work = open(next);
            each(work);
        }
    }

  private:
    struct letter;
    class drawer;
    letter* oldest_first() noexcept;
    engine::task open(letter*& next) noexcept;

    std::unique_ptr<drawer> aside_;
    std::atomic<letter*> newest_{nullptr};
};

}  // namespace kedge::transports
