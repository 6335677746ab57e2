#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include <kedge/engine/counter.hpp>
#include <kedge/engine/histogram.hpp>

namespace kedge {

/// What the Socket.IO side of one worker has done so far. Changed on its thread; any thread may read.
struct desk_counts {
    static constexpr std::size_t causes = 6;  // that socket_error knows
    /// Of so many events the time of one is taken: a prime, so that what comes in turns is met in turn.
    static constexpr unsigned timed_of = 17;

    engine::counter events_in;       ///< of clients
    engine::counter events_out;      ///< to clients: a broadcast counts for each
    engine::counter events_unheard;  ///< of those that came, without a handler
    engine::counter acks_timed_out;
    engine::counter sockets_opened;
    engine::counter recovered;                   ///< of those, with what they had
    engine::counter came_anew;                   ///< who wanted to be recovered, and was not known any more
    engine::counter fell_behind;                 ///< who was sent too much while it was being recovered
    engine::counter refused;                     ///< by a middleware
    engine::counter unknown;                     ///< who asked for a namespace that does not exist
    std::array<engine::counter, causes> errors;  ///< by socket_error::cause
    engine::histogram handling;                  ///< how long all handlers of an event took
    unsigned until_timed = 1;
};

/// Takes the time that the handlers of an event need, of some events. Coroutines count until they wait first.
class handling_time {
  public:
    explicit handling_time(desk_counts& counts) noexcept : counts_(counts) {
        if (--counts.until_timed != 0) return;
        counts.until_timed = desk_counts::timed_of;
        began_ = clock::now();
    }
    ~handling_time() {
        if (began_) counts_.handling.add(clock::now() - *began_);
    }
    handling_time(const handling_time&) = delete;
    handling_time& operator=(const handling_time&) = delete;

  private:
    using clock = std::chrono::steady_clock;

    desk_counts& counts_;
    std::optional<clock::time_point> began_;
};

}  // namespace kedge
