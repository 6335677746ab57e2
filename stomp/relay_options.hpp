#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/stomp/client.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge::stomp {

/// As whom a connection comes to the broker.
struct relay_login {
    std::string login{};  ///< empty: as nobody
    std::string passcode{};
};

/// Where the broker of a relay is, and how it is spoken to.
struct relay_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 61613;
    /// Without a value connections are plain.
    std::optional<transports::tls_client_options> tls{};
    /// What CONNECT says as `host`. Default "/", as RabbitMQ calls its first virtual host.
    std::string virtual_host = "/";
    /// The relay itself. Default guest, guest.
    relay_login system{"guest", "guest"};
    /// As whom the connection of a client comes. Default: as the relay itself, so that on_connect(),
    /// on_subscribe() and on_publish() alone say what clients may do. Called on the client's thread.
    std::function<relay_login(const client&)> login_of{};
    /// With what the destinations begin that are the broker's. All others are served as without a relay.
    std::vector<std::string> destinations{"/topic/", "/queue/", "/exchange/", "/amq/queue/", "/reply-queue/"};
    /// How often both sides send a sign of life; 0: never. What is agreed on is the longer of what both say.
    /// Default 10 s.
    engine::duration heart_beat{10'000};
    /// After how many intervals of silence the broker has gone. Default 3.
    unsigned heart_beat_tolerance = 3;
    /// How long the broker may take to let somebody in. Default 10 s.
    engine::duration connect_timeout{10'000};
    /// Before the relay's own connection is made again; it doubles with each attempt. Default 100 ms.
    engine::duration shortest_pause{100};
    /// The longest of these pauses. Default 5 s.
    engine::duration longest_pause{5'000};
    /// Clients on all workers; more are refused. Default 10 000.
    std::size_t max_clients = 10'000;
    /// Bytes of the body of a message that the broker sends. Default 4 MiB.
    std::size_t max_body_bytes = std::size_t{4} * 1024 * 1024;
    /// Bytes of one client's that the broker has yet to take: beyond it the client is not read. Default 1
    /// MiB.
    std::size_t max_unsent_bytes = std::size_t{1} << 20;
    /// Bytes of messages of the application's that wait while the broker is not there; more are dropped.
    /// Default 1 MiB.
    std::size_t max_waiting_bytes = std::size_t{1} << 20;
};

}  // namespace kedge::stomp
