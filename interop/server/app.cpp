#include "app.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "given.hpp"

using namespace std::chrono_literals;
using kedge::ack;
using kedge::ack_error;
using kedge::arguments;
using kedge::value;

namespace interop {
namespace {

std::vector<std::string> rooms_of(const kedge::socket& socket) {
    auto rooms = socket.rooms();
    std::erase(rooms, socket.id());
    std::sort(rooms.begin(), rooms.end());
    return rooms;
}

kedge::broadcast_operator aimed(kedge::broadcast_operator start, const value& options) {
    auto to = std::move(start).to(texts(options["to"])).except(texts(options["except"]));
    return options["volatile"].as_boolean() ? to.volatile_() : to;
}

void note(const kedge::socket& socket) {
    struct names {
        std::vector<std::string> received;
        std::vector<std::string> sent;
    };
    const auto noted = std::make_shared<names>();
    const auto add = [](std::vector<std::string>& to, std::string_view name) {
        if (to.size() < 1000) to.emplace_back(name);
    };
    socket.on_any([noted, add](std::string_view name, const arguments&) { add(noted->received, name); });
    socket.on_any_outgoing([noted, add](std::string_view name, const arguments&) { add(noted->sent, name); });
    socket.on("log", [noted](ack answer) { answer(noted->received, noted->sent); });
}

void refuse_forbidden(const kedge::socket& socket) {
    socket.use([](const kedge::event& what, const kedge::next& next) {
        what.name == "forbidden" ? next(kedge::connect_error("event refused")) : next();
    });
    socket.on_error([socket](const kedge::socket_error& error) { socket.emit("error-seen", error.message); });
}

void tell_the_watchers(const kedge::socket& socket) {
    const auto tell = [socket](const char* event, kedge::disconnect_reason reason, auto... more) {
        const std::string name(socket.data("name").as_string());
        if (!name.empty()) socket.nsp().to("watch:" + name).emit(event, name, to_string(reason), more...);
    };
    socket.on_disconnecting(
        [socket, tell](kedge::disconnect_reason reason) { tell("gone", reason, rooms_of(socket)); });
    socket.on_disconnect([tell](kedge::disconnect_reason reason) { tell("left", reason); });
}

void talk(const kedge::socket& socket) {
    socket.on("message", [socket](const arguments& all) { socket.emit("message-back", all); });
    socket.on("message-with-ack", [](const arguments& all, ack answer) { answer(all); });
    socket.on("ask", [socket](const arguments& all, ack answer) {
        const std::chrono::milliseconds time(all[0].as_integer());
        socket.timeout(time).emit(all[1].as_string(), rest(all, 2),
                                  [answer](ack_error error, const arguments& answers) {
                                      error ? answer("timeout") : answer("ok", answers);
                                  });
    });
    socket.on("volatile", [socket](int count, ack answer) {
        for (int i = 0; i < count; ++i) socket.volatile_().emit("volatile", i);
        answer();
    });
    socket.on("handshake", [socket](ack answer) {
        const auto shaken = kedge::to_value(socket.handshake());
        answer(value::object({{"id", socket.id()},
                              {"query", shaken["query"]},
                              {"auth", shaken["auth"]},
                              {"headers", shaken["headers"]},
                              {"secure", shaken["secure"]},
                              {"transport", socket.conn().transport_name()},
                              {"protocol", socket.conn().protocol()},
                              {"recovered", socket.recovered()}}));
    });
}

void gather(const kedge::socket& socket) {
    const auto nsp = socket.nsp();
    socket.on("name", [socket](std::string text, ack answer) {
        socket.data("name", text);
        answer();
    });
    socket.on("join", [socket](value rooms, ack answer) {
        socket.join(texts(rooms));
        answer(rooms_of(socket));
    });
    socket.on("leave", [socket](std::string room, ack answer) {
        socket.leave(room);
        answer(rooms_of(socket));
    });
    socket.on("broadcast", [socket, nsp](const arguments& all, ack answer) {
        const auto start =
            all[0]["self"].as_boolean() ? kedge::broadcast_operator(nsp.state()) : socket.broadcast();
        aimed(start, all[0]).emit(all[1].as_string(), rest(all, 2));
        answer();
    });
    socket.on("broadcast-ack", [nsp](const arguments& all, ack answer) {
        const std::chrono::milliseconds time(all[1].as_integer());
        aimed(kedge::broadcast_operator(nsp.state()), all[0])
            .timeout(time)
            .emit(all[2].as_string(), rest(all, 3), [answer](ack_error error, std::vector<value> answers) {
                answer(error ? "timeout" : "ok", answers);
            });
    });
    socket.on("fetch", [nsp](std::string room, ack answer) {
        nsp.in(room).fetch_sockets().then([answer](std::vector<kedge::remote_socket> found) {
            std::vector<std::string> ids;
            ids.reserve(found.size());
            for (const auto& each : found) ids.push_back(each.id());
            std::sort(ids.begin(), ids.end());
            answer(ids);
        });
    });
}

void part(const kedge::socket& socket) {
    socket.on("disconnect-room", [nsp = socket.nsp()](std::string room, bool close, ack answer) {
        answer();
        nsp.in(room).disconnect_sockets(close);
    });
    socket.on("disconnect-me",
              [socket](std::optional<bool> close) { socket.disconnect(close.value_or(false)); });
    socket.on("drop", [socket] { socket.conn().close(); });
}

void connected(const kedge::socket& socket) {
    note(socket);
    refuse_forbidden(socket);
    tell_the_watchers(socket);
    talk(socket);
    gather(socket);
    part(socket);
    const value auth = socket.handshake().auth;
    if (!auth["quiet"].as_boolean()) socket.emit("auth", auth);
}

bool allowed_by_function(const std::string& name, const value& auth) {
    const auto& allow = auth["allow"];
    return name.starts_with("/by-function-") && (allow.as_boolean() || allow.as_string() == "true");
}

}  // namespace

void serve_app(kedge::server& io) {
    for (const char* name : {"/", "/custom", "/refuse", "/slow"}) io.of(name).on_connection(connected);
    io.of(kedge::pattern("^\\/dynamic-[0-9]+$")).on_connection(connected);
    io.of(allowed_by_function).on_connection(connected);
    io.of("/refuse").use([](const kedge::socket& socket, const kedge::next& next) {
        if (socket.handshake().auth["token"].as_string() == "open sesame") return next();
        next(kedge::connect_error("not authorized", value::object({{"code", 401}, {"hint", "token"}})));
    });
    io.of("/slow").use([&io](const kedge::socket&, const kedge::next& next) { io.after(150ms, next); });
}

void serve_suite(kedge::server& io) {
    io.on_connection([](const kedge::socket& socket) {
        socket.emit("auth", socket.handshake().auth);
        socket.on("message", [socket](const arguments& all) { socket.emit("message-back", all); });
        socket.on("message-with-ack", [](const arguments& all, ack answer) { answer(all); });
    });
    io.of("/custom").on_connection(
        [](const kedge::socket& socket) { socket.emit("auth", socket.handshake().auth); });
}

}  // namespace interop
