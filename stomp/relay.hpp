#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/stomp/broker.hpp>
#include <kedge/stomp/relay_options.hpp>

namespace kedge::stomp {

/// What a relay has done so far, on all workers, beside what broker::stats() has.
struct relay_stats {
    bool available = false;       ///< whether the broker has let the relay itself in
    std::uint64_t clients = 0;    ///< clients that have, or wait for, a connection to the broker
    std::uint64_t failures = 0;   ///< connections to the broker that were lost, refused or not made
    std::uint64_t passed_on = 0;  ///< messages to the broker
    std::uint64_t heard = 0;      ///< messages of the broker for clients
    std::uint64_t dropped = 0;    ///< messages of the application's that did not reach the broker
};

/// The same front before a STOMP broker that there is, such as RabbitMQ: topics, queues and what clients
/// acknowledge are the broker's, so that they are kept, and shared by all nodes of a fleet; destinations
/// below
/// `/app/` and `/user/` stay with the server.
///
///     kedge::stomp::relay stomp(io, "/stomp", {.host = "rabbit.internal"});
///     stomp.on_send("/app/add", [](int a, int b) { return a + b; });
///     stomp.attach(io.engine());
///
/// Each client has a connection of its own to the broker, which begins behind on_connect() and ends with it;
/// the relay has one more, for what the application sends.
class relay final : public broker {
  public:
    /// Throws std::invalid_argument for options by which nobody could be served, std::runtime_error for files
    /// of TLS that cannot be used.
    relay(const nsp& local, std::string path, relay_options to = {}, options terms = {});

    /// Sends a message to a destination of the broker's, such as "/topic/prices" or "/queue/jobs": a JSON
    /// array of the arguments, or what they are when there is one, with the header `persistent:true`. It
    /// waits while the broker is not there, within `max_waiting_bytes`; what is dropped is counted. Throws
    /// std::invalid_argument for a destination that is not the broker's. From any thread, once the relay is
    /// attached.
    template <class... Args>
    void publish(std::string_view destination, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { publish_arguments(destination, sent); },
                       args...);
    }

    /// Whether the broker has let the relay itself in, and is there.
    bool available() const noexcept;
    stomp::relay_stats relay_stats() const;

  private:
    void publish_arguments(std::string_view destination, const outgoing_arguments& sent) const;
};

}  // namespace kedge::stomp
