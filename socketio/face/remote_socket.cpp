#include <kedge/socketio/face/remote_socket.hpp>

#include <kedge/socketio/core/broadcast_replies.hpp>
#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge {

void remote_socket::start(std::string_view event, const outgoing_arguments& sent) const {
    where_->emit(target(), event, sent);
}

single_reply remote_socket::ask(std::string_view event, const outgoing_arguments& sent) const {
    auto packet = where_->make_question(target(), event, sent);
    return single_reply(
        [where = where_, to = target(), packet = std::move(packet)](single_reply::completion done) mutable {
            ask_sockets(std::move(where), std::move(packet), std::move(to),
                        [done = std::move(done)](ack_error error, std::vector<value> answers) mutable {
                            done(error, answers.empty() ? value() : std::move(answers.front()));
                        });
        });
}

void remote_socket::join(room_names rooms) const {
    where_->each_branch([to = target(), rooms = std::move(rooms.list())](nsp_state& at) {
        at.adapter().add_sockets(to, rooms);
    });
}

void remote_socket::leave(std::string_view room) const {
    where_->each_branch([to = target(), rooms = std::vector<std::string>{std::string(room)}](nsp_state& at) {
        at.adapter().del_sockets(to, rooms);
    });
}

void remote_socket::disconnect(bool close) const {
    where_->each_branch(
        [to = target(), close](nsp_state& at) { at.adapter().disconnect_sockets(to, close); });
}

}  // namespace kedge
