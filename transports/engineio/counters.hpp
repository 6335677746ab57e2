#pragma once

#include <array>

#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

/// What one site has done so far. Counted by its thread, read by any.
struct site_counters {
    counter requests;      ///< HTTP requests whose head was complete
    counter bad_requests;  ///< what was not HTTP, too much of it, or too slow
    counter silent;        ///< connections closed because they said nothing in time
    counter turned_away;   ///< handshakes answered 503: no room for another session, or the server closes
    counter moved;         ///< connections that went on to another worker
    std::array<counter, 6> refused;  ///< by code
};

}  // namespace kedge::transports
