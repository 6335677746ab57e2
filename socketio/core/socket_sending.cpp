// The way of packets from the program to the client, and of the client's answers back.
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/events/pending_answer.hpp>
#include <kedge/socketio/events/socket_error.hpp>

namespace kedge {

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
                             const broadcast_flags& flags, reply_handler&& reply) {
    const bool kept = keeps(flags, static_cast<bool>(reply));
    if (!reachable() && !kept) return settle(std::move(reply), ack_error::cause::disconnected, {});
    const auto id = reply ? std::optional(nsp_->next_ack_id()) : std::nullopt;
    if (kept || (handlers_ && !handlers_->any_outgoing.empty()))
        return emit_packet(nsp_->make_event(id, event, sent, flags), flags, std::move(reply));
    if (id && !expect_answer(*id, std::move(reply), flags)) return;
    if (id || flags.is_volatile) {
        hurry();
        if (!reachable()) return;  // it took too little
    }
    auto& to = *owner();
    if (flags.is_volatile && !to.session().writable()) return;
    ++home_.counts().events_out;
    const auto form = [&](writer& out) { write_event(out, event, sent); };
    to.send(nsp_->owner().parser()->encode({packet_type::event, nsp_->name(), id}, form), flags.compress);
}

void socket_state::emit_packet(const packet_ptr& packet, const broadcast_flags& flags, reply_handler reply) {
    if (keeps(flags, packet->id().has_value())) {
        if (stage_ != stage::disconnected) return nsp_->adapter().unicast(id(), packet, flags);
        return nsp_->adapter().broadcast(packet, {{id()}, {}, flags});
    }
    if (!reachable()) return settle(std::move(reply), ack_error::cause::disconnected, {});
    if (packet->id() && !expect_answer(*packet->id(), std::move(reply), flags)) return;
    if (packet->id() || flags.is_volatile) hurry();
    tell_outgoing(packet->data());
    if (flags.is_volatile && !writable()) return;
    ++home_.counts().events_out;
    send(*packet);
}

// Events without answer are kept for a client that is there, and for one that is waited for.
bool socket_state::keeps(const broadcast_flags& flags, bool asks) const noexcept {
    if (asks || flags.is_volatile || !nsp_->adapter().recovers()) return false;
    return stage_ != stage::disconnected || (trace_ && trace_->awaited);
}

void socket_state::deliver(const broadcast_packet& packet, const broadcast_flags& flags) {
    if (!reachable() || (trace_ && trace_->held_back)) return;
    if (flags.is_volatile && !writable()) return;
    if (handlers_ && !handlers_->any_outgoing.empty()) tell_outgoing(packet.data());
    ++home_.counts().events_out;
    send(packet);
    note_written(packet);
}

void socket_state::deliver(const broadcast_packet& packet, const broadcast_flags& flags,
                           reply_handler reply) {
    if (!reachable() || !expect_answer(*packet.id(), std::move(reply), flags)) return;
    hurry();
    deliver(packet, flags);
}

void socket_state::send(const broadcast_packet& packet) {
    auto* to = session();
    if (!to) return;
    for (const auto& part : packet.parts()) to->send(part);
}

void socket_state::answer(std::uint64_t id, const outgoing_arguments& results) {
    const auto data = [&](writer& out) {
        out.begin_array(results.count);
        if (results.write) results.write(out);
        out.end_array();
    };
    const packet_head head{packet_type::ack, nsp_->name(), id};
    if (home_.here()) {
        hurry();
        if (owner()) owner()->send(head, data);
        return;
    }
    auto packet = std::make_shared<const broadcast_packet>(nsp_->owner().parser(), head, data);
    home_.post([self = shared_from_this(), packet = std::move(packet)] {
        self->hurry();
        self->send(*packet);
    });
}

/// An adapter that delivers in an order of its own may have what was said before what is written at once.
void socket_state::hurry() {
    auto& by = nsp_->adapter();
    if (by.recovers()) by.hurry(id(), [this] { return share_.rooms().rooms_of(*this); });
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
    ++home_.counts().acks_timed_out;
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
