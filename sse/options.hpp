#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::engine {
class request;
}

namespace kedge::sse {

/// The rooms that a request shall hear; nothing refuses it (403). No rooms: what is sent to all.
using room_choice = std::function<std::optional<std::vector<std::string>>(const engine::request& asked)>;

/// What can be set for streams of events.
struct options {
    /// The events that clients hear, by name. Default all.
    std::vector<std::string> events{};
    /// How long a client waits before it returns. Default 3 s.
    engine::duration retry{3'000};
    /// How often a stream on which nothing is sent gets a comment, so that proxies keep it. Default 15 s.
    engine::duration heart_beat{15'000};
    /// Streams on one worker; more are refused (503). Default 100 000.
    std::size_t max_streams = 100'000;
    /// The origin whose pages may read the streams: "*", or `https://example.com`. Default none: pages of the
    /// same origin alone.
    std::string cors_origin{};
};

}  // namespace kedge::sse
