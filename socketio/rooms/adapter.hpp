#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/rooms/adapter_factory.hpp>
#include <kedge/socketio/rooms/adapter_host.hpp>
#include <kedge/socketio/rooms/broadcast_answers.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/room_events.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/event_data.hpp>

namespace kedge {

/// The port through which a namespace reaches sockets on this server and on others: one per namespace, above
/// the workers. It is called on the threads of workers (any of them, several at once); callbacks that it is
/// given it calls on the worker that called it. What it needs of the namespace is its adapter_host.
class adapter {
  public:
    template <class... Results>
    using completion = engine::unique_function<void(Results...)>;
    using packet_ptr = kedge::packet_ptr;

    virtual ~adapter() = default;

    /// The namespace is there, and nobody has entered it yet.
    virtual void init() {}
    /// It is needed no more: nobody is in the namespace, or another adapter takes its place. It stays until
    /// `done` is called, and so does the server that ends, for a while. Once, on a worker or when none runs.
    virtual void close(completion<> done) { done(); }
    /// The form in which it wants the data of events that it is given, beside the one that clients get:
    /// broadcast_packet::for_adapter() is that. Asked once.
    virtual data_form wants() const noexcept { return data_form::none; }
    /// How many servers there are, this one included.
    virtual void server_count(completion<ack_error, std::size_t> done) = 0;

    virtual void broadcast(packet_ptr packet, broadcast_options to) = 0;
    /// A packet whose recipients answer.
    virtual void broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                    std::shared_ptr<broadcast_answers> answers) = 0;

    /// Snapshots of sockets wherever they are; with an error, of those that were told of in time.
    virtual void fetch_sockets(broadcast_options of,
                               completion<ack_error, std::vector<socket_details>> done) = 0;
    virtual void add_sockets(broadcast_options which, std::vector<std::string> rooms) = 0;
    virtual void del_sockets(broadcast_options which, std::vector<std::string> rooms) = 0;
    virtual void disconnect_sockets(broadcast_options which, bool close) = 0;

    /// Raises an event on the namespaces of the other servers: its data in the form that wants() names
    /// (JSON where it names none). `responses` is set when an answer of each is wanted; with an error it is
    /// told those that came.
    virtual void server_side_emit(encoded_data event,
                                  completion<ack_error, std::vector<value>> responses) = 0;

    // Rooms of this server that come and go. Each is told of in the order in which it happens, one at a time,
    // on some worker: nothing may be done with sockets meanwhile.

    virtual void on_create_room(std::string_view room, room_kind kind) {
        (void)room;
        (void)kind;
    }
    virtual void on_delete_room(std::string_view room) { (void)room; }

    // For clients that come back. An adapter that recovers keeps every event that has an offset, in one order
    // for all sockets of this server, and delivers in that order.

    /// Whether sockets can be given back to returning clients.
    virtual bool recovers() const noexcept { return false; }
    /// The offset of an event that is about to be made. Empty when the adapter finds it later: then
    /// broadcast() and unicast() are given events without one, of which it makes others. From any thread.
    virtual std::string make_offset() { return {}; }
    /// An event for one socket alone, which may not have entered yet, on its thread: when the adapter
    /// recovers.
    virtual void unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) {
        broadcast(std::move(packet), {{id}, {}, flags});
    }
    /// What was said to this socket and waits for its place is delivered now: something follows that must not
    /// come first. On its thread; `rooms` names those that it is in.
    virtual void hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms) {
        (void)id;
        (void)rooms;
    }
    /// Where this worker's deliveries are in the order of events, in the adapter's own words. An event that
    /// is being delivered lies behind it.
    virtual std::string position() { return {}; }
    /// What a socket was given before its place in that order was known, by hurry() or otherwise, in the
    /// adapter's own words: its session keeps it. On its thread.
    virtual std::vector<std::string> told_early(const std::string& id) {
        (void)id;
        return {};
    }
    /// A client that returns with this pid takes over this socket from now on, until withdraw(). On its
    /// thread.
    virtual void enrol(const std::string& pid, const std::string& id) {
        (void)pid;
        (void)id;
    }
    virtual void withdraw(const std::string& pid, const std::string& id) {
        (void)pid;
        (void)id;
    }
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

}  // namespace kedge
