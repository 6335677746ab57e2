#include <kedge/socketio/face/socket.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {
namespace {

// Events that no client can send, and what a program that asks for them means.
void check_listened(std::string_view event) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> advice{{
        {"disconnect", "on_disconnect()"},
        {"disconnecting", "on_disconnecting()"},
        {"error", "on_error()"},
        {"connect", "on_connection() of the namespace"},
        {"connection", "on_connection() of the namespace"},
        {"connect_error", "use() of the namespace"},
        {"newListener", "nothing: there is no such event"},
        {"removeListener", "nothing: there is no such event"},
    }};
    for (const auto& [name, instead] : advice) {
        if (name != event) continue;
        throw std::invalid_argument('"' + std::string(event) + "\" is no event of a client: use " +
                                    std::string(instead));
    }
}

}  // namespace

// --- facts

const std::string& socket::id() const noexcept {
    return state()->id();
}

kedge::handshake socket::handshake() const {
    return make_handshake(state()->request(), state()->issued(), state()->auth());
}

kedge::conn socket::conn() const {
    return kedge::conn(state());
}

const engine::request* socket::request() const {
    return state()->request();
}

bool socket::connected() const noexcept {
    return state()->connected();
}

bool socket::recovered() const noexcept {
    return state()->recovered();
}

std::vector<std::string> socket::rooms() const {
    return state()->share().rooms().rooms_of(*state());
}

// What is written to an empty socket is forgotten.
value& socket::data() const {
    if (state_) return state_->wanted_data();
    static thread_local value nothing;
    nothing = value::object();
    return nothing;
}

const value& socket::data(std::string_view key) const {
    return std::as_const(state_ ? state_->data() : data())[key];
}

// --- handlers

listener socket::add(std::string_view event, std::shared_ptr<event_handler> handler, bool once) const {
    check_listened(event);
    const auto id = state()->nsp().next_listener();
    if (auto* all = state()->handlers()) all->events.add(event, std::move(handler), id, once);
    return id;
}

void socket::off(listener which) const {
    auto* all = state()->handlers_if_any();
    if (!all) return;
    all->events.remove(which);
    all->any.remove(which);
    all->any_outgoing.remove(which);
    all->middlewares.remove(which);
    all->disconnecting.remove(which);
    all->disconnect.remove(which);
    all->error.remove(which);
}

void socket::off(std::string_view event) const {
    if (auto* all = state()->handlers_if_any()) all->events.remove(event);
}

void socket::off() const {
    if (auto* all = state()->handlers_if_any()) all->events.clear();
}

std::size_t socket::listener_count(std::string_view event) const {
    const auto* all = state()->handlers_if_any();
    return all ? all->events.count(event) : 0;
}

listener socket::add_any(any_list which, any_handler handler, bool in_front) const {
    const auto id = state()->nsp().next_listener();
    if (auto* all = state()->handlers()) {
        auto& slots = (all->*which).slots;
        slots.insert(in_front ? slots.begin() : slots.end(),
                     {std::make_shared<any_handler>(std::move(handler)), id});
    }
    return id;
}

void socket::remove_any(any_list which, listener id) const {
    if (auto* all = state()->handlers_if_any()) (all->*which).remove(id);
}

void socket::clear_any(any_list which) const {
    if (auto* all = state()->handlers_if_any()) (all->*which).clear();
}

std::size_t socket::count_any(any_list which) const {
    const auto* all = state()->handlers_if_any();
    return all ? (all->*which).count() : 0;
}

listener socket::add_middleware(event_middleware step) const {
    const auto id = state()->nsp().next_listener();
    if (auto* all = state()->handlers())
        all->middlewares.slots.push_back({std::make_shared<event_middleware>(std::move(step)), id});
    return id;
}

listener socket::add_disconnect(handler_list<disconnect_handler> socket_handlers::*which,
                                disconnect_handler handler) const {
    const auto id = state()->nsp().next_listener();
    if (auto* all = state()->handlers())
        (all->*which).slots.push_back({std::make_shared<disconnect_handler>(std::move(handler)), id});
    return id;
}

listener socket::on_error(error_handler handler) const {
    const auto id = state()->nsp().next_listener();
    if (auto* all = state()->handlers())
        all->error.slots.push_back({std::make_shared<error_handler>(std::move(handler)), id});
    return id;
}

// --- sending

void emit_to(socket_state& to, std::string_view event, const outgoing_arguments& sent,
             const broadcast_flags& flags, reply_handler reply) {
    to.emit(event, sent, flags, std::move(reply));
}

single_reply ask_client(std::shared_ptr<socket_state> to, const broadcast_flags& flags,
                        std::string_view event, const outgoing_arguments& sent) {
    auto packet = to->make_question(event, sent, flags);
    return single_reply([to = std::move(to), packet = std::move(packet),
                         flags](single_reply::completion done) mutable {
        to->ask(std::move(packet), flags,
                [done = std::move(done)](ack_error error, const items& results, handler_context&) mutable {
                    done(error, value(results.front()));
                    return std::optional<argument_error>();
                });
    });
}

broadcast_operator socket_operator::to(room_names rooms) const {
    return broadcast().to(std::move(rooms));
}

broadcast_operator socket_operator::in(room_names rooms) const {
    return broadcast().to(std::move(rooms));
}

broadcast_operator socket_operator::except(room_names rooms) const {
    return broadcast().except(std::move(rooms));
}

broadcast_operator socket_operator::local() const {
    return broadcast().local();
}

broadcast_operator socket_operator::broadcast() const {
    return {to_->nsp().shared_from_this(), {{}, {to_->id()}, flags_}};
}

// --- rooms and the end

void socket::join(room_names rooms) const {
    state()->join(std::move(rooms.list()));
}

void socket::leave(std::string_view room) const {
    state()->leave(room);
}

void socket::disconnect(bool close) const {
    state()->disconnect(close);
}

void socket::expires_at(std::chrono::system_clock::time_point when) const {
    state()->expire_at(when);
}

void socket::never_expires() const {
    state()->expire_at(std::nullopt);
}

void socket::post(engine::task work) const {
    state()->home().post([state = state(), work = std::move(work)]() mutable {
        if (!state->left()) state->guarded("post", work);
    });
}

scheduled socket::after(engine::duration delay, engine::task work) const {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::one);
    state()->after(delay, [made] { made->call(); });
    return scheduled(made);
}

scheduled socket::every(engine::duration period, engine::task work) const {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::many);
    state()->every(checked_period(period), made);
    return scheduled(made);
}

socket context_parameter<socket>::take(call_context& from) {
    auto* at = static_cast<handler_context&>(from).at();
    return at ? socket(at->shared_from_this()) : socket();
}

}  // namespace kedge
