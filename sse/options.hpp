#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::sse {

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
