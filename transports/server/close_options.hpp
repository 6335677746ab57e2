#pragma once

#include <cstddef>

#include <kedge/engine/option_kinds.hpp>

namespace kedge::transports {

/// How a server is ended.
struct close_options {
    /// How long what is under way may still take: answers, close frames, bytes that wait. Default 5 s.
    engine::time_span grace = engine::duration(5'000);
    /// Sessions closed per second and server, with jitter, so that the clients do not all come back at once
    /// elsewhere. 0 = all at once, the default.
    std::size_t sessions_per_second = 0;
    /// How long before all that readiness checks say no while the server still takes clients, so that load
    /// balancers have looked and send nobody any more when it stops accepting. Default 0.
    engine::time_span notice = engine::duration(0);
};

}  // namespace kedge::transports
