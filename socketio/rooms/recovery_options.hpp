#pragma once

#include <cstddef>

#include <kedge/engine/option_kinds.hpp>

namespace kedge {

/// What is kept for clients that come back, in each namespace: see docs/recovery.md.
struct recovery_options {
    /// How long a client may be away. Default 2 minutes.
    engine::time_span max_disconnection_duration = engine::duration(120'000);
    /// Whether a client that comes back passes the namespace's middlewares by. Default true.
    bool skip_middlewares = true;
    /// The latest events that are kept. Default 100 000.
    std::size_t max_stored_packets = 100'000;
    /// Bytes of the events that are kept, their addresses and 256 for each included. Default 64 MiB.
    std::size_t max_stored_bytes = std::size_t{64} * 1024 * 1024;
    /// Clients that are waited for; beyond it the one that left first is forgotten. Default 100 000.
    std::size_t max_stored_sessions = 100'000;
    /// Bytes of what is kept of them, their data and 512 for each included. Default 64 MiB.
    std::size_t max_stored_session_bytes = std::size_t{64} * 1024 * 1024;
};

}  // namespace kedge
