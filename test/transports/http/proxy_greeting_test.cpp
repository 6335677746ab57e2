#include <doctest/doctest.h>

#include <sys/socket.h>

#include <string>
#include <string_view>

#include <kedge/transports/net/tls.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>
#include <test/transports/tls_peer.hpp>

namespace proxy_greeting_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;
using transports::engine_server;
using transports::trust_proxy;

namespace {

constexpr std::string_view first_version = "PROXY TCP4 203.0.113.9 127.0.0.1 4444 80\r\n";

std::string second_version(bool secure) {
    const std::string addresses = "\xcb\x00\x71\x09\x7f\x00\x00\x01\x11\x5c\x00\x50"s;
    const std::string items = secure ? "\x20\x00\x05\x01\x00\x00\x00\x00"s : ""s;
    return "\r\n\r\n\0\r\nQUIT\n\x21\x11\0"s + static_cast<char>(addresses.size() + items.size()) +
           addresses + items;
}

transports::server_options believing(trust_proxy whom) {
    transports::server_options options = with_eio3();
    options.trust_proxy = std::move(whom);
    return options;
}

void tell_origin(engine_server& server) {
    server.on_request([](const transports::exchange& asked) {
        const engine::request& from = asked.request();
        asked.reply(200, {},
                    std::string(from.remote_address()) + ' ' + std::to_string(from.remote_port()) +
                        (from.secure() ? " secure" : " plain"));
    });
}

/// A server with a second listener, `behind`, that expects PROXY headers.
struct proxied {
    explicit proxied(transports::server_options options, std::shared_ptr<transports::tls_context> tls = {})
        : on(std::move(options), [this, tls](engine_server& server) {
              tell_origin(server);
              auto where = loopback();
              where.proxy_protocol = true;
              behind = server.listen(where, tls);
          }) {}
    raw_client connect() const { return raw_client(behind); }
    raw_client connect(std::string_view first) const {
        raw_client client(behind);
        client.send(first);
        return client;
    }

    std::uint16_t behind = 0;
    server_under_test on;
};

}  // namespace

TEST_CASE("a PROXY header names the client, in both versions") {
    const proxied server(believing(trust_proxy::networks({"loopback"})));
    raw_client one = server.connect(first_version);
    CHECK(one.get("/").body == "203.0.113.9 4444 plain");
    CHECK(one.get("/", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n").body ==
          "203.0.113.9 4444 plain");
    CHECK(server.connect(second_version(false)).get("/").body == "203.0.113.9 4444 plain");
    CHECK(server.connect(second_version(true)).get("/").body == "203.0.113.9 4444 secure");
    CHECK(server.connect("PROXY UNKNOWN\r\n").get("/").body.starts_with("127.0.0.1 "));
}

TEST_CASE("a PROXY header comes together with the request, or byte by byte") {
    const proxied server(believing(trust_proxy::networks({"loopback"})));
    const std::string request = raw_client::head("GET", "/");
    for (const std::string& header : {std::string(first_version), second_version(true)}) {
        raw_client whole = server.connect();
        CHECK(whole.request(header + request + request).body.starts_with("203.0.113.9 4444"));
        CHECK(whole.read_answer().body.starts_with("203.0.113.9 4444"));
        raw_client slow = server.connect();
        for (const char byte : header + request) slow.send({&byte, 1});
        CHECK(slow.read_answer().body.starts_with("203.0.113.9 4444"));
    }
}

TEST_CASE("a session behind a PROXY header has the client's address") {
    proxied server(believing(trust_proxy::networks({"loopback"})));
    raw_client socket = server.connect(second_version(true));
    REQUIRE(socket.upgrade(v4_websocket).status == 101);
    const auto session = server.on.session(sid_in(socket.read_text()));
    CHECK(session.remote_address() == "203.0.113.9");
    CHECK(session.request().secure());
    socket.send_text("4hello");
    CHECK(socket.read_text() == "4hello");
}

TEST_CASE("a proxy in front of the one that sends PROXY headers is asked as well") {
    const proxied server(believing(trust_proxy::networks({"loopback", "203.0.113.0/24"})));
    CHECK(server.connect(first_version)
              .get("/", "X-Forwarded-For: 6.6.6.6, 198.51.100.4\r\nX-Forwarded-Proto: https\r\n")
              .body == "198.51.100.4 0 secure");
}

TEST_CASE("counted hops include the one that sends PROXY headers") {
    const proxied one(believing(trust_proxy::hops(1)));
    CHECK(one.connect(first_version).get("/", "X-Forwarded-For: 6.6.6.6\r\n").body ==
          "203.0.113.9 4444 plain");
    const proxied two(believing(trust_proxy::hops(2)));
    CHECK(two.connect(first_version).get("/", "X-Forwarded-For: 6.6.6.6\r\n").body == "6.6.6.6 0 plain");
}

TEST_CASE("a malformed or missing PROXY header closes the connection, and nobody else's") {
    const proxied server(believing(trust_proxy::networks({"loopback"})));
    raw_client other = server.connect(first_version);
    for (const std::string& bad :
         {"PROXY TCP4 nonsense\r\n"s, "PROXY "s + std::string(200, 'x'), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"s,
          "\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0"s, "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"s}) {
        CAPTURE(bad);
        raw_client client = server.connect(bad);
        CHECK(client.take_all().empty());
    }
    raw_client left = server.connect("PROXY TCP4");
    left.drop();
    CHECK(other.get("/").status == 200);
    CHECK(server.on.server.stats().total.bad_requests == 5);
}

TEST_CASE("a PROXY header has to come in time") {
    auto options = believing(trust_proxy::networks({"loopback"}));
    options.first_byte_timeout = engine::duration(60);
    const proxied server(std::move(options));
    raw_client silent = server.connect();
    raw_client slow = server.connect("PROXY TCP4 203.0");
    CHECK(silent.ends());
    CHECK(slow.take_all().empty());
    CHECK(server.connect(first_version).get("/").status == 200);
}

TEST_CASE("nobody who is not believed can send a PROXY header") {
    const proxied server(believing(trust_proxy::networks({"192.0.2.0/24"})));
    CHECK(server.connect().get("/").body.starts_with("127.0.0.1 "));
    CHECK(server.connect(first_version).read_answer().status == 400);
    // A listener that was not told to expect them takes none, from whomever.
    server_under_test plain(believing(trust_proxy::networks({"loopback"})), tell_origin);
    raw_client client = plain.connect();
    client.send(first_version);
    CHECK(client.read_answer().status == 400);
}

TEST_CASE("PROXY headers without anybody to believe are a contradiction") {
    engine_server server;
    auto where = loopback();
    where.proxy_protocol = true;
    CHECK_THROWS_WITH_AS(server.listen(where), doctest::Contains("trust_proxy"), std::invalid_argument);
}

TEST_CASE("limits by address count the client that a PROXY header names") {
    auto options = believing(trust_proxy::networks({"loopback"}));
    options.limits.connections_per_address = 1;
    const proxied server(std::move(options));
    raw_client first = server.connect(first_version);
    CHECK(first.get("/").status == 200);
    raw_client again = server.connect(first_version);
    CHECK(again.take_all().empty());
    CHECK(server.on.server.stats().refused_connections == 1);
    raw_client other = server.connect("PROXY TCP4 203.0.113.10 127.0.0.1 1 2\r\n");
    CHECK(other.get("/").status == 200);
}

TEST_CASE("TLS begins behind the PROXY header, also in the same segment") {
    transports::tls_options certified;
    certified.certificate = authority().issue("localhost");
    const auto context = std::make_shared<transports::tls_context>(certified);
    const proxied server(believing(trust_proxy::networks({"loopback"})), context);
    for (const int more : {0, static_cast<int>(MSG_MORE)}) {
        peer socket(server.behind);
        const ssize_t sent = ::send(socket.descriptor(), first_version.data(), first_version.size(), more);
        REQUIRE(sent == static_cast<ssize_t>(first_version.size()));
        tls_peer client(std::move(socket));
        const auto wait = [&](const auto& condition) {
            while (!condition()) {
                client.turn();
                pollfd ready{client.socket().descriptor(), POLLIN, 0};
                if (condition()) break;
                REQUIRE(::poll(&ready, 1, raw_client::patience_ms) == 1);
            }
        };
        wait([&] { return client.ready(); });
        client.write(raw_client::head("GET", "/"));
        wait([&] { return client.got().find("secure") != std::string::npos; });
        CHECK(client.got().find("203.0.113.9 4444 secure") != std::string::npos);
    }
}

TEST_CASE("the end of the server does not wait for a PROXY header") {
    proxied server(believing(trust_proxy::networks({"loopback"})));
    raw_client silent = server.connect("PROXY ");
    raw_client served = server.connect(first_version);
    CHECK(served.get("/").status == 200);
    server.on.server.close({}, [&] { server.on.events.add("closed"); });
    CHECK(silent.take_all().empty());
    CHECK(server.on.events.wait_for("closed"));
}

}  // namespace proxy_greeting_test
