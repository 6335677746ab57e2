#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/function.hpp>
#include <kedge/engine/handler.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/scheduled.hpp>
#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/engineio/server_stats.hpp>
#include <kedge/transports/engineio/session.hpp>
#include <kedge/transports/http/exchange.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/net/detached_stream.hpp>
#include <kedge/transports/net/listen_socket.hpp>
#include <kedge/transports/relay/fleet_map.hpp>
#include <kedge/transports/server/close_options.hpp>

namespace boost::asio {
class io_context;
}

namespace kedge::engine {
class registry;
}

namespace kedge::transports {

class host;
class mortal;
class tls_context;
class worker;
struct server_state;

/// An Engine.IO server: HTTP long-polling, JSONP and WebSocket on any number of workers.
///
/// Set it up (handlers, listen), then run(). close(), stop(), post() and stats() are safe from any thread and
/// from any callback.
class engine_server {
  public:
    /// With threads of its own, as many as the options say; run() is one of them. Where the options name a
    /// port it listens, and throws std::system_error when that cannot be.
    explicit engine_server(server_options options = {});
    /// On the application's io_context, which the application runs by one thread. One worker. To be destroyed
    /// when the io_context does not run, or on its thread: also within any call of this server's own, where
    /// nothing of the application's is called from then on, and what is left of the server goes when that
    /// turn ends.
    explicit engine_server(boost::asio::io_context& host, server_options options = {});
    /// The same on any other event loop.
    explicit engine_server(std::unique_ptr<host> under, server_options options = {});
    ~engine_server();
    engine_server(const engine_server&) = delete;
    engine_server& operator=(const engine_server&) = delete;

    // Before it runs.

    /// Told of each new session, on the session's thread.
    void on_connection(std::function<void(session)> opened);
    /// Puts something else on the sessions, instead of on_connection(). Must outlive the server.
    void handler(engine::handler& above);
    /// Receives requests on other paths than the engine's, complete with their body. Without it they are
    /// answered 404.
    void on_request(std::function<void(exchange)> answer);
    /// Receives upgrade requests on other paths.
    void on_upgrade(std::function<void(upgrade_offer)> take);
    /// Adds a protocol that shares the port: `make` is called at once, for each worker. Its requests are
    /// asked for behind those of fronts added before, and before the engine's.
    void add_front(const front_factory& make);
    /// Adds a middleware behind those of the options.
    void use(middleware step);
    /// Keeps the head of each request as it came until it is decided who serves it: for fronts that give
    /// whole connections away (connection::raw_head).
    void keep_heads() noexcept;

    /// Listens on the host of the options, with their TLS; 0 = a port that is free. May be called several
    /// times. Throws std::system_error, which names the address, when that cannot be. Returns the port.
    std::uint16_t listen(std::uint16_t port);
    /// The port is 0 for a UNIX socket.
    std::uint16_t listen(const listen_address& where, std::shared_ptr<tls_context> tls = {});
    /// Listens for HTTP requests of another kind: all of them are given to `answer`, on the connection's
    /// thread, and none to the engine. For what the public shall not see: health, metrics. It goes on
    /// accepting until the end is complete.
    std::uint16_t serve(const listen_address& where, std::function<void(exchange)> answer,
                        std::shared_ptr<tls_context> tls = {});
    /// Makes this server a node of a fleet: a request for a session of another node is passed on to that one,
    /// and requests are taken from the others at `where`, which clients should not reach. Before it runs.
    /// Throws where `generate_id` makes the ids: they do not tell whose they are. Returns the port.
    std::uint16_t join_fleet(const listen_address& where, fleet_terms terms,
                             std::shared_ptr<tls_context> tls = {});
    /// Says who is who in the fleet from now on. From any thread; it takes effect on each worker soon.
    void know_fleet(const fleet_map& now);
    /// The port of the first TCP listener of listen(); 0 when there is none.
    std::uint16_t port() const noexcept;

    /// Serves until close() is complete or stop() is called. Not for a server on the application's
    /// io_context.
    void run();

    // At any time.

    /// Serves a connected socket that somebody else accepted (see adopt()).
    void receive(detached_stream from);
    /// Makes closing() true, and readiness checks red with it; nothing else changes.
    void retire() noexcept;
    /// Ends the server in good order: retires, waits for the notice, stops accepting, closes all sessions as
    /// the reference does, finishes what is under way, at most for the grace. Then `done` is called, on one
    /// of the workers, and run() returns. A second call may cut the notice of the first short.
    void close(close_options how = {}, engine::task done = {});
    /// Ends run() at once.
    void stop();
    /// Calls close() when the process is told to end (SIGTERM, SIGINT); told again, it cuts the notice short.
    void close_on_signals(close_options how = {});
    /// When the process is sent SIGHUP, reads the certificates of all its listeners again, without dropping a
    /// connection, then calls `also`, which may set log_threshold(). What cannot be read is logged, and the
    /// old ones stay.
    void reload_on_sighup(std::function<void()> also = {});
    /// From which level on the log is told, from now on. From any thread.
    void log_threshold(log_level from) const noexcept;

    /// Runs it on the first worker, in a turn to come. From any thread.
    void post(engine::task work) const;
    /// The same when the time has passed.
    scheduled after(engine::duration delay, engine::task work) const;
    /// The same again and again, until it is cancelled or the server ends. Throws std::invalid_argument for a
    /// period that is no time at all.
    scheduled every(engine::duration period, engine::task work) const;
    /// Calls `done` on one of the workers when the end that close() began is complete; at once when it is.
    void when_closed(engine::task done);
    /// Whether retire() or close() was called: what a readiness check should say no to.
    bool closing() const noexcept;

    /// How many sessions are open.
    std::size_t clients_count() const noexcept;
    server_stats stats() const;

    /// The workers, in the order of their numbers. A task is run on one by post().
    std::span<engine::loop* const> loops() const noexcept;
    /// The sessions of one worker. To be used on its thread.
    engine::registry& sessions(std::size_t worker) noexcept;
    const server_options& options() const noexcept;

    /// Whether the caller stands within a call of this server, which is on the application's io_context.
    bool entered() const noexcept;
    /// For who owns this server and is destroyed there: silences the server and destroys `owner` when the
    /// turn ends.
    void end_with_turn(std::unique_ptr<mortal> owner) noexcept;

  private:
    std::unique_ptr<server_state> state_;
};

}  // namespace kedge::transports
