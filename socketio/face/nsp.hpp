#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/face/broadcast_operator.hpp>
#include <kedge/socketio/face/remote_socket.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class nsp_state;

/// A namespace: a cheap handle, to be copied and kept at will. All may be used from any thread; what is
/// registered counts for clients that come from then on. With several threads, handlers run on the threads of
/// the sockets they are about.
class nsp {
  public:
    explicit nsp(std::shared_ptr<nsp_state> state) noexcept : state_(std::move(state)) {}

    const std::string& name() const noexcept;
    friend bool operator==(const nsp&, const nsp&) = default;

    // Who comes.

    /// Called for each socket that has entered: `(kedge::socket)`. May be a coroutine (see
    /// <kedge/coroutine.hpp>).
    template <std::invocable<socket> F>
    void on_connection(F&& handler) const {
        using result = std::invoke_result_t<F&, socket>;
        if constexpr (deferred_result<result>::value) {
            add_connection([kept = std::make_shared<std::decay_t<F>>(std::forward<F>(handler))](socket one) {
                deferred_result<result>::accompany(one.state(), "connection", kept, (*kept)(one));
            });
        } else {
            add_connection(std::forward<F>(handler));
        }
    }
    /// A middleware: decides, now or later, from any thread, whether a client may enter.
    template <std::invocable<socket, next> F>
    void use(F&& step) const {
        static_assert(!deferred_result<std::invoke_result_t<F&, socket, next>>::value,
                      "a middleware that is a coroutine takes the kedge::socket alone: it lets the client in "
                      "when it ends, and throws kedge::connect_error to refuse it");
        add_middleware(std::forward<F>(step));
    }
    /// The same as a coroutine (see <kedge/coroutine.hpp>). It lets the client in when it ends, and
    /// refuses it by throwing kedge::connect_error.
    template <std::invocable<socket> F>
    void use(F&& step) const {
        using result = std::invoke_result_t<F&, socket>;
        static_assert(deferred_result<result>::value, "a middleware takes (kedge::socket, kedge::next)");
        add_middleware(
            [kept = std::make_shared<std::decay_t<F>>(std::forward<F>(step))](socket one, const next& go_on) {
                deferred_result<result>::decide(one.state(), "connection", kept, (*kept)(one), go_on);
            });
    }
    /// Told of what goes wrong with any socket of the namespace (see socket::on_error).
    void on_error(std::function<void(socket, const socket_error&)> handler) const;

    /// Registers a handler for what clients send once for all sockets: `(kedge::socket, …)`, the rest as in
    /// socket::on().
    template <class F>
    listener on_event(std::string_view event, F&& handler) const {
        return add_event(event, share_event_handler(std::forward<F>(handler)));
    }
    void off_event(listener which) const;
    void off_event(std::string_view event) const;

    /// Events of the server itself, such as those that other servers raise by server_side_emit().
    template <class F>
    listener on(std::string_view event, F&& handler) const {
        return add_server_event(event, share_event_handler(std::forward<F>(handler)));
    }
    void off(listener which) const;
    void off(std::string_view event) const;

    // To all, or to some.

    broadcast_operator to(room_names rooms) const { return everybody().to(std::move(rooms)); }
    broadcast_operator in(room_names rooms) const { return everybody().to(std::move(rooms)); }
    broadcast_operator except(room_names rooms) const { return everybody().except(std::move(rooms)); }
    broadcast_operator local() const { return everybody().local(); }
    broadcast_operator volatile_() const { return everybody().volatile_(); }
    broadcast_operator compress(bool whether) const { return everybody().compress(whether); }
    broadcast_operator timeout(engine::duration time) const { return everybody().timeout(time); }
    /// See broadcast_operator.
    template <class... Args>
    void emit(std::string_view event, Args&&... args) const {
        everybody().emit(event, std::forward<Args>(args)...);
    }
    template <class... Args>
    broadcast_replies emit_with_ack(std::string_view event, const Args&... args) const {
        return everybody().emit_with_ack(event, args...);
    }
    template <class... Args>
    void send(const Args&... args) const {
        everybody().emit("message", args...);
    }
    fetched_sockets fetch_sockets() const { return everybody().fetch_sockets(); }
    void sockets_join(room_names rooms) const { everybody().sockets_join(std::move(rooms)); }
    void sockets_leave(room_names rooms) const { everybody().sockets_leave(std::move(rooms)); }
    void disconnect_sockets(bool close = false) const { everybody().disconnect_sockets(close); }

    // The other servers of a cluster.

    /// Raises an event on this namespace of all other servers.
    template <class... Args>
    void server_side_emit(std::string_view event, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { raise_elsewhere(event, sent); }, args...);
    }
    /// The same; completes with the first argument of the answer of each.
    template <class... Args>
    broadcast_replies server_side_emit_with_ack(std::string_view event, const Args&... args) const {
        return with_arguments([&](const outgoing_arguments& sent) { return ask_elsewhere(event, sent); },
                              args...);
    }

    // Who is there.

    /// The sockets of this server. With one thread, and on it; with several use fetch_sockets() or the form
    /// below.
    std::vector<socket> sockets() const;
    /// The socket of this id, empty when it is not there. With one thread, and on it; with several use
    /// in(id).fetch_sockets().
    socket find_socket(std::string_view id) const;
    /// Completes with the sockets of this server, however many threads it has.
    deferred<std::vector<socket>> all_sockets() const;
    /// The rooms that exist on this server. With one thread, and on it.
    std::vector<std::string> room_list() const;
    /// Told when rooms come, go, and change; on the thread of the socket concerned. They must not change
    /// rooms themselves.
    void on_room_events(room_hooks hooks) const;
    kedge::adapter& adapter() const noexcept;

    const std::shared_ptr<nsp_state>& state() const noexcept { return state_; }

  private:
    broadcast_operator everybody() const { return broadcast_operator(state_); }
    void add_connection(std::function<void(socket)> handler) const;
    void add_middleware(std::function<void(socket, next)> step) const;
    listener add_event(std::string_view event, std::shared_ptr<event_handler> handler) const;
    listener add_server_event(std::string_view event, std::shared_ptr<event_handler> handler) const;
    void raise_elsewhere(std::string_view event, const outgoing_arguments& sent) const;
    broadcast_replies ask_elsewhere(std::string_view event, const outgoing_arguments& sent) const;

    std::shared_ptr<nsp_state> state_;
};

}  // namespace kedge
