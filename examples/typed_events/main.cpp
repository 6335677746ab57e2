// Events as structs: what the server and its clients say to each other is checked when either is compiled.
//
//     example_typed_events [--port N]
//     example_typed_events --typescript yes > events.ts    # the declaration for clients

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "../switches.hpp"
#include "catalogue.hpp"

namespace {

std::vector<std::string> enter(const kedge::socket& socket, const join& wish) {
    socket.data("name", wish.name);
    socket.data("room", wish.room);
    socket.join(wish.room);
    chat::emit(socket.to(wish.room), joined{.name = wish.name, .age = {}});
    return socket.rooms();
}

void speak(const kedge::socket& socket, const say& spoken) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    chat::emit(socket.nsp().to(std::string(socket.data("room").as_string())),
               said{.name = std::string(socket.data("name").as_string()),
                    .text = spoken.text,
                    .meant = spoken.meant,
                    .at = now});
}

}  // namespace

int main(int count, char** arguments) {
    const example::switches told(count, arguments, {{"typescript", ""}});
    if (told.given("typescript")) {
        std::cout << chat::typescript();
        return 0;
    }
    kedge::server io({.port = told.port()});
    io.on_connection([](const kedge::socket& socket) {
        chat::on<join>(socket, [socket](const join& wish) { return enter(socket, wish); });
        chat::on<say>(socket, [socket](const say& spoken) { speak(socket, spoken); });
    });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
