#include <socketio/socket_state.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <engine/session.hpp>
#include <socketio/client.hpp>
#include <socketio/desk.hpp>
#include <socketio/expiry.hpp>
#include <socketio/nsp_share.hpp>
#include <socketio/nsp_state.hpp>
#include <socketio/pending_answer.hpp>
#include <socketio/socket.hpp>

namespace kedge {
namespace {

std::int64_t milliseconds_since_1970() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

/// What of the kept events has reached the client's session.
struct socket_state::trace {
    std::string offset;      // of the last that was written
    std::string from;        // the adapter's position when nothing could be written any more
    bool held_back = false;  // the client has returned, and gets all in one when it enters
    bool awaited = false;    // the client has left, and may return
};

socket_state::socket_state(nsp_share& where, std::shared_ptr<client_link> through, origin from)
    : room_member(std::move(from.id)),
      nsp_(where.of().shared_from_this()),
      share_(where),
      home_(where.home()),
      through_(std::move(through)),
      from_(std::move(from)),
      issued_(milliseconds_since_1970()),
      data_(value::object()) {
    share_.rooms().introduce(*this);
}

socket_state::~socket_state() = default;

socket_handlers* socket_state::handlers() {
    if (!handlers_ && stage_ != stage::disconnected)
        handlers_ = std::make_unique<socket_handlers>(share_.names());
    return handlers_.get();
}

bool socket_state::reachable() const noexcept {
    return stage_.load(std::memory_order_acquire) != stage::disconnected && through_->who;
}

// --- coming

void socket_state::enter() {
    const auto keep = shared_from_this();
    share_.rooms().present(*this);
    nsp_->adapter().add_all(*this, std::array{id()});
    if (!pid().empty()) nsp_->adapter().enrol(*this);
    stage_.store(stage::connected, std::memory_order_release);
    send_connect();
    if (expiry_) expiry_->start();
    const auto all = nsp_->connection_handlers().current();
    for (const auto& each : *all) guarded("connection", [&] { (*each)(socket(keep)); });
}

// The older protocol tells no id: clients compute it from the session's.
void socket_state::send_connect() {
    auto& to = *owner();
    const packet_head head{packet_type::connect, nsp_->name(), {}};
    if (to.revision_3()) return to.send(head);
    to.send(head, [this](writer& out) {
        out.begin_object(pid().empty() ? 1 : 2);
        out.key("sid");
        out.string(id());
        if (!pid().empty()) {
            out.key("pid");
            out.string(pid());
        }
        out.end_object();
    });
}

void socket_state::restore(const stored_session& from) {
    data_ = from.data;
    trace_ = std::make_unique<trace>(trace{from.offset, from.from, true, false});
    nsp_->adapter().enrol(*this);
    nsp_->adapter().add_all(*this, from.rooms);
}

void socket_state::send_missed(std::span<const packet_ptr> missed) {
    trace_->from.clear();
    trace_->held_back = false;
    for (const auto& each : missed) {
        send(*each);
        note_written(*each);
    }
}

// --- going

void socket_state::abandon() {
    stage_.store(stage::disconnected, std::memory_order_release);
    if (recovered()) persist();
    nsp_->adapter().del_all(*this);
    share_.rooms().remove(*this);
    fail_answers();
    cancel_errands();
    drop_handlers();
    home_.bury(shared_from_this());
}

void socket_state::leave_namespace(disconnect_reason reason, std::string_view description) {
    if (!connected() || std::exchange(leaving_, true)) return;
    const auto keep = shared_from_this();
    if (recoverable(reason)) note_position();
    tell_disconnect(&socket_handlers::disconnecting, reason, description);
    if (recoverable(reason)) persist();
    nsp_->adapter().del_all(*this);
    share_.rooms().remove(*this);
    if (owner()) owner()->on_left(*this, reason == disconnect_reason::server_namespace_disconnect);
    stage_.store(stage::disconnected, std::memory_order_release);
    tell_disconnect(&socket_handlers::disconnect, reason, description);
    fail_answers();
    cancel_errands();
    drop_handlers();
    expiry_.reset();
    nsp_->owner().release(*nsp_);
}

void socket_state::forget() {
    stage_.store(stage::disconnected, std::memory_order_release);
    acks_.reset();
    expiry_.reset();
    handlers_.reset();
}

void socket_state::persist() {
    if (!trace_ || trace_->offset.empty()) return;  // without an offset the client cannot return
    note_position();
    trace_->awaited = true;
    nsp_->adapter().persist_session(
        {id(), pid(), share_.rooms().rooms_of(*this), data_, trace_->offset, trace_->from});
}

void socket_state::note_written(const broadcast_packet& kept) {
    if (pid().empty() || kept.offset().empty()) return;
    if (!trace_) trace_ = std::make_unique<trace>();
    if (owner() && owner()->session().state() == engine::session_state::open) {
        trace_->offset = kept.offset();
    } else {
        note_position();
    }
}

void socket_state::note_position() {
    if (trace_ && trace_->from.empty()) trace_->from = nsp_->adapter().position();
}

void socket_state::tell_disconnect(handler_list<disconnect_handler> socket_handlers::*which,
                                   disconnect_reason reason, std::string_view description) {
    if (!handlers_) return;
    const auto all = ((*handlers_).*which).slots;
    for (const auto& each : all) guarded("disconnect", [&] { (*each.handler)(reason, description); });
}

void socket_state::fail_answers() {
    if (!acks_) return;
    for (auto& each : acks_->clear()) settle(std::move(each), ack_error::cause::disconnected, {});
}

listener socket_state::add_errand(engine::task cancel) {
    const auto id = nsp_->next_listener();
    auto* all = handlers();
    if (!all)
        cancel();
    else
        all->errands.slots.push_back({std::make_shared<engine::task>(std::move(cancel)), id});
    return id;
}

void socket_state::remove_errand(listener which) {
    if (handlers_) handlers_->errands.remove(which);
}

void socket_state::cancel_errands() {
    if (!handlers_) return;
    for (const auto& each : std::exchange(handlers_->errands.slots, {})) (*each.handler)();
}

void socket_state::expire_at(std::optional<std::chrono::system_clock::time_point> when) {
    home_.run([self = shared_from_this(), when] {
        if (self->stage_ == stage::disconnected || self->leaving_) return;
        self->expiry_ = when ? std::make_unique<expiry>(*self, *when) : nullptr;
        if (self->expiry_ && self->connected()) self->expiry_->start();
    });
}

// A handler that runs now may own the closure it runs from: all are destroyed when the turn ends.
void socket_state::drop_handlers() {
    if (!handlers_) return;
    using remains = std::pair<std::shared_ptr<nsp_state>, std::unique_ptr<socket_handlers>>;
    home_.bury(std::make_shared<remains>(nsp_, std::move(handlers_)));
}

void socket_state::dismiss() {
    if (!connected() || leaving_) return;
    if (owner()) owner()->send({packet_type::disconnect, nsp_->name(), {}});
    leave_namespace(disconnect_reason::server_namespace_disconnect);
}

void socket_state::disconnect(bool close) {
    home_.run([self = shared_from_this(), close] {
        if (!self->connected()) return;
        if (close && self->owner()) return self->owner()->dismiss_all();
        self->dismiss();
    });
}

// --- rooms

void socket_state::join(std::vector<std::string> rooms) {
    if (home_.here()) return join_here(rooms);
    home_.post([self = shared_from_this(), rooms = std::move(rooms)] { self->join_here(rooms); });
}

void socket_state::join_here(std::span<const std::string> rooms) {
    if (stage_ == stage::disconnected) return;
    if (room_count() + rooms.size() <= nsp_->owner().settings().max_rooms_per_socket)
        return nsp_->adapter().add_all(*this, rooms);
    report({.why = socket_error::cause::too_many_rooms, .message = "the socket is in too many rooms"});
}

void socket_state::leave(std::string_view room) {
    if (home_.here()) return nsp_->adapter().del(*this, room);
    home_.post(
        [self = shared_from_this(), name = std::string(room)] { self->nsp_->adapter().del(*self, name); });
}

// --- sending

void socket_state::emit(std::string_view event, const outgoing_arguments& sent, const broadcast_flags& flags,
                        reply_handler reply) {
    check_event(event);
    if (home_.here()) return emit_here(event, sent, flags, std::move(reply));
    const auto id = reply ? std::optional(nsp_->next_ack_id()) : std::nullopt;
    ask(nsp_->make_event(id, event, sent, flags), flags, std::move(reply));
}

packet_ptr socket_state::make_question(std::string_view event, const outgoing_arguments& sent,
                                       const broadcast_flags& flags) {
    check_event(event);
    return nsp_->make_event(nsp_->next_ack_id(), event, sent, flags);
}

void socket_state::ask(packet_ptr question, const broadcast_flags& flags, reply_handler reply) {
    home_.run([self = shared_from_this(), question = std::move(question), flags,
               reply = std::move(reply)]() mutable { self->emit_packet(question, flags, std::move(reply)); });
}

void socket_state::emit_here(std::string_view event, const outgoing_arguments& sent,
                             const broadcast_flags& flags, reply_handler reply) {
    const bool kept = keeps(flags, static_cast<bool>(reply));
    if (!reachable() && !kept) return settle(std::move(reply), ack_error::cause::disconnected, {});
    const auto id = reply ? std::optional(nsp_->next_ack_id()) : std::nullopt;
    if (kept || (handlers_ && !handlers_->any_outgoing.empty()))
        return emit_packet(nsp_->make_event(id, event, sent, flags), flags, std::move(reply));
    if (id && !expect_answer(*id, std::move(reply), flags)) return;
    auto& to = *owner();
    if (flags.is_volatile && !to.session().writable()) return;
    const auto form = [&](writer& out) { write_event(out, event, sent); };
    to.send(nsp_->owner().parser()->encode({packet_type::event, nsp_->name(), id}, form), flags.compress);
}

void socket_state::emit_packet(const packet_ptr& packet, const broadcast_flags& flags, reply_handler reply) {
    if (keeps(flags, packet->id().has_value())) {
        if (stage_ != stage::disconnected) return nsp_->adapter().unicast(*this, packet, flags);
        return nsp_->adapter().broadcast(packet, {{id()}, {}, flags});
    }
    if (!reachable()) return settle(std::move(reply), ack_error::cause::disconnected, {});
    if (packet->id() && !expect_answer(*packet->id(), std::move(reply), flags)) return;
    tell_outgoing(packet->data());
    if (flags.is_volatile && !owner()->session().writable()) return;
    send(*packet);
}

// Events without answer are kept for a client that is there, and for one that is waited for.
bool socket_state::keeps(const broadcast_flags& flags, bool asks) const noexcept {
    if (asks || flags.is_volatile || !nsp_->adapter().recovers()) return false;
    return stage_ != stage::disconnected || (trace_ && trace_->awaited);
}

void socket_state::deliver(const broadcast_packet& packet, const broadcast_flags& flags) {
    if (!reachable() || (trace_ && trace_->held_back)) return;
    if (flags.is_volatile && !owner()->session().writable()) return;
    if (handlers_ && !handlers_->any_outgoing.empty()) tell_outgoing(packet.data());
    send(packet);
    note_written(packet);
}

void socket_state::deliver(const broadcast_packet& packet, const broadcast_flags& flags,
                           reply_handler reply) {
    if (reachable() && expect_answer(*packet.id(), std::move(reply), flags)) deliver(packet, flags);
}

void socket_state::send(const broadcast_packet& packet) {
    if (!owner()) return;
    for (const auto& part : packet.parts()) owner()->session().send(part);
}

void socket_state::answer(std::uint64_t id, const outgoing_arguments& results) {
    const auto data = [&](writer& out) {
        out.begin_array(results.count);
        if (results.write) results.write(out);
        out.end_array();
    };
    const packet_head head{packet_type::ack, nsp_->name(), id};
    if (home_.here()) {
        if (owner()) owner()->send(head, data);
        return;
    }
    auto packet = std::make_shared<const broadcast_packet>(nsp_->owner().parser(), head, data, true);
    home_.post([self = shared_from_this(), packet = std::move(packet)] { self->send(*packet); });
}

std::shared_ptr<pending_answer> socket_state::make_answer(std::uint64_t id) {
    return std::make_shared<pending_answer>(
        [self = shared_from_this(), id](const outgoing_arguments& results) { self->answer(id, results); });
}

// --- answers of the client

bool socket_state::expect_answer(std::uint64_t id, reply_handler reply, const broadcast_flags& flags) {
    auto& waiting = owner()->pending_acks();
    if (waiting >= nsp_->owner().settings().max_pending_acks_per_client) {
        settle(std::move(reply), ack_error::cause::too_many_pending, {});
        report({.why = socket_error::cause::too_many_acks,
                .message = "the client has too many answers to give"});
        return reachable();
    }
    if (!acks_)
        acks_ = std::make_unique<ack_table>(home_.loop(), static_cast<ack_table_owner&>(*this), waiting);
    acks_->add(id, std::move(reply), flags.timeout);
    return true;
}

void socket_state::on_ack(std::uint64_t id, const items& results) {
    if (!acks_) return;
    if (auto reply = acks_->take(id)) settle(std::move(reply), {}, results);
}

void socket_state::on_expired(reply_handler waiting) {
    const desk::presence here(home_);
    settle(std::move(waiting), ack_error::cause::timed_out, {});
}

void socket_state::settle(reply_handler reply, ack_error error, const items& results) {
    if (!reply) return;
    const auto keep = shared_from_this();
    guarded("ack", [&] {
        handler_context context(this, std::nullopt, error);
        const auto wrong = reply(error, results, context);
        if (!wrong) return;
        report({.why = socket_error::cause::wrong_argument,
                .message = "an acknowledgement: " + wrong->message(),
                .expected = wrong->expected,
                .received = wrong->received});
    });
}

}  // namespace kedge
