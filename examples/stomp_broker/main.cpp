// STOMP clients and Socket.IO clients in the same rooms: /topic/lobby is the room "lobby". Who comes as
// "nobody" is refused; /app/add adds two numbers and answers on /user/queue/add; /app/tell sends to all
// devices of a user; /app/work puts jobs on the queue /queue/jobs. By websocket at /stomp, and by SockJS
// below /stomp-sockjs.
//
//     example_stomp_broker [--port N]

#include <optional>
#include <string>
#include <string_view>

#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/stomp.hpp>

#include "../switches.hpp"

namespace {

void decide(const kedge::stomp::connect_request& who) {
    if (who.login() == "nobody") return who.refuse("nobody is not welcome");
    who.accept(std::string(who.login()));
}

std::optional<std::string> may_subscribe(const kedge::stomp::client& who, std::string_view destination) {
    if (destination == "/topic/staff" && who.user() != "boss") return "staff only";
    return std::nullopt;
}

}  // namespace

int main(int count, char** arguments) {
    kedge::server io({.threads = 2});
    io.on_connection([](kedge::socket socket) {
        socket.join("lobby");
        socket.on("say", [socket](std::string text) { socket.to("lobby").emit("said", text); });
    });

    kedge::stomp::broker stomp(io, "/stomp", {.queues = {.max_messages = 100, .max_deliveries = 3}});
    stomp.on_connect(decide);
    stomp.on_subscribe(may_subscribe);
    stomp.on_send("/app/add", [](int a, int b) { return a + b; });
    stomp.on_send("/app/tell", [&stomp](kedge::stomp::client from, std::string user, std::string text) {
        stomp.to_user(user, "/queue/news", from.user(), text);
    });
    stomp.on_send("/app/work", [&stomp](int jobs) {
        for (int job = 1; job <= jobs; ++job) stomp.to_queue("/queue/jobs", job);
    });
    kedge::sockjs::front sockjs("/stomp-sockjs");
    stomp.over(sockjs);
    sockjs.attach(io.engine());
    stomp.attach(io.engine());

    io.listen(example::switches(count, arguments).port());
    example::say_where(io.port());
    io.close_on_signals();
    io.run();
    return 0;
}
