#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/log.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/event_data.hpp>

namespace boost::asio {
class execution_context;
}

namespace kedge {

/// What a namespace offers its adapter: its workers, and the sockets of this server. It lives as long as the
/// adapter. Sockets are named by their ids, workers by their numbers, from 0.
///
/// From any thread, unless it is said otherwise. Completions are called on the worker that asked.
class adapter_host {
  public:
    template <class... Results>
    using completion = engine::unique_function<void(Results...)>;

    virtual ~adapter_host() = default;

    virtual const std::string& nsp() const noexcept = 0;
    virtual void log(log_level level, std::string_view event,
                     std::span<const log_record::field> facts = {}) const = 0;

    /// Whether, and for how long, clients that return are to be given back what they missed.
    virtual const std::optional<recovery_options>& recovery() const noexcept = 0;

    // Workers. What one is given keeps the adapter until it has run; it is dropped when the worker has gone.

    virtual unsigned workers() const noexcept = 0;
    /// The worker whose thread this is, if it is one.
    virtual std::optional<unsigned> here() const noexcept = 0;
    /// Runs it there: now if this is its thread, else in a turn to come. Work of one thread runs in order.
    virtual void run(unsigned worker, engine::task work) = 0;
    /// Runs it there in a turn to come.
    virtual void post(unsigned worker, engine::task work) = 0;
    /// Runs it on a worker: now if the caller is on one, else in a turn of the first.
    virtual void on_worker(engine::task work) = 0;
    /// The way back, from any thread, to the worker that this is called on: there callbacks are called. It
    /// may be kept longer than this.
    virtual std::function<void(engine::task)> way_back() const = 0;
    /// The clock, the timers and the end of the turn of the worker that asks. On a worker.
    virtual engine::loop& loop() const noexcept = 0;
    /// Where a worker's sockets of Asio are, if it has such.
    virtual boost::asio::execution_context* context(unsigned worker) const noexcept = 0;

    // Events to sockets of this server. Those of one thread arrive in order.

    /// An event as sockets get it. Its offset, if it has one, becomes its last argument. Null when it has no
    /// name: what is null reaches nobody.
    virtual packet_ptr make_event(const event_data& data, const broadcast_flags& flags,
                                  std::string offset = {}) const = 0;
    /// One whose recipients shall answer, with an id of this server, for ask().
    virtual packet_ptr make_question(const event_data& data, const broadcast_flags& flags) = 0;
    /// To all that are meant: now to those of this worker, in a turn to come to those of others.
    virtual void deliver(packet_ptr packet, broadcast_options to) = 0;
    /// To those of them that live on this worker. On a worker.
    virtual void deliver_here(const broadcast_packet& packet, const broadcast_options& to) = 0;
    /// To one that lives on this worker, which may not have entered yet. On a worker.
    virtual void deliver_to(std::string_view id, const broadcast_packet& packet,
                            const broadcast_flags& flags) = 0;
    /// Delivers a question: `recipients` is told how many there are, `answer` the first argument of each
    /// answer. On a worker.
    virtual void ask(packet_ptr question, broadcast_options to, completion<std::size_t> recipients,
                     completion<value> answer) = 0;
    /// Raises an event of the server itself. A handler that answers does it with its first result, on any
    /// thread.
    virtual void raise(const event_data& event, completion<value> answer = {}) = 0;

    // Sockets of this server.

    /// Whether a room is there, which costs one look. With one worker on its thread.
    virtual bool has_room(std::string_view room) const = 0;
    /// The names of all rooms, those that are sockets' ids included. On a worker, as all that completes.
    virtual void rooms(completion<std::vector<std::string>> done) = 0;
    /// The ids of those in any of the rooms (of all, when there are none).
    virtual void sockets(std::vector<std::string> in, completion<std::vector<std::string>> done) = 0;
    /// The rooms of a socket; nothing when it is not there.
    virtual void rooms_of(std::string id, completion<std::optional<std::vector<std::string>>> done) = 0;
    /// A snapshot of each.
    virtual void describe(broadcast_options which, completion<std::vector<socket_details>> done) = 0;
    virtual void join(broadcast_options which, std::vector<std::string> rooms) = 0;
    virtual void leave(broadcast_options which, std::vector<std::string> rooms) = 0;
    /// With `close` the sessions below are closed as well.
    virtual void disconnect(broadcast_options which, bool close) = 0;
    /// Cuts a socket's connection, as if it had been lost. On its worker.
    virtual void cut(std::string_view id) = 0;
};

}  // namespace kedge
