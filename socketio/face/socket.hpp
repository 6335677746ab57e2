#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/scheduled.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/core/handshake.hpp>
#include <kedge/socketio/core/nobody.hpp>
#include <kedge/socketio/events/ack.hpp>
#include <kedge/socketio/events/disconnect_reason.hpp>
#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/events/socket_error.hpp>
#include <kedge/socketio/events/socket_handlers.hpp>
#include <kedge/socketio/face/broadcast_operator.hpp>
#include <kedge/socketio/face/conn.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/face/socket_operator.hpp>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/value/json.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {

class nsp;
class socket_state;

/// A client in a namespace: a cheap handle, to be copied and kept at will. After the disconnect its calls do
/// nothing and its handlers are gone, so that a handler may capture the socket it is registered on. The calls
/// of one that is empty do nothing either.
///
/// emit, join, leave, disconnect and the chains may be used from any thread. All else belongs to the socket's
/// thread, on which all its handlers run.
class socket {
  public:
    socket() noexcept = default;
    explicit socket(std::shared_ptr<socket_state> state) noexcept : state_(std::move(state)) {}
    /// Whether it is any socket at all; one that has disconnected still is.
    explicit operator bool() const noexcept { return state_ != nullptr; }
    friend bool operator==(const socket&, const socket&) = default;

    const std::string& id() const noexcept;
    kedge::nsp nsp() const;
    /// A view that lives as long as a handle to this socket.
    kedge::handshake handshake() const;
    /// The engine session below.
    kedge::conn conn() const;
    /// The first request of the session, or null.
    const engine::request* request() const;
    bool connected() const noexcept;
    bool disconnected() const noexcept { return !connected(); }
    /// Whether its state of before a disconnection was given back to it.
    bool recovered() const noexcept;
    /// Its own id included; empty after the disconnect.
    std::vector<std::string> rooms() const;

    /// What the program keeps with the socket: any value, an empty object at first.
    value& data() const;
    /// One of its members, null when there is none.
    const value& data(std::string_view key) const;
    /// Sets one of its members.
    template <emittable T>
    void data(std::string_view key, const T& content) const {
        data()[key] = to_value(content);
    }

    // Handlers.

    /// Calls `handler` for each event of this name that the client sends. Its parameters are converted from
    /// what was sent; what does not fit goes to on_error instead. kedge::ack as a parameter, or a result,
    /// answers.
    template <class F>
    listener on(std::string_view event, F&& handler) const {
        return add(event, share_event_handler(std::forward<F>(handler)), false);
    }
    /// The same for the first one only.
    template <class F>
    listener once(std::string_view event, F&& handler) const {
        return add(event, share_event_handler(std::forward<F>(handler)), true);
    }
    /// Takes back a handler of any kind.
    void off(listener which) const;
    /// Takes back all handlers of an event.
    void off(std::string_view event) const;
    /// Takes back all handlers of events.
    void off() const;
    std::size_t listener_count(std::string_view event) const;

    /// Called for every event before the middlewares: `(std::string_view event, const kedge::arguments&)`,
    /// and kedge::ack as third parameter where it is wanted.
    template <class F>
    listener on_any(F&& handler) const {
        return add_any(&socket_handlers::any, as_any_handler(std::forward<F>(handler)), false);
    }
    template <class F>
    listener prepend_any(F&& handler) const {
        return add_any(&socket_handlers::any, as_any_handler(std::forward<F>(handler)), true);
    }
    void off_any(listener which) const { remove_any(&socket_handlers::any, which); }
    void off_any() const { clear_any(&socket_handlers::any); }
    /// How many there are.
    std::size_t listeners_any() const { return count_any(&socket_handlers::any); }
    /// Called for every event on its way to the client, broadcasts included, with `(std::string_view, const
    /// kedge::arguments&)`.
    template <class F>
    listener on_any_outgoing(F&& handler) const {
        return add_any(&socket_handlers::any_outgoing, as_any_handler(std::forward<F>(handler)), false);
    }
    template <class F>
    listener prepend_any_outgoing(F&& handler) const {
        return add_any(&socket_handlers::any_outgoing, as_any_handler(std::forward<F>(handler)), true);
    }
    void off_any_outgoing(listener which) const { remove_any(&socket_handlers::any_outgoing, which); }
    void off_any_outgoing() const { clear_any(&socket_handlers::any_outgoing); }
    std::size_t listeners_any_outgoing() const { return count_any(&socket_handlers::any_outgoing); }

    /// A middleware: sees each event before its handlers, may change it, and passes it on or refuses it, now
    /// or later.
    template <std::invocable<event&, next> F>
    listener use(F&& step) const {
        static_assert(!deferred_result<std::invoke_result_t<F&, event&, next>>::value,
                      "a middleware that is a coroutine takes the kedge::event& alone");
        return add_middleware(std::forward<F>(step));
    }
    /// The same as a coroutine (see <kedge/coroutine.hpp>): `(kedge::event&)`. It passes the event on when
    /// it ends, and refuses it by throwing kedge::connect_error.
    template <std::invocable<event&> F>
    listener use(F&& step) const {
        using result = std::invoke_result_t<F&, event&>;
        static_assert(deferred_result<result>::value, "a middleware takes (kedge::event&, kedge::next)");
        return add_middleware([weak = std::weak_ptr(state()),
                               kept = std::make_shared<std::decay_t<F>>(std::forward<F>(step))](
                                  event& passed, const next& go_on) {
            if (auto here = weak.lock())
                deferred_result<result>::decide(std::move(here), passed.name, kept, (*kept)(passed), go_on);
        });
    }

    /// The socket is about to leave: its rooms are still there. `(kedge::disconnect_reason)`, and the
    /// description as a std::string_view where it is wanted.
    template <class F>
    listener on_disconnecting(F&& handler) const {
        return add_disconnect(&socket_handlers::disconnecting,
                              as_disconnect_handler(std::forward<F>(handler)));
    }
    /// The socket has left. The last that its handlers hear.
    template <class F>
    listener on_disconnect(F&& handler) const {
        return add_disconnect(&socket_handlers::disconnect, as_disconnect_handler(std::forward<F>(handler)));
    }
    /// Told of arguments that do not fit, exceptions of handlers, events that a middleware refused, and
    /// packets that are none.
    listener on_error(error_handler handler) const;

    // Sending.

    /// Emits an event. With a callback as last argument the client is asked for an answer, whose arguments
    /// are the callback's parameters; one of type kedge::ack_error tells whether it came (see timeout()).
    template <class... Args>
    void emit(std::string_view event, Args&&... args) const {
        emit_all(*state(), {}, event, std::forward<Args>(args)...);
    }
    /// Emits, and completes with the first argument of the answer.
    template <class... Args>
    single_reply emit_with_ack(std::string_view event, const Args&... args) const {
        return with_flags().emit_with_ack(event, args...);
    }
    /// emit("message", …).
    template <class... Args>
    void send(Args&&... args) const {
        emit("message", std::forward<Args>(args)...);
    }
    socket_operator volatile_() const { return with_flags().volatile_(); }
    socket_operator compress(bool whether) const { return with_flags().compress(whether); }
    socket_operator timeout(engine::duration time) const { return with_flags().timeout(time); }

    /// The others in these rooms.
    broadcast_operator to(room_names rooms) const { return with_flags().to(std::move(rooms)); }
    broadcast_operator in(room_names rooms) const { return with_flags().to(std::move(rooms)); }
    broadcast_operator except(room_names rooms) const { return with_flags().except(std::move(rooms)); }
    broadcast_operator local() const { return with_flags().local(); }
    /// All others of the namespace.
    broadcast_operator broadcast() const { return with_flags().broadcast(); }

    // Rooms and the end.

    void join(room_names rooms) const;
    void leave(std::string_view room) const;
    /// Leaves the namespace. With `close` the session below is closed, and with it its sockets in other
    /// namespaces.
    void disconnect(bool close = false) const;
    /// Disconnects the socket at that time, which is when its token expires, unless a later call says
    /// another time. The client gets the event "expired" before, with the time in milliseconds since 1970,
    /// and then "io server disconnect", after which official clients do not reconnect by themselves. A time
    /// more than an hour ahead follows the system's clock when that is set. A socket that was recovered has
    /// none until it is said again, in on_connection. From any thread.
    void expires_at(std::chrono::system_clock::time_point when) const;
    /// Takes it back.
    void never_expires() const;

    /// Runs it on the socket's thread, in a turn to come. Dropped after the disconnect. From any thread, and
    /// in the middlewares of a namespace too.
    void post(engine::task work) const;
    /// The same when the time has passed. What it holds is let go of when the socket leaves.
    scheduled after(engine::duration delay, engine::task work) const;
    /// The same again and again, until it is cancelled or the socket leaves. Throws std::invalid_argument for
    /// a period that is no time at all.
    scheduled every(engine::duration period, engine::task work) const;

    const std::shared_ptr<socket_state>& state() const noexcept { return state_ ? state_ : nobody(); }

  private:
    socket_operator with_flags() const { return socket_operator(state()); }
    listener add(std::string_view event, std::shared_ptr<event_handler> handler, bool once) const;
    listener add_middleware(event_middleware step) const;

    using any_list = handler_list<any_handler> socket_handlers::*;
    listener add_any(any_list which, any_handler handler, bool in_front) const;
    void remove_any(any_list which, listener id) const;
    void clear_any(any_list which) const;
    std::size_t count_any(any_list which) const;
    listener add_disconnect(handler_list<disconnect_handler> socket_handlers::*which,
                            disconnect_handler handler) const;

    template <class F>
    static any_handler as_any_handler(F&& f) {
        if constexpr (std::is_invocable_v<F&, std::string_view, const arguments&, ack>) {
            return std::forward<F>(f);
        } else {
            static_assert(std::is_invocable_v<F&, std::string_view, const arguments&>,
                          "the handler takes (std::string_view event, const kedge::arguments& args)");
            return [kept = std::decay_t<F>(std::forward<F>(f))](std::string_view event, const arguments& args,
                                                                const ack&) mutable { kept(event, args); };
        }
    }
    template <class F>
    static disconnect_handler as_disconnect_handler(F&& f) {
        if constexpr (std::is_invocable_v<F&, disconnect_reason, std::string_view>) {
            return std::forward<F>(f);
        } else if constexpr (std::is_invocable_v<F&, disconnect_reason>) {
            return [kept = std::decay_t<F>(std::forward<F>(f))](disconnect_reason reason,
                                                                std::string_view) mutable { kept(reason); };
        } else {
            static_assert(
                std::is_invocable_v<F&>,
                "the handler takes (kedge::disconnect_reason reason, std::string_view description)");
            return [kept = std::decay_t<F>(std::forward<F>(f))](disconnect_reason, std::string_view) mutable {
                kept();
            };
        }
    }

    std::shared_ptr<socket_state> state_;
};

/// The socket that sent the event, as a parameter of handlers.
template <>
struct context_parameter<socket> : std::true_type {
    static socket take(call_context& from);
};

}  // namespace kedge

template <>
struct std::hash<kedge::socket> {
    std::size_t operator()(const kedge::socket& one) const noexcept {
        return std::hash<const void*>{}(one.state().get());
    }
};
