#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <utility>

#include <kedge/engine/sid.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>

namespace kedge::test {

inline constexpr std::string_view fleet_secret = "what only the nodes of this fleet know";

/// One node of a fleet, which listens for its peers.
struct node_under_test {
    explicit node_under_test(transports::server_options options = with_eio3(),
                             const server_under_test::setup& more = {})
        : on(std::move(options), [&](transports::engine_server& server) {
              peers = server.join_fleet(loopback(), {.secret = std::string(fleet_secret), .tls = {}});
              if (more) more(server);
          }) {}

    void know(const transports::fleet_map& map) {
        on.server.know_fleet(map);
        for (engine::loop* const each : on.server.loops()) {
            std::promise<void> there;
            each->post([&] { there.set_value(); });
            there.get_future().wait();
        }
    }
    transports::worker_stats stats() const { return on.server.stats().total; }

    std::uint16_t peers = 0;
    server_under_test on;
};

inline transports::dial_address at_port(std::uint16_t port) {
    return {"127.0.0.1", port, {}};
}

/// Node 0, the home of what is opened there, and node 1, to which its clients go as well.
struct two_nodes {
    explicit two_nodes(const transports::server_options& options = with_eio3(),
                       const server_under_test::setup& of_entry = {})
        : home(options), entry(options, of_entry) {
        home.know({.own = 0, .others = {{1, at_port(entry.peers)}}});
        entry.know({.own = 1, .others = {{0, at_port(home.peers)}}});
    }

    node_under_test home;
    node_under_test entry;
};

/// What another node would say in front of a request.
inline std::string claim_for(const std::string& sid, std::string_view secret = fleet_secret) {
    transports::peer_claim claim;
    claim.from.address = "203.0.113.9";
    claim.from.port = 4444;
    claim.time = transports::claim_time();
    static std::uint8_t serial = 0;
    claim.nonce.fill(std::byte{++serial});
    claim.sid = sid;
    std::string bytes;
    transports::append_peer_header(bytes, claim, secret);
    return bytes;
}

}  // namespace kedge::test
