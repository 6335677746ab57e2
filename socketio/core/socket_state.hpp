#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/function.hpp>
#include <kedge/engine/guard.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/scheduled.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/core/client_link.hpp>
#include <kedge/socketio/events/ack_table.hpp>
#include <kedge/socketio/events/disconnect_reason.hpp>
#include <kedge/socketio/events/handler_source.hpp>
#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/events/socket_handlers.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/rooms/room_index.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/packet.hpp>

namespace kedge {

class delays;
class desk;
class expiry;
class pending_answer;
class nsp_share;
class nsp_state;

/// Keeps the namespace, and with it the index that a socket stands in, for longer than all else of the
/// socket.
struct nsp_keeper {
    std::shared_ptr<nsp_state> nsp_;
};

/// A client in a namespace: what the handle kedge::socket points to. Owned by its client while it is
/// connected, and by the handles of the program. Unless it is said otherwise, all here belongs to the thread
/// of its home.
class socket_state final : private nsp_keeper,
                           public room_member,
                           public std::enable_shared_from_this<socket_state>,
                           public handler_source,
                           private ack_table_owner {
  public:
    enum class stage : std::uint8_t { connecting, connected, disconnected };

    struct origin {
        std::string id;
        std::string pid;  ///< names it to a returning client; empty without recovery
        value auth;
        engine::request_ptr request;
        bool recovered = false;
        kept_bytes kept{};  ///< auth, among what is kept of the client
    };

    socket_state(nsp_share& where, std::shared_ptr<client_link> through, origin from);
    ~socket_state();

    // Facts that never change; from any thread.
    nsp_state& nsp() const noexcept { return *nsp_; }
    desk& home() const noexcept { return home_; }
    const std::string& pid() const noexcept { return from_.pid; }
    const value& auth() const noexcept { return from_.auth; }
    const engine::request* request() const noexcept { return from_.request.get(); }
    std::int64_t issued() const noexcept { return issued_; }
    bool recovered() const noexcept { return from_.recovered; }
    bool connected() const noexcept { return stage_.load(std::memory_order_acquire) == stage::connected; }
    /// Connected no more, or refused.
    bool left() const noexcept { return stage_.load(std::memory_order_acquire) == stage::disconnected; }

    nsp_share& share() const noexcept { return share_; }
    /// The client, or null when its session has ended.
    socket_owner* owner() const noexcept { return through_->who; }
    engine::session* session() const noexcept { return through_->session; }
    value& data() noexcept { return data_; }
    /// The same for the program, which may change it.
    value& wanted_data();
    /// What is registered on it; null after the disconnect.
    socket_handlers* handlers();
    socket_handlers* handlers_if_any() const noexcept { return handlers_.get(); }

    // What a program does; from any thread.
    void emit(std::string_view event, const outgoing_arguments& sent, const broadcast_flags& flags,
              reply_handler reply);
    /// An event that the client shall answer, for ask().
    packet_ptr make_question(std::string_view event, const outgoing_arguments& sent,
                             const broadcast_flags& flags);
    void ask(packet_ptr question, const broadcast_flags& flags, reply_handler reply);
    /// Answers an event; works even after the socket has left its namespace.
    void answer(std::uint64_t id, const outgoing_arguments& results) override;
    /// The same for somebody who may answer later.
    std::shared_ptr<pending_answer> make_answer(std::uint64_t id) override;
    socket_state& whom() noexcept override { return *this; }
    nsp_state& where() const noexcept override { return *nsp_; }
    void join(std::vector<std::string> rooms);
    void leave(std::string_view room);
    void disconnect(bool close);

    /// Does it on the socket's thread when the time has passed, unless the socket has left.
    void after(engine::duration delay, engine::task work);
    /// The same again and again, for as long as it is pending.
    void every(engine::duration period, std::shared_ptr<scheduled_work> work);
    /// Disconnects the socket at that time; nothing: never. Takes the place of what was said before.
    void expire_at(std::optional<std::chrono::system_clock::time_point> when);

    // What goes on for the socket, such as a handler that is a coroutine.
    /// `cancel` is called when the socket goes, at once if it has gone.
    listener add_errand(engine::task cancel);
    void remove_errand(listener which);

    // What the client and the namespace do.
    /// Enters the namespace: tells the client, then the connection handlers.
    void enter();
    /// Gives a returning client its rooms and data; events are held back until send_missed().
    void restore(const stored_session& from);
    /// Sends what a returning client has missed.
    void send_missed(std::span<const packet_ptr> missed);
    /// The join was refused or given up.
    void abandon();
    /// Leaves the namespace: tells the program, leaves all rooms.
    void leave_namespace(disconnect_reason reason, std::string_view description = {});
    /// The server goes, without a word to anybody.
    void forget();
    /// Cuts the connection, as if it had been lost.
    void cut();
    /// What was said to it and waits in the adapter is given to it now: something follows that must not come
    /// first.
    void hurry();
    /// Says good-bye to the client, then leaves.
    void dismiss();
    /// `size`: what it takes when it is kept. Whoever calls keeps the socket alive.
    void on_event(const packet& received, std::size_t size);
    /// The same for one that was held back.
    void on_held_event(event received, std::optional<std::uint64_t> ack_id, std::size_t size);
    /// Counts an event of the client that has to wait for the program. Nothing when too much is kept already:
    /// the client is sent away.
    std::optional<kept_bytes> keep_bytes(std::size_t size) override;
    void on_ack(std::uint64_t id, const items& results);
    void on_undecodable(std::string_view what);
    /// A packet to several sockets, this among them.
    void deliver(const broadcast_packet& packet, const broadcast_flags& flags);
    /// A broadcast that each recipient answers.
    void deliver(const broadcast_packet& packet, const broadcast_flags& flags, reply_handler reply);

    /// Calls something of the program's, unless the server has fallen silent; an exception is reported. False
    /// when it threw.
    template <class Call>
    bool guarded(std::string_view event, Call&& call) noexcept {
        return silent() || engine::guarded(call, [&](const std::exception_ptr& thrown) {
                   report_exception(event, thrown);
               });
    }
    void report(const socket_error& what);
    void report_exception(std::string_view event, const std::exception_ptr& what);

  private:
    class event_passage;
    /// What of the kept events has reached the client's session.
    struct trace {
        std::string offset;                // of the last that was written
        std::string from;                  // the adapter's position when nothing could be written any more
        std::string began;                 // the same when it entered
        bool held_back = false;            // the client has returned, and gets all in one when it enters
        bool awaited = false;              // the client has left, and may return
        std::vector<std::string> early{};  // what it was given before that had its place
    };

    void on_expired(reply_handler waiting) override;
    bool silent() const noexcept;

    /// Whether packets can be sent: from the first middleware to the end.
    bool reachable() const noexcept;
    /// Whether a volatile packet goes out.
    bool writable() const noexcept;
    void emit_here(std::string_view event, const outgoing_arguments& sent, const broadcast_flags& flags,
                   reply_handler&& reply);
    void emit_packet(const packet_ptr& packet, const broadcast_flags& flags, reply_handler reply);
    void send(const broadcast_packet& packet);
    bool expect_answer(std::uint64_t id, reply_handler reply, const broadcast_flags& flags);
    void settle(reply_handler reply, ack_error error, const items& results);
    void tell_outgoing(const kedge::arguments& data);
    void tell_any(std::string_view event, const arguments& args, handler_context& context);
    void run_middlewares(event received, std::shared_ptr<pending_answer> answer, std::size_t size);
    void dispatch(std::string_view event, const items& args, handler_context& context);
    void dispatch(const event& passed, const std::shared_ptr<pending_answer>& answer, std::size_t size);
    void call(event_handler& handler, std::string_view event, const items& args, handler_context& context);
    /// How many of the rooms the socket is not in yet.
    struct room_sum {
        std::size_t rooms = 0;
        std::size_t name_bytes = 0;
    };
    room_sum sum_of_new(std::span<const std::string> rooms) const;
    void join_here(std::span<const std::string> rooms);
    void tell_disconnect(handler_list<disconnect_handler> socket_handlers::*which, disconnect_reason reason,
                         std::string_view description);
    void leave_rooms();
    void expire(std::chrono::system_clock::time_point when);
    void persist();
    void note_beginning();
    void note_written(const broadcast_packet& kept);
    void note_position();
    bool keeps(const broadcast_flags& flags, bool asks) const noexcept;
    void cancel_errands();
    void drop_handlers();
    void fail_answers();
    void send_connect();

    // First what a broadcast looks at.
    std::shared_ptr<client_link> through_;
    std::unique_ptr<trace> trace_;  // only where it can return
    std::unique_ptr<socket_handlers> handlers_;
    std::atomic<stage> stage_ = stage::connecting;
    bool leaving_ = false;
    nsp_share& share_;
    desk& home_;
    origin from_;
    std::int64_t issued_;
    value data_;
    std::unique_ptr<ack_table> acks_;
    std::unique_ptr<expiry> expiry_;
    std::shared_ptr<delays> delays_;  // what is to be done later
};

/// Lays arguments out on a tape, to be read from there as if they had just arrived. The values must outlive
/// the tape.
items lay_out(const arguments& from, tape& to);

}  // namespace kedge
