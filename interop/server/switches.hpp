#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace interop {

/// The command line; see interop/README.md.
struct switches {
    bool app = false;
    bool engine = false;
    bool eio3 = false;
    bool recovery = false;
    bool msgpack = false;
    bool admin_readonly = false;
    std::uint16_t port = 3000;
    unsigned threads = 1;
    std::optional<std::chrono::milliseconds> ping_interval;
    std::optional<std::chrono::milliseconds> ping_timeout;
    std::optional<std::chrono::milliseconds> connect_timeout;
    std::optional<std::size_t> max_buffer;
    std::string tls_cert;
    std::string tls_key;
    std::string folder;  ///< whose files are served below /files; empty: none are
    std::string redis;   ///< the URL of the Redis that the fleet shares; empty: there is no fleet
    std::vector<std::string> redis_nodes;  ///< some nodes of a Redis Cluster, instead
    std::vector<std::string> sentinels;    ///< who know where it is, instead
    std::string adapter;                   ///< classic, sharded, streams
    std::string mode;                      ///< of the sharded adapter
    std::map<std::string, std::string, std::less<>> adapter_options;  ///< under the reference's names
    std::string fleet_address;  ///< where the other nodes reach this one; empty: nothing is passed on
    std::vector<std::string> fleet_nodes;  ///< all nodes; without them they meet in Redis
    std::string admin;       ///< the hash of the password of "ada"; empty: there is no operators' page
    std::string admin_mode;  ///< production; else development
    std::string node;        ///< how this server is called in its fleet
};

/// Throws std::invalid_argument that says what is wrong.
switches parse(int count, char** given);

}  // namespace interop
