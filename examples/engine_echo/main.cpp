// An Engine.IO server that sends back what it gets: text as text, binary as binary.
//
//     example_engine_echo [--port N] [--threads N]

#include <csignal>
#include <cstdio>
#include <exception>
#include <thread>

#include <kedge/engine_server.hpp>

#include "../switches.hpp"

using kedge::transports::engine_server;
using kedge::transports::received_message;
using kedge::transports::session;

namespace {

/// The signals that end the program. Blocked in all threads, for end_by_signal() to wait for.
sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void end_by_signal(sigset_t signals, engine_server& server) {
    std::thread([signals, &server] {
        int signal = 0;
        sigwait(&signals, &signal);
        server.close();
    }).detach();
}

void echo(session opened) {
    opened.on_message([opened](const received_message& message, const auto*) {
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
    const auto signals = ending_signals();
    kedge::transports::server_options options;
    options.engine.allow_eio3 = true;
    options.threads = given.threads();

    engine_server server(options);
    end_by_signal(signals, server);
    server.on_connection(echo);
    server.listen(given.port());
    example::say_where(server.port());
    server.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
