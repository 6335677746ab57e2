// Kedge under measurement: the same handlers as bench/reference. When it ends it says on standard error how
// often memory was allocated, and how many sessions each worker has opened.
//
//   bench_server [--port N] [--threads N] [--ways 1] [--ping-interval MILLISECONDS] [--tls-cert FILE
//   --tls-key FILE]
#include <bench/common/arguments.hpp>
#include <bench/server/allocations.hpp>
#include <cstdio>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/stomp.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace {

kedge::server_options read(const bench::arguments& line) {
    kedge::server_options options;
    options.port = static_cast<std::uint16_t>(line.number("port", 0));
    options.host = "127.0.0.1";
    options.threads = static_cast<unsigned>(line.number("threads", 1));
    options.ping_interval = kedge::engine::duration(line.number("ping-interval", 25'000));
    if (const auto certificate = line.text("tls-cert", ""); !certificate.empty()) {
        options.tls = kedge::tls_options{};
        options.tls->certificate.chain_file = certificate;
        options.tls->certificate.key_file = line.text("tls-key", "");
    }
    return options;
}

/// The same for clients of SockJS, at /echo and /all, and STOMP.
struct other_ways {
    explicit other_ways(kedge::server& io) : stomp(io, "/stomp") {
        echo.on_connection([](const kedge::sockjs::client& who) {
            who.on_message([who](std::string_view text) { who.send(text); });
        });
        all.on_connection([&io](const kedge::sockjs::client& who) {
            who.join(io, "all");
            who.on_message([&io](std::string_view text) { io.to("all").emit("broadcast", text); });
        });
        echo.attach(io.engine());
        all.attach(io.engine());
        stomp.attach(io.engine());
    }

    kedge::sockjs::front echo{"/echo"}, all{"/all"};
    kedge::stomp::broker stomp;
};

}  // namespace

int main(int count, char** words) {
    const bench::arguments line(count, words);
    const auto options = read(line);
    kedge::server io(options);
    std::optional<other_ways> ways;
    if (line.number("ways", 0) != 0) ways.emplace(io);
    io.on_event("echo", [](kedge::socket socket, std::string_view text) { socket.emit("echo", text); });
    io.on_event("ack", [](kedge::socket, std::string_view text) { return text; });
    io.on_event("room", [&io](kedge::socket socket, std::string_view text) {
        io.to(std::string(socket.id())).emit("room", text);
    });
    io.on_event("broadcast", [&io](kedge::socket, std::string_view text) { io.emit("broadcast", text); });
    io.close_on_signals();
    std::printf("listening on %s://127.0.0.1:%u\n", options.tls ? "https" : "http",
                static_cast<unsigned>(io.port()));
    std::fflush(stdout);
    io.run();
    std::fprintf(stderr, "%llu allocations\n", static_cast<unsigned long long>(bench::allocations()));
    std::fprintf(stderr, "sessions by worker:");
    for (const auto& each : io.stats().workers)
        std::fprintf(stderr, " %llu", static_cast<unsigned long long>(each.sessions_opened));
    std::fprintf(stderr, "\n");
}
