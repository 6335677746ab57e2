// A server for a place behind a proxy, as docs/deployment.md describes it: it believes proxies on this
// machine, takes the sockets that systemd opened, speaks with operators on an address of their own, and ends
// in good order.
//
//     example_behind_proxy [--port N] [--admin-port N] [--threads N] [--notice MILLISECONDS] [--unix PATH]
//                          [--proxied-port N [--tls-cert FILE --tls-key FILE]]
//
// On the proxied port connections begin with a PROXY header. 0 takes a free port; without --admin-port there
// is none.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include <kedge/engine_server.hpp>
#include <kedge/routes.hpp>
#include <kedge/server.hpp>
#include <kedge/tls.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;
using namespace kedge::transports;

namespace {

using example::switches;

kedge::server_options options(const switches& given) {
    kedge::server_options chosen;
    chosen.allow_eio3 = true;
    chosen.threads = given.threads();
    chosen.keep_alive_timeout = 75s;  // proxies give idle connections up first
    chosen.trust_proxy = trust_proxy::networks({"loopback", "unix"});
    chosen.log = kedge::log_to_stderr();
    chosen.log_threshold = kedge::log_level::warning;
    return chosen;
}

listen_address loopback(std::uint16_t port) {
    listen_address where;
    where.host = "127.0.0.1";
    where.port = port;
    return where;
}

std::shared_ptr<tls_context> tls(const switches& given) {
    if (!given.given("tls-cert")) return nullptr;
    tls_options chosen;
    chosen.certificate.chain_file = given.text("tls-cert");
    chosen.certificate.key_file = given.text("tls-key");
    return std::make_shared<tls_context>(chosen);
}

/// The sockets that systemd opened, or else the addresses that were given. Returns the first port.
std::uint16_t listen(kedge::server& io, const switches& given) {
    for (const int descriptor : inherited_descriptors()) {
        listen_address inherited;
        inherited.descriptor = descriptor;
        io.listen(inherited);
    }
    if (io.port() == 0) io.listen(loopback(given.port("port")));
    if (given.given("unix")) {
        listen_address local;
        local.path = given.text("unix");
        local.mode = 0660;
        io.listen(local);
    }
    if (given.given("proxied-port")) {
        listen_address proxied = loopback(given.port("proxied-port"));
        proxied.proxy_protocol = true;
        io.listen(proxied, tls(given));
    }
    return io.port();
}

void serve_operators(kedge::server& io, const switches& given) {
    const auto health_checks = routes().at("/healthz", health()).at("/readyz", readiness(io.engine()));
    io.engine().on_request(health_checks);  // for the proxy, which asks where it sends the clients
    if (given.given("admin-port"))
        io.engine().serve(loopback(given.port("admin-port")),
                          routes(health_checks).at("/metrics", metrics(io.engine(), {io.figures()})));
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
    const switches given(argc, argv,
                         {{"threads", "1"},
                          {"notice", "0"},
                          {"unix", ""},
                          {"proxied-port", ""},
                          {"admin-port", ""},
                          {"tls-cert", ""},
                          {"tls-key", ""}});
    kedge::server io(options(given));
    serve_clients(io);
    serve_operators(io, given);
    io.close_on_signals({.grace = 2s, .notice = kedge::engine::duration(given.number("notice", 3600000))});
    example::say_where(listen(io, given));
    io.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
