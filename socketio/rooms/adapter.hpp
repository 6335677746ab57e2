#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/value/value.hpp>

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
    std::string
        offset{};        ///< of the last event that was written to it; of one given back: what its client has
    std::string from{};  ///< the position() behind which nothing was written to it
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

    /// The namespace is there, and nobody has entered it yet.
    virtual void init() {}
    /// Nobody is in the namespace any more. It stays until `done` is called; the end of the server does not
    /// wait for that.
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

    // For clients that come back. An adapter that recovers keeps every event that has an offset, in one order
    // for all sockets of this server, and delivers in that order.

    /// Whether sockets can be given back to returning clients.
    virtual bool recovers() const noexcept { return false; }
    /// The offset of an event that is about to be made. Empty when the adapter finds it later: then
    /// broadcast() and unicast() are given events without one, of which it makes others. From any thread.
    virtual std::string make_offset() { return {}; }
    /// An event for one socket alone, which may not have entered yet, on its thread: when the adapter
    /// recovers.
    virtual void unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags);
    /// Where this worker's deliveries are in the order of events, in the adapter's own words. An event that
    /// is being delivered lies behind it.
    virtual std::string position() { return {}; }
    /// A client that returns with this socket's pid takes it over from now on, until del_all().
    virtual void enrol(socket_state&) {}
    virtual void persist_session(stored_session) {}
    /// Takes out the session of that pid, if what its client has missed since that offset is still kept. A
    /// socket that is connected and has the pid is closed first.
    virtual void restore_session(std::string pid, std::string offset,
                                 completion<std::optional<stored_session>> done) {
        (void)pid;
        (void)offset;
        done(std::nullopt);
    }
    /// The events that a session given back has missed, in order; nothing when some are no longer kept. All
    /// that this worker delivers after the call of `done` are later than these, all before are not.
    virtual void missed_packets(const stored_session&,
                                completion<std::optional<std::vector<packet_ptr>>> done) {
        done(std::nullopt);
    }
};

using adapter_factory = std::function<std::unique_ptr<adapter>(nsp_state& above)>;

}  // namespace kedge
