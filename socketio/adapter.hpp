#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <engine/function.hpp>
#include <engine/timer_wheel.hpp>
#include <socketio/ack_error.hpp>
#include <socketio/arguments.hpp>
#include <socketio/value.hpp>

namespace kedge {

class broadcast_packet;
class nsp_state;
class socket_state;

/// How a packet is to be sent.
struct broadcast_flags {
    bool is_volatile = false;  ///< dropped where it cannot leave at once
    bool compress = true;
    bool local = false;  ///< this server only
    std::optional<engine::duration> timeout{};
    bool expect_single_response = false;
};

/// To whom: those in any of `rooms` (everybody when there are none) who are in none of `except`.
struct broadcast_options {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    broadcast_flags flags;
};

/// What is known of a socket elsewhere: a snapshot.
struct socket_details {
    std::string id;
    value handshake;
    std::vector<std::string> rooms;
    value data;
};

/// What is kept of a socket so that it can be given back to a client that returns.
struct stored_session {
    std::string sid;
    std::string pid;
    std::vector<std::string> rooms;
    value data;
};

/// A session that was found again, with the packets that its client has missed, in order.
struct restored_session {
    stored_session session;
    std::vector<std::shared_ptr<const broadcast_packet>> missed;
};

/// What listeners of room events are told: the room, and for `join` and `leave` the socket's id.
struct room_hooks {
    std::function<void(std::string_view room)> on_create_room;
    std::function<void(std::string_view room, std::string_view id)> on_join_room;
    std::function<void(std::string_view room, std::string_view id)> on_leave_room;
    std::function<void(std::string_view room)> on_delete_room;
};

/// The port through which a namespace reaches its sockets, on this server and on others: one per namespace,
/// above the workers. It is called on the threads of workers (any of them, several at once); callbacks that
/// it is given it calls on the worker that called it. Rooms and sockets of one worker are asked about on that
/// worker only.
class adapter {
  public:
    template <class... Results>
    using completion = engine::unique_function<void(Results...)>;
    using packet_ptr = std::shared_ptr<const broadcast_packet>;

    virtual ~adapter() = default;

    virtual void init() {}
    virtual void close(completion<> done) { done(); }
    /// How many servers there are, this one included.
    virtual void server_count(completion<std::size_t> done) = 0;

    /// Puts a socket into rooms. On the socket's thread.
    virtual void add_all(socket_state& who, std::span<const std::string> rooms) = 0;
    virtual void del(socket_state& who, std::string_view room) = 0;
    virtual void del_all(socket_state& who) = 0;

    virtual void broadcast(packet_ptr packet, broadcast_options to) = 0;
    /// `client_count` is called once for each server with the number of its recipients, `response` for each
    /// answer.
    virtual void broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                    completion<std::size_t> client_count, completion<value> response) = 0;

    /// The ids of the sockets in any of the rooms (of all, when there are none) of this server.
    virtual void sockets(std::vector<std::string> rooms, completion<std::vector<std::string>> done) = 0;
    /// The rooms of a socket of this server; nothing when it is not there.
    virtual void socket_rooms(std::string id, completion<std::optional<std::vector<std::string>>> done) = 0;
    virtual void fetch_sockets(broadcast_options of, completion<std::vector<socket_details>> done) = 0;
    virtual void add_sockets(broadcast_options which, std::vector<std::string> rooms) = 0;
    virtual void del_sockets(broadcast_options which, std::vector<std::string> rooms) = 0;
    virtual void disconnect_sockets(broadcast_options which, bool close) = 0;

    /// Raises an event on the namespaces of the other servers. `responses` is set when an answer of each is
    /// wanted.
    virtual void server_side_emit(arguments packet, completion<ack_error, std::vector<value>> responses) = 0;

    /// Whether sockets can be given back to returning clients (then broadcasts pass through it and are kept).
    virtual bool recovers() const noexcept { return false; }
    virtual void persist_session(stored_session) {}
    virtual void restore_session(std::string pid, std::string offset,
                                 completion<std::optional<restored_session>> done) {
        (void)pid;
        (void)offset;
        done(std::nullopt);
    }
};

using adapter_factory = std::function<std::unique_ptr<adapter>(nsp_state& above)>;

}  // namespace kedge
