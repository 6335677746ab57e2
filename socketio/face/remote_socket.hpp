#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/socketio/events/deferred.hpp>
#include <kedge/socketio/events/reply.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class nsp_state;

/// A socket as fetch_sockets() found it, wherever it is: a snapshot, and the means to act on it. May be used
/// from any thread.
class remote_socket {
  public:
    remote_socket(std::shared_ptr<nsp_state> where, socket_details details)
        : where_(std::move(where)), details_(std::move(details)) {}

    const std::string& id() const noexcept { return details_.id; }
    /// Field by field under the reference's names.
    const value& handshake() const noexcept { return details_.handshake; }
    const std::vector<std::string>& rooms() const noexcept { return details_.rooms; }
    const value& data() const noexcept { return details_.data; }

    /// How long the answer to what is emitted by the result is waited for.
    remote_socket timeout(engine::duration time) const {
        auto next = *this;
        next.flags_.timeout = time;
        return next;
    }
    /// Emits; with a callback `(kedge::ack_error, kedge::value)` as last argument the client is asked for an
    /// answer.
    template <class... Args>
    void emit(std::string_view event, Args&&... args) const {
        start_or_ask<single_reply>([&](const outgoing_arguments& sent) { start(event, sent); },
                                   [&](const outgoing_arguments& sent) { return ask(event, sent); },
                                   std::forward<Args>(args)...);
    }
    template <class... Args>
    single_reply emit_with_ack(std::string_view event, const Args&... args) const {
        return with_arguments([&](const outgoing_arguments& sent) { return ask(event, sent); }, args...);
    }
    void join(room_names rooms) const;
    void leave(std::string_view room) const;
    void disconnect(bool close = false) const;

  private:
    broadcast_options target() const { return {{id()}, {}, flags_}; }
    void start(std::string_view event, const outgoing_arguments& sent) const;
    single_reply ask(std::string_view event, const outgoing_arguments& sent) const;

    std::shared_ptr<nsp_state> where_;
    socket_details details_;
    broadcast_flags flags_{.expect_single_response = true};
};

}  // namespace kedge
