#pragma once

#include <list>

#include <kedge/engine/function.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge::engine {

/// What is to be done on one loop when a time has passed, for one who may go before: then all goes with him.
/// On the loop's thread.
class delays {
  public:
    explicit delays(loop& home) noexcept : home_(home) {}
    delays(const delays&) = delete;
    delays& operator=(const delays&) = delete;

    void add(duration delay, task work);
    void clear() noexcept;

  private:
    struct delayed {
        delayed(delays& among, task what) noexcept;
        void fire(time_point now);

        delays& in;
        task work;
        timer alarm;
        std::list<delayed>::iterator place;
    };

    loop& home_;
    std::list<delayed> waiting_;
};

}  // namespace kedge::engine
