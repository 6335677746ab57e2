// Who may enter: a namespace's middleware looks at what the client sent with its CONNECT,
//     io("http://localhost:3000/admin", { auth: { token: "open sesame" } })
// and a middleware of each socket limits what it may do there.
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include <socketio/server.hpp>

namespace {

struct user {
    std::string name;
    bool may_write = false;
};

std::optional<user> user_of(const kedge::value& token) {
    static const std::map<std::string, user, std::less<>> users{
        {"open sesame", {"Ali Baba", true}},
        {"let me see", {"Cassim", false}},
    };
    const auto found = users.find(token.as_string());
    if (found == users.end()) return std::nullopt;
    return found->second;
}

void admit(const kedge::socket& socket, const kedge::next& next) {
    const auto known = user_of(socket.handshake().auth["token"]);
    if (!known)
        return next(kedge::connect_error("not authorized", kedge::value::object({{"hint", "send a token"}})));
    socket.data("name", known->name);
    socket.data("may_write", known->may_write);
    next();
}

void guard(const kedge::socket& socket) {
    socket.use([socket](const kedge::event& event, const kedge::next& next) {
        if (event.name == "write" && !socket.data("may_write").as_boolean())
            return next(kedge::connect_error("you may only look"));
        next();
    });
    socket.on_error([socket](const kedge::socket_error& error) {
        error.answer(kedge::value::object({{"error", error.message}}));
        socket.emit("refused", error.event, error.message);
    });
}

}  // namespace

int main(int count, char** arguments) {
    const auto port = static_cast<std::uint16_t>(count > 1 ? std::atoi(arguments[1]) : 3000);
    kedge::server io({.port = port});
    const auto admin = io.of("/admin");
    admin.use(admit);
    admin.on_connection([](const kedge::socket& socket) {
        guard(socket);
        socket.on("who am I", [socket] { return socket.data("name"); });
        socket.on("write", [socket](std::string text) {
            socket.broadcast().emit("written", socket.data("name"), text);
            return "ok";
        });
    });
    io.close_on_signals();
    std::cout << "http://localhost:" << io.port() << "/admin" << std::endl;
    io.run();
}
