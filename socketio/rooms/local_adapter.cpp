#include <kedge/socketio/rooms/local_adapter.hpp>

#include <utility>

namespace kedge {

void local_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    host_.deliver(std::move(packet), std::move(to));
}

void local_adapter::broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                       std::shared_ptr<broadcast_answers> answers) {
    answers->expect_servers(1);
    ask_here(std::move(packet), std::move(to), std::move(answers));
}

void local_adapter::ask_here(packet_ptr packet, broadcast_options to,
                             std::shared_ptr<broadcast_answers> answers) {
    host_.ask(
        std::move(packet), std::move(to), [answers](std::size_t count) { answers->on_recipients(count); },
        [answers](value first) { answers->on_answer(std::move(first)); });
}

void local_adapter::fetch_sockets(broadcast_options of,
                                  completion<ack_error, std::vector<socket_details>> done) {
    host_.describe(std::move(of), [done = std::move(done)](std::vector<socket_details> found) mutable {
        done({}, std::move(found));
    });
}

void local_adapter::add_sockets(broadcast_options which, std::vector<std::string> rooms) {
    host_.join(std::move(which), std::move(rooms));
}

void local_adapter::del_sockets(broadcast_options which, std::vector<std::string> rooms) {
    host_.leave(std::move(which), std::move(rooms));
}

void local_adapter::disconnect_sockets(broadcast_options which, bool close) {
    host_.disconnect(std::move(which), close);
}

void local_adapter::server_side_emit(encoded_data, completion<ack_error, std::vector<value>> responses) {
    host_.log(log_level::warning, "this adapter does not support the server_side_emit() functionality");
    if (responses) responses({}, {});
}

}  // namespace kedge
