// An Engine.IO server that sends back what it gets: text as text, binary as binary.
//
//     example_engine_echo [--port N] [--threads N]

#include <cstdio>
#include <exception>

#include <kedge/engine_server.hpp>

#include "../switches.hpp"

using kedge::transports::engine_server;
using kedge::transports::received_message;
using kedge::transports::session;

namespace {

void echo(session opened) {
    opened.on_message([opened](const received_message& message) {
        if (message.binary()) {
            opened.send(std::as_bytes(std::span(message.data)));
        } else {
            opened.send(message.data);
        }
    });
}

}  // namespace

int main(int argc, char** argv) try {
    const example::switches given(argc, argv, {{"threads", "1"}});
    kedge::transports::server_options options;
    options.engine.allow_eio3 = true;
    options.threads = given.threads();
    options.port = given.port();

    engine_server server(options);
    server.on_connection(echo);
    server.close_on_signals();
    example::say_where(server.port());
    server.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
