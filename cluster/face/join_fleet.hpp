#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_options.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge::transports {
class engine_server;
}

namespace kedge {

class server;

/// TLS between the nodes of a fleet.
struct fleet_tls {
    transports::tls_options own{};            ///< the certificate that this node shows the others
    transports::tls_client_options others{};  ///< how those of the others are verified
};

/// How the nodes of a fleet find each other, and what they say to each other.
struct fleet_options {
    /// Of the Redis by which they find each other; instead of redis.url.
    std::string url{};
    /// Or the addresses of all nodes, in the same order on each: then there is no need for Redis.
    std::vector<std::string> nodes{};
    /// Where the others reach this node, as host:port. It listens there; no client should reach it. With
    /// Redis the port may be 0: one that is free.
    std::string address{};
    /// Where it listens, if that is not its address: host:port. Default: at its address.
    std::string listen{};
    /// What all nodes know and nobody else; at least 16 bytes.
    std::string secret{};
    std::string key = "kedge:fleet";  ///< what the fleet's keys in Redis begin with; its channel
    std::optional<fleet_tls> tls{};   ///< default: plain connections
    redis_options redis{};
};

/// Makes this server one of several behind a balancer without sticky sessions: polls, posts and upgrades that
/// reach another node than the one where their session lives are passed on to it. Before the server runs, and
/// not together with `generate_id`. Throws what says which option is wrong.
void join_fleet(server& io, fleet_options options);
/// The same for a server of plain Engine.IO.
void join_fleet(transports::engine_server& on, fleet_options options);

}  // namespace kedge
