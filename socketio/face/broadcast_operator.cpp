#include <kedge/socketio/face/broadcast_operator.hpp>

#include <iterator>
#include <stdexcept>

#include <kedge/socketio/core/broadcast_replies.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/remote_socket.hpp>

namespace kedge {
namespace {

void append(std::vector<std::string>& to, room_names& more) {
    to.insert(to.end(), std::make_move_iterator(more.list().begin()),
              std::make_move_iterator(more.list().end()));
}

}  // namespace

broadcast_operator broadcast_operator::to(room_names rooms) const {
    auto next = *this;
    append(next.to_.rooms, rooms);
    return next;
}

broadcast_operator broadcast_operator::except(room_names rooms) const {
    auto next = *this;
    append(next.to_.except, rooms);
    return next;
}

broadcast_operator broadcast_operator::local() const {
    auto next = *this;
    next.to_.flags.local = true;
    return next;
}

broadcast_operator broadcast_operator::volatile_() const {
    auto next = *this;
    next.to_.flags.is_volatile = true;
    return next;
}

broadcast_operator broadcast_operator::compress(bool whether) const {
    auto next = *this;
    next.to_.flags.compress = whether;
    return next;
}

broadcast_operator broadcast_operator::timeout(engine::duration time) const {
    auto next = *this;
    next.to_.flags.timeout = time;
    return next;
}

void broadcast_operator::start(std::string_view event, const outgoing_arguments& sent) const {
    where_->emit(to_, event, sent);
}

// Encoded now, sent when somebody waits for the answers.
broadcast_replies broadcast_operator::ask(std::string_view event, const outgoing_arguments& sent) const {
    auto packet = where_->make_question(to_, event, sent);
    return broadcast_replies([where = where_, to = to_, packet = std::move(packet)](auto done) mutable {
        ask_sockets(std::move(where), std::move(packet), std::move(to), std::move(done));
    });
}

fetched_sockets broadcast_operator::fetch_sockets() const {
    where_->check_clients("fetch_sockets()");
    return fetched_sockets([where = where_, to = to_](fetched_sockets::completion done) mutable {
        auto& owner = where->owner();
        owner.on_some_worker([where, to = std::move(to), done = std::move(done)]() mutable {
            where->adapter().fetch_sockets(
                std::move(to), [where, done = std::move(done)](ack_error error, auto found) mutable {
                    std::vector<remote_socket> sockets;
                    sockets.reserve(found.size());
                    for (auto& each : found) sockets.emplace_back(where, std::move(each));
                    done(error, std::move(sockets));
                });
        });
    });
}

void broadcast_operator::sockets_join(room_names rooms) const {
    where_->each_branch(
        [to = to_, rooms = std::move(rooms.list())](nsp_state& at) { at.adapter().add_sockets(to, rooms); });
}

void broadcast_operator::sockets_leave(room_names rooms) const {
    where_->each_branch(
        [to = to_, rooms = std::move(rooms.list())](nsp_state& at) { at.adapter().del_sockets(to, rooms); });
}

void broadcast_operator::disconnect_sockets(bool close) const {
    where_->each_branch([to = to_, close](nsp_state& at) { at.adapter().disconnect_sockets(to, close); });
}

}  // namespace kedge
