#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>

namespace engine_server_proxies_test {

using namespace kedge;
using namespace kedge::test;
using transports::trust_proxy;

namespace {

transports::server_options believing(trust_proxy whom, unsigned threads = 1) {
    transports::server_options options = with_eio3();
    options.trust_proxy = std::move(whom);
    options.threads = threads;
    return options;
}

void tell_origin(transports::engine_server& server) {
    server.on_request([](const transports::exchange& asked) {
        const engine::request& from = asked.request();
        asked.reply(200, {}, std::string(from.remote_address()) + (from.secure() ? " secure" : " plain"));
    });
}

constexpr std::string_view forwarded = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";

}  // namespace

TEST_CASE("what a believed proxy forwards is true of its request alone") {
    server_under_test on(believing(trust_proxy::networks({"loopback"})), tell_origin);
    raw_client proxy = on.connect();
    CHECK(proxy.get("/", forwarded).body == "203.0.113.9 secure");
    CHECK(proxy.get("/").body == "127.0.0.1 plain");
    CHECK(proxy.get("/", "X-Forwarded-For: 6.6.6.6, 198.51.100.4\r\nX-Forwarded-Proto: http\r\n").body ==
          "198.51.100.4 plain");
    CHECK(proxy.get("/", "X-Forwarded-For: [2001:db8::7]:443\r\n").body == "2001:db8::7 plain");
    CHECK(proxy.get("/", "X-Forwarded-For: nonsense\r\n").body == "127.0.0.1 plain");
}

TEST_CASE("from anybody else it is ignored") {
    for (const auto& nobody : {trust_proxy(), trust_proxy::networks({"10.0.0.0/8"})}) {
        server_under_test on(believing(nobody), tell_origin);
        CHECK(on.connect().get("/", forwarded).body == "127.0.0.1 plain");
    }
}

TEST_CASE("hops count from the server outwards") {
    server_under_test on(believing(trust_proxy::hops(2)), tell_origin);
    CHECK(on.connect().get("/", "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.1\r\n").body ==
          "203.0.113.9 plain");
}

TEST_CASE("a proxy on a UNIX socket is believed by name") {
    const scratch_folder scratch;
    transports::listen_address where;
    where.path = scratch / "socket";
    for (const bool believed : {true, false}) {
        const auto trust = trust_proxy::networks({believed ? "unix" : "loopback"});
        server_under_test on(believing(trust), [&](transports::engine_server& server) {
            tell_origin(server);
            server.listen(where);
        });
        CHECK(connect_unix(where.path).get("/", forwarded).body ==
              (believed ? "203.0.113.9 secure" : " plain"));
    }
}

TEST_CASE("mt: a handshake has the client's address, on whatever worker") {
    server_under_test on(believing(trust_proxy::networks({"loopback"}), 4));
    for (int i = 0; i < 8; ++i) {
        polling_client client(on, v4_polling, forwarded);
        const auto session = on.session(client.sid);
        CHECK(session.remote_address() == "203.0.113.9");
        CHECK(session.request().secure());
        CHECK(client.post("4echo").body == "ok");
        CHECK(client.poll().body == "4echo");
    }
    websocket_client socket(on, v4_websocket, forwarded);
    CHECK(on.session(socket.sid).remote_address() == "203.0.113.9");
}

}  // namespace engine_server_proxies_test
