// A server for a place behind a proxy, as docs/deployment.md describes it: it believes proxies on this
// machine, takes the sockets that systemd opened, speaks with operators on an address of their own, and ends
// in good order.
//
//     example_behind_proxy [--port 3000] [--admin-port 9100] [--threads 1] [--notice 0] [--unix PATH]
//                          [--proxied-port 3002 [--tls-cert FILE --tls-key FILE]]
//
// On the proxied port connections begin with a PROXY header. 0 takes a free port; without --admin-port there
// is none.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <string>

#include <kedge/engine_server.hpp>
#include <kedge/routes.hpp>
#include <kedge/server.hpp>
#include <kedge/tls.hpp>

using namespace std::chrono_literals;
using namespace kedge::transports;

namespace {

using switches = std::map<std::string, std::string>;

switches read_switches(int argc, char** argv) {
    switches given{{"--port", "3000"}};
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    return given;
}

unsigned number(const switches& given, const std::string& name, unsigned otherwise = 0) {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : static_cast<unsigned>(std::atoi(found->second.c_str()));
}

std::string text(const switches& given, const std::string& name) {
    const auto found = given.find(name);
    return found == given.end() ? std::string() : found->second;
}

kedge::server_options options(const switches& given) {
    kedge::server_options chosen;
    chosen.allow_eio3 = true;
    chosen.threads = number(given, "--threads", 1);
    chosen.keep_alive_timeout = 75s;  // proxies give idle connections up first
    chosen.trust_proxy = trust_proxy::networks({"loopback", "unix"});
    chosen.log = [](const kedge::log_record& line) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.event.size()), line.event.data());
    };
    chosen.log_threshold = kedge::log_level::warning;
    return chosen;
}

listen_address loopback(unsigned port) {
    listen_address where;
    where.host = "127.0.0.1";
    where.port = static_cast<std::uint16_t>(port);
    return where;
}

std::shared_ptr<tls_context> tls(const switches& given) {
    if (!given.contains("--tls-cert")) return nullptr;
    tls_options chosen;
    chosen.certificate.chain_file = text(given, "--tls-cert");
    chosen.certificate.key_file = text(given, "--tls-key");
    return std::make_shared<tls_context>(chosen);
}

/// The sockets that systemd opened, or else the addresses that were given. Returns the first port.
unsigned listen(kedge::server& io, const switches& given) {
    for (const int descriptor : inherited_descriptors()) {
        listen_address inherited;
        inherited.descriptor = descriptor;
        io.listen(inherited);
    }
    if (io.port() == 0) io.listen(loopback(number(given, "--port")));
    if (given.contains("--unix")) {
        listen_address local;
        local.path = text(given, "--unix");
        local.mode = 0660;
        io.listen(local);
    }
    if (given.contains("--proxied-port")) {
        listen_address proxied = loopback(number(given, "--proxied-port"));
        proxied.proxy_protocol = true;
        io.listen(proxied, tls(given));
    }
    return io.port();
}

void serve_operators(kedge::server& io, const switches& given) {
    const auto health_checks = routes().at("/healthz", health()).at("/readyz", readiness(io.engine()));
    io.engine().on_request(health_checks);  // for the proxy, which asks where it sends the clients
    if (given.contains("--admin-port"))
        io.engine().serve(loopback(number(given, "--admin-port")),
                          routes(health_checks).at("/metrics", metrics(io.engine())));
}

/// Tells a client what is known of it.
void serve_clients(kedge::server& io) {
    io.on_connection([](kedge::socket socket) {
        socket.on("where", [socket](kedge::ack told) {
            const auto& handshake = socket.handshake();
            told(handshake.address, handshake.secure);
        });
        socket.on("echo", [](kedge::value what) { return what; });
    });
}

}  // namespace

int main(int argc, char** argv) try {
    const switches given = read_switches(argc, argv);
    kedge::server io(options(given));
    serve_clients(io);
    serve_operators(io, given);
    io.close_on_signals({.grace = 2s, .notice = kedge::engine::duration(number(given, "--notice"))});
    std::printf("listening on http://127.0.0.1:%u\n", listen(io, given));
    std::fflush(stdout);
    io.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
