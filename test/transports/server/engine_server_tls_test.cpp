#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <kedge/engine/sid.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/server_under_test.hpp>

namespace engine_server_tls_test {

using namespace kedge;
using namespace kedge::test;

namespace {

std::shared_ptr<transports::tls_context> some_tls() {
    transports::tls_options options;
    options.certificate = authority().issue("localhost");
    return std::make_shared<transports::tls_context>(options);
}

/// A server with a second listener that speaks TLS.
struct secure_server {
    explicit secure_server(transports::server_options options, bool proxy_protocol = false)
        : on(std::move(options), [this, proxy_protocol](transports::engine_server& server) {
              transports::listen_address where;
              where.host = "127.0.0.1";
              where.proxy_protocol = proxy_protocol;
              port = server.listen(where, some_tls());
          }) {}
    raw_client connect() const {
        raw_client client(port);
        client.secure();
        return client;
    }
    std::uint16_t port = 0;
    server_under_test on;
};

}  // namespace

TEST_CASE("mt: polling and websocket over TLS, moved between workers") {
    transports::server_options options = with_eio3();
    options.threads = 4;
    secure_server secured(options);
    witness other(secured.on);
    std::vector<raw_client> kept;
    for (int i = 0; i < 8; ++i) {
        kept.push_back(secured.connect());
        const std::string sid = sid_in(kept.back().get(v4_polling).body);
        CHECK(secured.on.session(sid).request().secure());
        for (int k = 0; k < 4; ++k) {
            raw_client post = secured.connect();
            CHECK(post.post(of(v4_polling, sid), "4" + std::string(100'000, 'x')).body == "ok");
            CHECK(post.get(of(v4_polling, sid)).body.size() == 100'001);
        }
        raw_client socket = secured.connect();
        socket.send(raw_client::head("GET", of(v4_websocket, sid), raw_client::upgrade_headers) +
                    raw_client::masked_frame(0x81, "2probe"));
        CHECK(socket.read_answer().status == 101);
        CHECK(socket.read_text() == "3probe");
        socket.send_text("5");
        CHECK(secured.on.events.wait_for("upgrade " + sid));
        socket.send_text("4" + std::string(200'000, 'y'));
        CHECK(socket.read_text() == "4" + std::string(200'000, 'y'));
    }
    CHECK(secured.on.server.stats().total.moved > 0);
    CHECK(other.undisturbed());
}

TEST_CASE("mt: a TLS connection of a proxy, with pipelined requests of many sessions") {
    transports::server_options options;
    options.threads = 4;
    secure_server secured(options);
    std::vector<std::unique_ptr<polling_client>> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<polling_client>(secured.on));
    std::string all;
    for (const auto& each : clients)
        all += raw_client::head("POST", each->address, {}, "4" + each->sid) +
               raw_client::head("GET", each->address);
    raw_client proxy = secured.connect();
    proxy.send(all);
    for (const auto& each : clients) {
        CHECK(proxy.read_answer().body == "ok");
        CHECK(proxy.read_answer().body == "4" + each->sid);
    }
}

TEST_CASE("TLS begins behind a PROXY header") {
    transports::server_options options;
    options.trust_proxy = transports::trust_proxy::networks({"loopback"});
    secure_server secured(options, true);
    raw_client client(secured.port);
    client.send("PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\n");
    client.secure();
    const std::string sid = sid_in(client.get(v4_polling).body);
    CHECK(secured.on.session(sid).remote_address() == "203.0.113.9");
    CHECK(secured.on.session(sid).request().secure());
}

}  // namespace engine_server_tls_test
