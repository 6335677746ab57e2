#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_figures.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge {

/// Who knows which of several Redis servers is the master.
struct redis_sentinels {
    std::vector<std::string> urls{};  ///< redis://[user[:password]@]host:port of each, or all rediss://
    std::string master = "mymaster";  ///< what they call it
};

/// Where Redis is, and how it is spoken to.
struct redis_options {
    /// redis://[user[:password]@]host[:port][/database], rediss://… for TLS, unix:///path/of/socket.
    std::string url = "redis://localhost:6379";
    redis_sentinels sentinels{};  ///< if there are any, they are asked for the host and port
    /// URLs of some nodes of a Redis Cluster, instead of `url`; they tell of the others.
    std::vector<std::string> nodes{};
    std::string user{};      ///< instead of the URL's
    std::string password{};  ///< instead of the URL's
    transports::tls_client_options tls{};
    std::string client_name = "kedge";  ///< what CLIENT LIST shows
    /// By how many connections is published, and by how many is listened, when one is not enough: a channel
    /// goes by the one that its namespace's name chooses, a channel of the sharded adapter by one of its own.
    unsigned connections = 1;
    /// Bytes that wait while Redis does not take them; above it the oldest are dropped.
    std::size_t max_waiting_bytes = std::size_t{16} << 20;
    std::shared_ptr<redis_figures> figures{};  ///< where is counted what is done; null: nowhere
};

}  // namespace kedge
