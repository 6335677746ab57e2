// Clients that lose their connection for a while get back their id, rooms and data, and all that they have
// missed.
#include <chrono>
#include <string>

#include <kedge/server.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;

namespace {

void serve(const kedge::server& io, const kedge::socket& socket) {
    socket.on("follow", [socket](std::string topic) { socket.join(topic); });
    socket.on("publish", [socket](std::string topic, std::string text) {
        socket.to(topic).emit("news", topic, text);
        return "ok";
    });
    // The answer may be ready when the client is in a tunnel: it waits for the client there.
    socket.on("compute", [&io, socket](int number) {
        io.after(5s, [socket, number] { socket.emit("computed", number, number * number); });
    });
}

}  // namespace

int main(int count, char** arguments) {
    kedge::recovery_options recovery;
    recovery.max_disconnection_duration = 5min;
    kedge::server io(
        {.port = example::switches(count, arguments).port(), .connection_state_recovery = recovery});
    io.on_connection([&io](const kedge::socket& socket) {
        serve(io, socket);
        if (socket.recovered()) return;  // its rooms and its data are there
        socket.data("visits", 1);
        socket.join("general");
        socket.emit("welcome", socket.id());  // from now on it can come back: it has an offset
    });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
