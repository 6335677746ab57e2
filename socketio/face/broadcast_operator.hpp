#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/events/deferred.hpp>
#include <kedge/socketio/events/reply.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class nsp_state;
class remote_socket;

/// The answers of many clients, each its first argument. With an error they are those that came in time.
using broadcast_replies = deferred<ack_error, std::vector<value>>;
/// With an error they are those of the servers that answered in time.
using fetched_sockets = deferred<ack_error, std::vector<remote_socket>>;

/// Says to which sockets of a namespace something goes, and how. Every step makes a new one, so that one can
/// be kept and built upon. May be used from any thread.
class broadcast_operator {
  public:
    broadcast_operator(std::shared_ptr<nsp_state> where, broadcast_options to = {}) noexcept
        : where_(std::move(where)), to_(std::move(to)) {}

    /// Those in this room too. A socket that is in several gets everything once.
    broadcast_operator to(room_names rooms) const;
    broadcast_operator in(room_names rooms) const { return to(std::move(rooms)); }
    /// Not those in this room (or the socket of this id).
    broadcast_operator except(room_names rooms) const;
    /// Not the sockets of other servers.
    broadcast_operator local() const;
    /// Dropped for those to whom it cannot leave at once.
    broadcast_operator volatile_() const;
    /// Whether it may be compressed. Default yes.
    broadcast_operator compress(bool whether) const;
    /// How long answers are waited for.
    broadcast_operator timeout(engine::duration time) const;

    /// Emits to all of them. With a callback as last argument they are asked for an answer, which needs
    /// timeout(): `io.to("room").timeout(2s).emit("poll", [](kedge::ack_error error,
    /// std::vector<kedge::value> answers) { … })`.
    template <class... Args>
    void emit(std::string_view event, Args&&... args) const {
        start_or_ask<broadcast_replies>([&](const outgoing_arguments& sent) { start(event, sent); },
                                        [&](const outgoing_arguments& sent) { return ask(event, sent); },
                                        std::forward<Args>(args)...);
    }
    /// Emits, and completes with the answers.
    template <class... Args>
    broadcast_replies emit_with_ack(std::string_view event, const Args&... args) const {
        return with_arguments([&](const outgoing_arguments& sent) { return ask(event, sent); }, args...);
    }
    /// emit("message", …).
    template <class... Args>
    void send(const Args&... args) const {
        emit("message", args...);
    }

    /// A snapshot of each of them, those of other servers included.
    fetched_sockets fetch_sockets() const;
    void sockets_join(room_names rooms) const;
    void sockets_leave(room_names rooms) const;
    /// Disconnects them; with `close` the sessions below are closed as well.
    void disconnect_sockets(bool close = false) const;

    const broadcast_options& options() const noexcept { return to_; }

  private:
    void start(std::string_view event, const outgoing_arguments& sent) const;
    broadcast_replies ask(std::string_view event, const outgoing_arguments& sent) const;

    std::shared_ptr<nsp_state> where_;
    broadcast_options to_;
};

}  // namespace kedge
