#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/cluster/messages/classic_form.hpp>
#include <kedge/cluster/redis/redis_options.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/face/room_names.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class emitter_core;

/// To whom an emitter sends, and how. Every step makes a new one, which may be kept. May be used from any
/// thread.
class emitter_operator {
  public:
    emitter_operator(std::shared_ptr<emitter_core> by, std::string nsp) noexcept
        : by_(std::move(by)), nsp_(std::move(nsp)) {}

    /// Those in this room too.
    emitter_operator to(room_names rooms) const;
    emitter_operator in(room_names rooms) const { return to(std::move(rooms)); }
    emitter_operator except(room_names rooms) const;
    /// Dropped for those to whom it cannot leave at once, and while Redis is not there.
    emitter_operator volatile_() const;
    emitter_operator compress(bool whether) const;

    template <class... Args>
    void emit(std::string_view event, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { start(event, sent); }, args...);
    }
    /// Raises an event on the servers themselves.
    template <class... Args>
    void server_side_emit(std::string_view event, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { raise(event, sent); }, args...);
    }
    void sockets_join(room_names rooms) const;
    void sockets_leave(room_names rooms) const;
    void disconnect_sockets(bool close = false) const;

  private:
    void start(std::string_view event, const outgoing_arguments& sent) const;
    void raise(std::string_view event, const outgoing_arguments& sent) const;

    std::shared_ptr<emitter_core> by_;
    std::string nsp_;
    broadcast_options to_;
};

struct emitter_options {
    std::string url{};                                                  ///< of Redis; instead of redis.url
    std::string key = "socket.io";                                      ///< as the servers have it
    cluster::classic_parser parser = cluster::classic_parser::msgpack;  ///< kedge::redis_parser, likewise
    engine::duration linger{2000};  ///< how long the end of the emitter waits for what was emitted to leave
    redis_options redis{};
};

/// Speaks to the clients of a fleet without being one of its servers: the twin of `@socket.io/redis-emitter`,
/// for servers with the classic adapter, `kedge::redis_adapter` or Node's. It has a thread of its own, and
/// never waits for Redis but in flush() and at its end.
class emitter {
  public:
    /// Throws what says which option is wrong.
    explicit emitter(emitter_options options = {});
    ~emitter();
    emitter(emitter&&) noexcept = default;
    emitter& operator=(emitter&&) noexcept = default;

    /// A namespace; a leading '/' is added where it is missing.
    emitter_operator of(std::string_view nsp) const;
    emitter_operator to(room_names rooms) const { return everybody().to(std::move(rooms)); }
    emitter_operator in(room_names rooms) const { return everybody().to(std::move(rooms)); }
    emitter_operator except(room_names rooms) const { return everybody().except(std::move(rooms)); }
    template <class... Args>
    void emit(std::string_view event, const Args&... args) const {
        everybody().emit(event, args...);
    }
    template <class... Args>
    void server_side_emit(std::string_view event, const Args&... args) const {
        everybody().server_side_emit(event, args...);
    }

    /// Waits until Redis has all that was emitted; false when that took longer, or the connection was lost
    /// meanwhile. Not on the thread of a server.
    bool flush(engine::duration at_most);

  private:
    emitter_operator everybody() const { return of("/"); }

    std::shared_ptr<emitter_core> core_;
};

}  // namespace kedge
