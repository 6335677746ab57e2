#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <kedge/engine/histogram.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::transports {

class engine_share;

/// What a worker, or all of them together, have done so far.
struct worker_stats {
    std::uint64_t connections = 0;  ///< open now
    std::uint64_t sessions = 0;     ///< open now
    /// Sessions that are open now, by transport and revision: see sessions_on().
    std::array<std::uint64_t, 4> sessions_by_kind{};
    std::uint64_t sessions_opened = 0;
    std::uint64_t sessions_upgraded = 0;
    std::array<std::uint64_t, 5> sessions_closed{};  ///< by engine::close_reason
    std::uint64_t requests = 0;                      ///< HTTP requests
    std::uint64_t bad_requests = 0;                  ///< answered 400, 408 or 431 for their form
    std::uint64_t silent = 0;                        ///< connections that said nothing in time
    std::array<std::uint64_t, 6> refused{};          ///< by engine::refusal_code
    std::uint64_t turned_away = 0;                   ///< handshakes answered 503
    std::uint64_t unattended = 0;                    ///< polling sessions for which no poll waits now
    std::uint64_t evicted = 0;                       ///< sessions that were never polled and made room
    std::uint64_t moved = 0;                         ///< connections that went on to another worker
    std::uint64_t passed_on = 0;  ///< requests given to other nodes of the fleet, where their sessions live
    std::uint64_t passing_failed = 0;  ///< requests for another node that got no answer from there
    std::uint64_t from_peers = 0;      ///< requests that other nodes passed on to here
    std::uint64_t peers_refused = 0;   ///< connections that spoke as another node and were not believed
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t bytes_waiting = 0;   ///< unsent in sessions, as of the last turn's end
    std::uint64_t bytes_arriving = 0;  ///< of heads, bodies and messages that have not come whole
    std::uint64_t arrivals_cut = 0;    ///< of these, when too much waited: cut off with their connections
    std::uint64_t tls_handshakes = 0;
    std::uint64_t tls_resumptions = 0;
    std::uint64_t tls_failures = 0;
    engine::histogram::reading turns;  ///< how long turns took
    engine::histogram::reading waits;  ///< how long the worker waited for the next

    std::uint64_t sessions_on(engine::transport_kind kind, engine::revision protocol) const noexcept {
        return sessions_by_kind[static_cast<std::size_t>(kind) * 2 + static_cast<std::size_t>(protocol) - 3];
    }
    worker_stats& operator+=(const worker_stats& other) noexcept;
};

/// The numbers of one worker's share of a server. From any thread.
worker_stats stats_of(engine_share& of);

/// A server's numbers, taken without stopping a worker: they need not belong to the same instant.
struct server_stats {
    worker_stats total;
    std::vector<worker_stats> workers;
    std::uint64_t accepted = 0;             ///< connections
    std::uint64_t refused_connections = 0;  ///< by a limit
    std::uint64_t shed_connections = 0;     ///< for want of descriptors
};

}  // namespace kedge::transports
