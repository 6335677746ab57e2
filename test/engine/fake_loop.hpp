#pragma once

#include <utility>
#include <vector>

#include <kedge/engine/loop.hpp>

namespace kedge::testing {

/// A worker whose clock is turned by hand and whose turns are made by the test.
class fake_loop final : public engine::loop {
  public:
    explicit fake_loop(unsigned index = 0) : index_(index) {}

    unsigned index() const noexcept override { return index_; }
    engine::time_point now() const noexcept override { return now_; }
    engine::timer_wheel& timers() noexcept override { return timers_; }
    void at_end_of_turn(engine::turn_work& work) noexcept override { queue_.push(work); }
    void forget(engine::turn_work& work) noexcept override { queue_.remove(work); }
    void post(engine::task work) override { posted_.push_back(std::move(work)); }
    bool on_this_thread() const noexcept override { return true; }

    /// Ends the turn that is under way.
    void end_turn() {
        while (queue_.run([](engine::turn_work& work) { work.end_turn(); })) {
        }
    }
    /// Does something in a turn of its own.
    template <class F>
    void turn(F&& f) {
        f();
        end_turn();
    }
    /// Runs what was posted, each in a turn.
    void run_posted() {
        while (!posted_.empty())
            for (auto& each : std::exchange(posted_, {})) turn(each);
    }
    /// Lets time pass; timers fire when they are due, each deadline in a turn.
    void advance(engine::duration by) {
        const engine::time_point until = now_ + by;
        while (const auto next = timers_.next()) {
            if (*next > until) break;
            if (*next > now_) now_ = *next;
            turn([this] { timers_.run(now_); });
        }
        now_ = until;
    }
    bool idle() const noexcept { return queue_.empty(); }

  private:
    unsigned index_;
    engine::time_point now_{engine::duration(1'000'000)};
    engine::timer_wheel timers_{now_};
    engine::turn_queue queue_;
    std::vector<engine::task> posted_;
};

}  // namespace kedge::testing
