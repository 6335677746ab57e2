// Five kinds of clients in one room, on one port: Socket.IO of today and of 2018, SockJS, STOMP, and
// Server-Sent Events. What one says, all hear. The page has one of each.
//
//     example_all_clients [--port N]

#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine_server.hpp>
#include <kedge/routes.hpp>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/sse.hpp>
#include <kedge/stomp.hpp>

#include "../switches.hpp"

namespace {

constexpr std::string_view room = "lobby";

void say(kedge::server& io, const std::string& who, const std::string& text) {
    io.to(room).emit("said", who, text);
}

/// What came as `[who, text]`, by SockJS or by a POST.
bool say_json(kedge::server& io, std::string_view json) {
    const std::optional<kedge::value> said = kedge::value::parse(json, 4);
    if (!said || !said->is_array() || said->size() != 2) return false;
    const kedge::value &who = (*said)[0], &text = (*said)[1];
    if (!who.is_string() || !text.is_string()) return false;
    say(io, std::string(who.as_string()), std::string(text.as_string()));
    return true;
}

/// An EventSource only hears: what its page says comes by POST.
void take_post(kedge::server& io, const kedge::transports::exchange& asked) {
    const bool taken = asked.request().method() == "POST" && say_json(io, asked.body());
    asked.reply(taken ? 204 : 400);
}

}  // namespace

int main(int count, char** arguments) try {
    using namespace kedge::transports;
    kedge::server io(
        {.allow_eio3 = true, .connection_state_recovery = kedge::recovery_options{}, .threads = 2});

    // Socket.IO, old and new.
    io.on_connection([&io](kedge::socket socket) {
        socket.join(room);
        socket.on("say", [&io](std::string who, std::string text) { say(io, who, text); });
    });

    // SockJS.
    kedge::sockjs::front sockjs("/sockjs");
    sockjs.on_connection([&io](kedge::sockjs::client client) {
        client.join(io, room);
        client.on_message([&io](std::string_view text) { say_json(io, text); });
    });
    sockjs.attach(io.engine());

    // STOMP, by websocket at /stomp and by SockJS below /stomp-sockjs.
    kedge::stomp::broker stomp(io, "/stomp");
    stomp.on_send("/app/say", [&io](std::string who, std::string text) { say(io, who, text); });
    kedge::sockjs::front stomp_sockjs("/stomp-sockjs");
    stomp.over(stomp_sockjs);
    stomp_sockjs.attach(io.engine());
    stomp.attach(io.engine());

    // Server-Sent Events.
    kedge::sse::front events(io, "/events");
    events.rooms([](const kedge::engine::request&) { return std::vector<std::string>{std::string(room)}; });
    events.attach(io.engine());

    // The page, the client libraries from their npm packages, and the figures of all.
    routes site;
    site.at("/say", [&io](const exchange& asked) { take_post(io, asked); });
    site.at("/metrics",
            metrics(io.engine(), {io.figures(), sockjs.figures(), stomp.figures(), events.figures()}));
    site.folder("/", static_folder(KEDGE_EXAMPLE_PUBLIC));
    site.folder("/client2", static_folder(KEDGE_EXAMPLE_CLIENT2));
    site.folder("/stompjs", static_folder(KEDGE_EXAMPLE_STOMPJS));
    io.engine().on_request(site);

    io.listen(example::switches(count, arguments).port());
    example::say_where(io.port());
    io.close_on_signals();
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
