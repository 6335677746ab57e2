#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/events_under_way.hpp>
#include <kedge/cluster/adapters/session_recording.hpp>
#include <kedge/cluster/redis/stream_id.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>

// What the two sources of ordered_events share.

namespace kedge::cluster {

/// For the place of what was delivered.
inline constexpr engine::duration longest_wait_for_place = std::chrono::seconds(3);

/// How far the stream was read, and how far each worker is.
struct ordered_state {
    explicit ordered_state(unsigned workers) : places(workers) {}

    struct waiter {
        engine::time_point until;
        engine::unique_function<void(bool)> then;
    };
    /// Who has come back with events that have no place yet: he must not get them once more.
    struct forearmed {
        std::string id;
        std::vector<early_place> early;
        engine::time_point until;
    };
    // Each is its worker's own.
    struct place {
        std::optional<stream_id> delivered;
        std::set<std::uint64_t>
            unplaced;  // tickets of what was delivered without its place and has not come back
        std::vector<std::weak_ptr<session_recording>> recordings;
        std::vector<waiter> waiters;
        std::vector<forearmed> informed;
    };
    std::vector<place> places;

    std::atomic<std::uint64_t> era{0};
    std::mutex lock;
    std::optional<stream_id> began;       // what was there before the first event
    std::optional<stream_id> read;        // by the first worker
    std::optional<stream_id> dispatched;  // the last event that it has told the workers of
};

/// An event that has its place.
struct event_placing {
    packet_ptr packet;
    std::shared_ptr<const broadcast_options> to;
    stream_id at;
    events_under_way::event_ptr own{};  // of this server
    std::string uid{};                  // of who said it
    std::uint64_t ticket = 0;           // of that
};

/// On this one, the first, now; on the others in turns to come.
template <class Work>
void on_all_workers(adapter_host& host, Work work) {
    for (unsigned each = 1; each < host.workers(); ++each) host.post(each, [work, each] { work(each); });
    work(0);
}

}  // namespace kedge::cluster
