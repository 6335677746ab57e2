// SockJS clients and Socket.IO clients on one port, and in one room. Below /echo a SockJS client hears what
// it says; below /close it is sent away; below /chat it is in the room "lobby" with the Socket.IO clients,
// and hears what they say there.
//
//     example_sockjs_echo [--port N]

#include <string>
#include <string_view>

#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>

#include "../switches.hpp"

namespace {

void answer(const kedge::sockjs::client& client) {
    client.on_message([client](std::string_view text) { client.send(text); });
}

void send_away(const kedge::sockjs::client& client) {
    client.close(3000, "Go away!");
}

}  // namespace

int main(int count, char** arguments) {
    kedge::server io({.threads = 2});
    io.on_connection([](kedge::socket socket) {
        socket.join("lobby");
        socket.on("say", [socket](std::string text) { socket.to("lobby").emit("said", text); });
    });

    kedge::sockjs::front echo("/echo");
    echo.on_connection(answer);
    echo.attach(io.engine());

    kedge::sockjs::front close("/close");
    close.on_connection(send_away);
    close.attach(io.engine());

    kedge::sockjs::front chat("/chat");
    chat.on_connection([&io](kedge::sockjs::client client) {
        client.join(io, "lobby");
        client.on_message([&io, client](std::string_view text) {
            io.to("lobby").except(client.id()).emit("said", std::string(text));
        });
    });
    chat.attach(io.engine());

    io.listen(example::switches(count, arguments).port());
    example::say_where(io.port());
    io.close_on_signals();
    io.run();
    return 0;
}
