#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/http/listener_rules.hpp>
#include <kedge/transports/net/listen_socket.hpp>

namespace kedge::transports {

class listener;
class tls_context;
struct http_common;
struct server_stats;

/// Where a server listens, and by which rules the connections of each place are taken. On the first worker's
/// thread, or before it runs.
class server_listeners {
  public:
    /// Both must outlive it.
    server_listeners(const http_common& http, const server_options& options);
    ~server_listeners();
    server_listeners(const server_listeners&) = delete;
    server_listeners& operator=(const server_listeners&) = delete;

    /// Listens there, and returns the port. When all shares are there.
    std::uint16_t open(const listen_address& where, std::shared_ptr<tls_context> tls,
                       std::unique_ptr<listener_rules> rules);
    /// The port of the first that serves clients; 0 when there is none.
    std::uint16_t port() const noexcept;
    /// What cannot be read is logged, and the old certificate stays.
    void reload_certificates();
    /// Adds what was accepted and refused.
    void count(server_stats& all) const;

    /// Takes no more clients.
    void close_to_clients() noexcept;
    /// Accepts nothing more.
    void close() noexcept;
    /// Destroys the listeners. Their rules stay: connections live by them.
    void clear() noexcept;

  private:
    const http_common& http_;
    const server_options& options_;
    std::shared_ptr<connection_limits> limits_;
    std::vector<std::unique_ptr<const listener_rules>> rules_;
    std::vector<std::unique_ptr<listener>> listeners_;  // in the order of their rules
    std::vector<std::shared_ptr<tls_context>> certificates_;
};

}  // namespace kedge::transports
