#pragma once

#include <memory>

#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/net/tls.hpp>

namespace kedge::transports {

/// What a server does with the connections of one of its listeners.
struct listener_rules {
    /// Answers all requests that come here, on every worker. Null: they are shared out among the fronts.
    std::unique_ptr<http_front> only{};
    /// Believed proxies begin with a PROXY header. What the listener does otherwise, limits and TLS, then has
    /// to wait for it and is said here.
    bool proxy_protocol = false;
    std::shared_ptr<tls_context> tls{};
    std::shared_ptr<connection_limits> limits{};
    /// Takes connections of other nodes of the fleet alone, which each request of is introduced by a claim
    /// that it believes. The limits are then for the clients.
    std::shared_ptr<peer_guard> peers{};

    bool serves_clients() const noexcept { return !only && !peers; }
};

}  // namespace kedge::transports
