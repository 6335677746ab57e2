#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/events/reply.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class broadcast_operator;
class socket_state;

/// Sends an event to one client, or does nothing when it has gone. From any thread.
void emit_to(socket_state& to, std::string_view event, const outgoing_arguments& sent,
             const broadcast_flags& flags, reply_handler reply);
/// The same, taking the arguments of an emit as they are: with a callback at their end an answer is asked
/// for.
template <class... Args>
void emit_all(socket_state& to, const broadcast_flags& flags, std::string_view event, Args&&... args) {
    using last = typename last_of<Args...>::type;
    if constexpr (reply_callable<last>) {
        with_last(
            [&](const outgoing_arguments& sent, auto&& reply) {
                emit_to(to, event, sent, flags, make_reply_handler(std::forward<decltype(reply)>(reply)));
            },
            std::forward<Args>(args)...);
    } else {
        with_arguments([&](const outgoing_arguments& sent) { emit_to(to, event, sent, flags, {}); }, args...);
    }
}
single_reply ask_client(std::shared_ptr<socket_state> to, const broadcast_flags& flags,
                        std::string_view event, const outgoing_arguments& sent);

/// A socket together with how the next event goes to its client. Every step makes a new one. From any thread.
class socket_operator {
  public:
    explicit socket_operator(std::shared_ptr<socket_state> to, broadcast_flags flags = {}) noexcept
        : to_(std::move(to)), flags_(flags) {}

    /// Dropped when it cannot leave at once.
    socket_operator volatile_() const {
        auto next = *this;
        next.flags_.is_volatile = true;
        return next;
    }
    /// Whether it may be compressed. Default yes.
    socket_operator compress(bool whether) const {
        auto next = *this;
        next.flags_.compress = whether;
        return next;
    }
    /// How long an answer is waited for.
    socket_operator timeout(engine::duration time) const {
        auto next = *this;
        next.flags_.timeout = time;
        return next;
    }

    /// See kedge::socket.
    template <class... Args>
    void emit(std::string_view event, Args&&... args) const {
        emit_all(*to_, flags_, event, std::forward<Args>(args)...);
    }
    template <class... Args>
    single_reply emit_with_ack(std::string_view event, const Args&... args) const {
        return with_arguments(
            [&](const outgoing_arguments& sent) { return ask_client(to_, flags_, event, sent); }, args...);
    }
    template <class... Args>
    void send(Args&&... args) const {
        emit("message", std::forward<Args>(args)...);
    }

    broadcast_operator to(room_names rooms) const;
    broadcast_operator in(room_names rooms) const;
    broadcast_operator except(room_names rooms) const;
    broadcast_operator local() const;
    broadcast_operator broadcast() const;

  private:
    std::shared_ptr<socket_state> to_;
    broadcast_flags flags_;
};

}  // namespace kedge
