// An Engine.IO server that sends back what it gets: text as text, binary as binary.
//
//     example_engine_echo [port] [threads]

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <transports/engine_server.hpp>

using kedge::transports::engine_server;
using kedge::transports::received_message;
using kedge::transports::session;

int main(int argc, char** argv) try {
    kedge::transports::server_options options;
    options.engine.allow_eio3 = true;
    options.threads = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;

    engine_server server(options);
    server.on_connection([](session opened) {
        opened.on_message([opened](const received_message& message, const auto*) {
            if (message.binary()) {
                opened.send(std::as_bytes(std::span(message.data)));
            } else {
                opened.send(message.data);
            }
        });
    });
    server.listen(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 3000));
    std::printf("listening on port %u\n", server.port());
    std::fflush(stdout);
    server.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
