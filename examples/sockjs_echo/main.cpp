// SockJS clients and Socket.IO clients on one port and in one room. A SockJS client hears what it says again,
// and what is said in the room "lobby"; what it says reaches the room's Socket.IO clients.
#include <cstdio>
#include <cstdlib>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <string>

int main(int argc, char** argv) {
    const int port = argc > 1 ? std::atoi(argv[1]) : 3000;
    kedge::server io({.threads = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1});
    io.on_connection([](kedge::socket socket) {
        socket.join("lobby");
        socket.on("say", [socket](std::string text) { socket.to("lobby").emit("said", text); });
    });

    kedge::sockjs::front echo("/echo");
    echo.on_connection([&io](kedge::sockjs::client client) {
        client.on_message([client](std::string_view text) { client.send(text); });
    });
    echo.attach(io.engine());

    kedge::sockjs::front chat("/chat");
    chat.on_connection([&io](kedge::sockjs::client client) {
        client.join(io, "lobby");
        client.on_message([&io, id = client.id()](std::string_view text) {
            io.to("lobby").except(id).emit("said", std::string(text));
        });
    });
    chat.attach(io.engine());

    io.listen(static_cast<std::uint16_t>(port));
    std::printf("listening on port %d\n", static_cast<int>(io.port()));
    std::fflush(stdout);
    io.close_on_signals();
    io.run();
    return 0;
}
