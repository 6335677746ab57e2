#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kedge/sockjs/client.hpp>
#include <kedge/sockjs/options.hpp>
#include <kedge/transports/engineio/figure.hpp>

namespace kedge::transports {
class engine_server;
}

namespace kedge::sockjs {

struct service;

/// What a service has done so far, on all workers.
struct stats {
    std::uint64_t clients = 0;  ///< that are connected now
    std::uint64_t opened = 0;
    std::uint64_t messages_in = 0;
    std::uint64_t messages_out = 0;
    std::uint64_t refused = 0;  ///< requests of other origins, and sessions for which there was no room
};

/// A SockJS service under a prefix, on the port of a server: clients come by websocket, by streams, and by
/// polling, whatever their network lets through.
///
///     kedge::sockjs::front echo("/echo");
///     echo.on_connection([](kedge::sockjs::client client) {
///         client.on_message([client](std::string_view text) { client.send(text); });
///     });
///     echo.attach(io.engine());
class front {
  public:
    /// Throws std::invalid_argument for a prefix without its first slash or with one at its end, and for
    /// options that could serve nobody.
    explicit front(std::string prefix, options terms = {});

    /// Told of each client, on its thread. Before attach().
    void on_connection(std::function<void(client)> opened);
    /// Chooses the subprotocol of a raw websocket among those that its client offers; empty: none. Before
    /// attach().
    void on_protocols(std::function<std::string(const std::vector<std::string>& offered)> choose);
    /// Puts the service on a server, before it runs.
    void attach(transports::engine_server& server) const;

    sockjs::stats stats() const;
    /// The same for transports::metrics(), labelled by the prefix.
    transports::figure_source figures() const;

  private:
    std::shared_ptr<service> service_;
};

}  // namespace kedge::sockjs
