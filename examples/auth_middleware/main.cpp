// Who may come in, and for how long: a token with the claims of a JWT is checked before the client enters,
// the socket ends when the token does, and a client that brings a new one in time stays.
//
//     io(url, { auth: { token } })
//     socket.on("connect_error", (error) => error.data.code)   // why it may not
//     socket.on("expired", (when) => …)                        // its token has: "io server disconnect"
//     follows await socket.emitWithAck("renew", token)
//
// The tokens of this example are not signed: have the library of your choice verify them in read_claims().
//
//     example_auth_middleware [--port N]

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <kedge/server.hpp>

#include "../switches.hpp"

namespace {

using clock_type = std::chrono::system_clock;

struct claims {
    std::string sub;  ///< whom the token is for
    clock_type::time_point exp;
    std::vector<std::string> roles;
};

/// The claims of a verified token; here it is the claims themselves, as an object.
std::optional<claims> read_claims(const kedge::value& token) {
    if (!token["sub"].is_string() || !token["exp"].is_number()) return std::nullopt;
    claims read{std::string(token["sub"].as_string()), {}, {}};
    read.exp = clock_type::time_point(std::chrono::duration_cast<clock_type::duration>(
        std::chrono::duration<double>(token["exp"].as_number())));  // seconds since 1970, as in a JWT
    for (const auto& role : token["roles"].as_array()) read.roles.emplace_back(role.as_string());
    return read;
}

kedge::connect_error refusal(const char* message, const char* code) {
    auto data = kedge::value::object();
    data["code"] = kedge::to_value(code);
    return {message, data};
}

void check_token(const kedge::socket& socket, const kedge::next& next) {
    const auto token = read_claims(socket.handshake().auth["token"]);
    if (!token) return next(refusal("no token", "invalid_token"));
    if (token->exp <= clock_type::now()) return next(refusal("the token has expired", "expired_token"));
    socket.data("user", token->sub);
    socket.data("roles", token->roles);
    socket.expires_at(token->exp);
    next();
}

/// Only the same user's token prolongs his stay.
bool renew(const kedge::socket& socket, const kedge::value& token) {
    const auto read = read_claims(token);
    if (!read || socket.data("user") != kedge::to_value(read->sub)) return false;
    socket.expires_at(read->exp);
    return true;
}

}  // namespace

int main(int count, char** arguments) try {
    kedge::server io({.port = example::switches(count, arguments).port()});
    io.use(check_token);
    io.on_connection([](const kedge::socket& socket) {
        socket.on("whoami", [socket] { return socket.data(); });
        socket.on("renew", [socket](kedge::value token) { return renew(socket, token); });
    });

    // A namespace of its own for those with a role, each event of which is checked too.
    auto admin = io.of("/admin");
    admin.use(check_token);
    admin.use([](const kedge::socket& socket, const kedge::next& next) {
        for (const auto& role : socket.data("roles").as_array())
            if (role == kedge::value("admin")) return next();
        next(refusal("not for you", "forbidden"));
    });
    admin.on_connection([&io](const kedge::socket& socket) {
        socket.use([](kedge::event& event, const kedge::next& next) {
            if (event.name != "broadcast") return next(kedge::connect_error("unknown command"));
            next();
        });
        socket.on("broadcast", [&io](std::string text) { io.emit("news", text); });
        socket.on_error([socket](const kedge::socket_error& error) {
            socket.emit("refused", error.event, error.message);
        });
    });

    io.close_on_signals();
    example::say_where(io.port());
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
