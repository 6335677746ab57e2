// Rooms, and everything that can be said to them: to all, to all but oneself, to several at once, to all but
// some, with answers of everybody.
//
//     example_rooms_and_broadcast [--port N]

#include <chrono>
#include <string>
#include <vector>

#include <kedge/server.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;

namespace {

void move_around(const kedge::socket& socket) {
    socket.on("enter", [socket](std::string room) {
        socket.join(room);
        socket.to(room).emit("entered", socket.id());
        return socket.rooms();
    });
    socket.on("leave", [socket](std::string room) {
        socket.leave(room);
        socket.to(room).emit("left", socket.id());
        return socket.rooms();
    });
    socket.on_disconnecting([socket](kedge::disconnect_reason) {
        for (const auto& room : socket.rooms()) socket.to(room).emit("left", socket.id());
    });
}

void speak(const kedge::server& io, const kedge::socket& socket) {
    socket.on("say", [socket](std::string room, std::string text) {
        socket.to(room).emit("said", socket.id(), text);
    });
    socket.on("announce", [&io](std::vector<std::string> rooms, std::vector<std::string> except,
                                std::string text) { io.to(rooms).except(except).emit("announced", text); });
    socket.on("position", [socket](double x, double y) {
        socket.volatile_().broadcast().emit("position", socket.id(), x, y);  // the next one comes soon
    });
}

void ask(const kedge::server& io, const kedge::socket& socket) {
    socket.on("vote", [&io](std::string room, std::string question, kedge::ack result) {
        io.in(room).timeout(5s).emit(
            "vote", question, [result](kedge::ack_error error, std::vector<kedge::value> votes) {
                result(kedge::value::object({{"complete", !error}, {"votes", votes}}));
            });
    });
    socket.on("who", [&io](std::string room, kedge::ack answer) {
        io.in(room).fetch_sockets().then([answer](std::vector<kedge::remote_socket> present) {
            std::vector<std::string> ids;
            ids.reserve(present.size());
            for (const auto& each : present) ids.push_back(each.id());
            answer(ids);
        });
    });
}

}  // namespace

int main(int count, char** arguments) {
    kedge::server io({.port = example::switches(count, arguments).port()});
    io.on_connection([&io](const kedge::socket& socket) {
        move_around(socket);
        speak(io, socket);
        ask(io, socket);
    });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
