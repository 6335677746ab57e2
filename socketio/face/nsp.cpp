#include <kedge/socketio/face/nsp.hpp>

#include <iterator>
#include <stdexcept>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/members.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {
namespace {

void check_server_event(std::string_view event) {
    if (event == "connect" || event == "connection")
        throw std::invalid_argument('"' + std::string(event) +
                                    "\" is a reserved event name: use on_connection()");
    if (event == "new_namespace")
        throw std::invalid_argument("\"new_namespace\" is a reserved event name: use on_new_namespace()");
}

encoded_data encode_event(const nsp_state& of, std::string_view event, const outgoing_arguments& sent) {
    check_server_event(event);
    return encode_data(of.event_form(), [&](writer& to) { write_event(to, event, sent); });
}

// What the only worker has; null when the server is gone.
nsp_share* only_share(nsp_state& of, const char* what) {
    const auto desks = of.owner().desks();
    if (desks.size() > 1)
        throw std::logic_error(std::string(what) + " needs a server with one thread: use fetch_sockets()");
    return desks.front()->open() ? &of.share(*desks.front()) : nullptr;
}

std::vector<socket> sockets_of(nsp_share& share) {
    std::vector<socket> found;
    each_socket(share, {}, [&](socket_state& one) { found.emplace_back(one.shared_from_this()); });
    return found;
}

}  // namespace

nsp socket::nsp() const {
    return kedge::nsp(state()->nsp().shared_from_this());
}

const std::string& nsp::name() const noexcept {
    return state_->name();
}

void nsp::add_connection(std::function<void(socket)> handler) const {
    state_->connection_handlers().change([&](auto& all) {
        all.push_back(std::make_shared<connection_handler>(
            [handler = std::move(handler)](const socket_ptr& who) { handler(socket(who)); }));
    });
}

void nsp::add_middleware(std::function<void(socket, next)> step) const {
    state_->middlewares().change([&](auto& all) {
        all.push_back(
            std::make_shared<nsp_middleware>([step = std::move(step)](const socket_ptr& who, next go_on) {
                step(socket(who), std::move(go_on));
            }));
    });
}

void nsp::on_error(std::function<void(socket, const socket_error&)> handler) const {
    state_->error_handlers().change([&](auto& all) {
        all.push_back(std::make_shared<nsp_error_handler>(
            [handler = std::move(handler)](const socket_ptr& who, const socket_error& what) {
                handler(socket(who), what);
            }));
    });
}

listener nsp::add_event(std::string_view event, std::shared_ptr<event_handler> handler) const {
    if (is_reserved_event(event))
        throw std::invalid_argument('"' + std::string(event) +
                                    "\" is no event of a client: register it on the socket");
    const auto id = state_->next_listener();
    state_->event_handlers().change([&](auto& table) { table.add(event, std::move(handler), id); });
    return id;
}

void nsp::off_event(listener which) const {
    state_->event_handlers().change([&](auto& table) { table.remove(which); });
}

void nsp::off_event(std::string_view event) const {
    state_->event_handlers().change([&](auto& table) { table.remove(event); });
}

listener nsp::add_server_event(std::string_view event, std::shared_ptr<event_handler> handler) const {
    check_server_event(event);
    const auto id = state_->next_listener();
    state_->server_events().change([&](auto& table) { table.add(event, std::move(handler), id); });
    return id;
}

void nsp::off(listener which) const {
    state_->server_events().change([&](auto& table) { table.remove(which); });
}

void nsp::off(std::string_view event) const {
    state_->server_events().change([&](auto& table) { table.remove(event); });
}

void nsp::raise_elsewhere(std::string_view event, const outgoing_arguments& sent) const {
    state_->each_branch([said = encode_event(*state_, event, sent)](nsp_state& at) {
        at.adapter().server_side_emit(said, {});
    });
}

broadcast_replies nsp::ask_elsewhere(std::string_view event, const outgoing_arguments& sent) const {
    state_->check_clients("server_side_emit_with_ack()");
    return broadcast_replies([state = state_, said = encode_event(*state_, event, sent)](auto done) mutable {
        auto& owner = state->owner();
        owner.on_some_worker([state, said = std::move(said), done = owner.guard(std::move(done))]() mutable {
            state->adapter().server_side_emit(std::move(said), std::move(done));
        });
    });
}

std::vector<socket> nsp::sockets() const {
    auto* const share = only_share(*state_, "sockets()");
    return share ? sockets_of(*share) : std::vector<socket>();
}

socket nsp::find_socket(std::string_view id) const {
    auto* const share = only_share(*state_, "find_socket()");
    auto* const found = share ? kedge::find_socket(*share, id) : nullptr;
    return found ? socket(found->shared_from_this()) : socket();
}

deferred<std::vector<socket>> nsp::all_sockets() const {
    return deferred<std::vector<socket>>(
        [state = state_](deferred<std::vector<socket>>::completion done) mutable {
            auto& owner = state->owner();
            owner.on_some_worker([state, done = owner.guard(std::move(done))]() mutable {
                state->gather<std::vector<socket>>(
                    sockets_of, [done = std::move(done)](std::vector<std::vector<socket>> parts) mutable {
                        std::vector<socket> all;
                        for (auto& each : parts)
                            all.insert(all.end(), std::make_move_iterator(each.begin()),
                                       std::make_move_iterator(each.end()));
                        done(std::move(all));
                    });
            });
        });
}

std::vector<std::string> nsp::room_list() const {
    auto* const share = only_share(*state_, "room_list()");
    return share ? share->rooms().room_names() : std::vector<std::string>();
}

void nsp::on_room_events(room_hooks hooks) const {
    state_->hooks().change([&](auto& all) { all.push_back(std::move(hooks)); });
}

kedge::adapter& nsp::adapter() const noexcept {
    return state_->own_adapter();
}

}  // namespace kedge
