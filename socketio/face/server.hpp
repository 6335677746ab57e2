#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/face/nsp.hpp>
#include <kedge/socketio/face/pattern.hpp>
#include <kedge/socketio/face/server_options.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/transports/engineio/figure.hpp>
#include <kedge/transports/engineio/server_stats.hpp>
#include <kedge/transports/server/close_options.hpp>

namespace boost::asio {
class io_context;
}

namespace kedge::transports {
class engine_server;
struct listen_address;
class tls_context;
}  // namespace kedge::transports

namespace kedge {

class hub;
using transports::close_options;

/// A Socket.IO server. It is also its main namespace "/": whatever a namespace can do, it does there.
///
/// Default is one thread: handlers never run at the same time, and plain captured variables are right. With
/// `threads = n`, handlers of one socket always run on that socket's thread; handlers of different sockets
/// may run at the same time. Emitting, joining, leaving and disconnecting is safe from any thread.
class server final : public nsp {
  public:
    /// With threads of its own, as many as the options say; run() is one of them. Where the options name a
    /// port it listens, and throws std::system_error, which says what to do, when that cannot be.
    explicit server(server_options options = {});
    /// On the application's io_context, which the application runs by one thread.
    explicit server(boost::asio::io_context& host, server_options options = {});
    /// When it does not run (or, on the application's io_context, on its thread).
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Namespaces.

    /// The namespace of this name, made if there is none. A missing leading '/' is added.
    nsp of(std::string_view name) const;
    /// The parent of all namespaces whose names match: they are made when a client asks for them.
    nsp of(const pattern& matching) const;
    /// The parent of all namespaces that a predicate allows: `bool(const std::string& name, const
    /// kedge::value& auth)`, or with kedge::verdict as third parameter, to answer later.
    template <class Predicate>
    requires(!std::convertible_to<Predicate, std::string_view> &&
             !std::same_as<std::decay_t<Predicate>, pattern>) nsp of(Predicate&& allows)
    const {
        if constexpr (std::is_invocable_v<Predicate&, const std::string&, const value&, verdict>) {
            return parent(std::forward<Predicate>(allows));
        } else {
            static_assert(std::is_invocable_r_v<bool, Predicate&, const std::string&, const value&>,
                          "the predicate takes (const std::string& name, const kedge::value& auth)");
            return parent([kept = std::decay_t<Predicate>(std::forward<Predicate>(allows))](
                              const std::string& name, const value& auth, const verdict& answer) mutable {
                answer(kept(name, auth));
            });
        }
    }
    /// All that are there, "/" and children of parents included, by name.
    std::vector<nsp> all_namespaces() const;
    /// Told of every namespace that is made, but "/"; on the thread that makes it.
    void on_new_namespace(std::function<void(nsp)> handler) const;
    /// Replaces the adapters of all namespaces, and of those to come; before clients come.
    void use_adapter(adapter_factory make);

    // Its life.

    /// Listens on all addresses; 0 = a port that is free.
    std::uint16_t listen(std::uint16_t port);
    /// Returns the port; see engine_server::listen().
    std::uint16_t listen(const transports::listen_address& where,
                         std::shared_ptr<transports::tls_context> tls = {});
    /// The port of the first listener; 0 when there is none.
    std::uint16_t port() const noexcept;
    /// Serves until close() is complete or stop() is called.
    void run();
    /// Disconnects all sockets for `server shutting down`, closes all sessions, finishes what is under way,
    /// then calls `done` on one of the workers, and run() returns. From any thread and any handler.
    void close(close_options how = {}, engine::task done = {});
    /// Ends run() at once.
    void stop();
    bool closing() const noexcept;
    /// Calls close() when the process is told to end (SIGTERM, SIGINT); told again, it cuts the notice short.
    void close_on_signals(close_options how = {});
    /// When the process is sent SIGHUP, reads the certificates of all its listeners again, without dropping a
    /// connection, then calls `also`, which may set log_threshold(). What cannot be read is logged, and the
    /// old ones stay.
    void reload_on_sighup(std::function<void()> also = {});
    /// From which level on the log is told, from now on. From any thread.
    void log_threshold(log_level from) const noexcept;
    /// Where systemd has started the process (Type=notify), says that the server is ready, and that it ends
    /// when close() is called. With WatchdogSec it gives signs of life, as long as all workers take their
    /// turns. Elsewhere it does nothing. Call it when the server listens.
    void tell_systemd();

    /// Runs it on the first worker, in a turn to come. From any thread.
    void post(engine::task work) const;
    /// The same when the time has passed.
    scheduled after(engine::duration delay, engine::task work) const;
    /// The same again and again, until it is cancelled or the server ends. Throws std::invalid_argument for a
    /// period that is no time at all.
    scheduled every(engine::duration period, engine::task work) const;

    // What is below.

    /// The Engine.IO server: requests on other paths, middlewares, statistics
    /// (<kedge/engine_server.hpp>).
    transports::engine_server& engine() const noexcept;
    const server_options& options() const noexcept;
    const std::string& path() const noexcept { return options().path; }
    transports::server_stats stats() const;
    /// What Socket.IO tells of itself, for metrics(): sockets by namespace, events, errors, recoveries, the
    /// time of handlers.
    transports::figure_source figures() const;

  private:
    struct state;
    explicit server(std::unique_ptr<state> made);
    nsp parent(engine::unique_function<void(const std::string&, const value&, verdict)> allows) const;

    std::unique_ptr<state> state_;
};

}  // namespace kedge
