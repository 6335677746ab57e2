// An Engine.IO server that sends back what it gets: text as text, binary as binary.
//
//     example_engine_echo [--port 3000] [--threads 1]

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>

#include <kedge/engine_server.hpp>

using kedge::transports::engine_server;
using kedge::transports::received_message;
using kedge::transports::session;

namespace {

unsigned number_after(std::string_view name, int argc, char** argv, unsigned otherwise) {
    for (int i = 1; i + 1 < argc; ++i)
        if (argv[i] == name) return static_cast<unsigned>(std::atoi(argv[i + 1]));
    return otherwise;
}

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
    const auto signals = ending_signals();
    kedge::transports::server_options options;
    options.engine.allow_eio3 = true;
    options.threads = number_after("--threads", argc, argv, 1);

    engine_server server(options);
    end_by_signal(signals, server);
    server.on_connection(echo);
    server.listen(static_cast<std::uint16_t>(number_after("--port", argc, argv, 3000)));
    std::printf("listening on http://127.0.0.1:%u\n", server.port());
    std::fflush(stdout);
    server.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
