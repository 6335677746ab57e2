#include <doctest/doctest.h>

#include <string>

#include <transports/server_under_test.hpp>

using namespace kedge;
using namespace kedge::test;

namespace {

transports::server_options trusting(std::vector<std::string> entries, bool proxy_protocol = false) {
    transports::server_options options;
    options.trust_proxy = transports::trust_proxy::networks(entries);
    options.proxy_protocol = proxy_protocol;
    return options;
}

constexpr std::string_view forwarded = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n";

}  // namespace

TEST_CASE("X-Forwarded-For and -Proto are believed from named proxies only") {
    server_under_test on(trusting({"127.0.0.0/8"}));
    const polling_client believed(on, v4_polling, forwarded);
    CHECK(on.session(believed.sid).remote_address() == "203.0.113.7");
    CHECK(on.session(believed.sid).request().secure());
    const polling_client direct(on);
    CHECK(on.session(direct.sid).remote_address() == "127.0.0.1");

    server_under_test other(trusting({"10.0.0.0/8"}));
    const polling_client ignored(other, v4_polling, forwarded);
    CHECK(other.session(ignored.sid).remote_address() == "127.0.0.1");
    CHECK_FALSE(other.session(ignored.sid).request().secure());
    server_under_test nobody;
    const polling_client alone(nobody, v4_polling, forwarded);
    CHECK(nobody.session(alone.sid).remote_address() == "127.0.0.1");
}

TEST_CASE("the PROXY protocol, version 1") {
    server_under_test on(trusting({"loopback"}, true));
    raw_client client = on.connect();
    client.send("PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\n" + raw_client::head("GET", v4_polling));
    const std::string sid = sid_in(client.read_answer().body);
    CHECK(on.session(sid).remote_address() == "203.0.113.9");
    CHECK(client.post(of(v4_polling, sid), "4x").body ==
          "ok");  // the header stands in front of the first only
    CHECK(client.get(of(v4_polling, sid)).body == "4x");

    raw_client slow = on.connect();
    for (const char byte : std::string("PROXY UNKNOWN\r\n")) slow.send({&byte, 1});
    const std::string health = sid_in(slow.get(v4_polling).body);
    CHECK(on.session(health).remote_address() == "127.0.0.1");
    CHECK(on.connect().get(v4_polling).status == 200);  // a proxy's own checks come without
}

TEST_CASE("the PROXY protocol, version 2") {
    server_under_test on(trusting({"loopback"}, true));
    raw_client client = on.connect();
    const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x0a\x7f\0\0\x01\x13\x88\0\x50",
                             28);
    client.send(header + raw_client::head("GET", v4_polling));
    CHECK(on.session(sid_in(client.read_answer().body)).remote_address() == "203.0.113.10");
}

TEST_CASE("malformed PROXY headers close the connection") {
    server_under_test on(trusting({"loopback"}, true));
    for (const char* bad : {"PROXY TCP4 nonsense\r\n", "PROXY TCP9 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY \r\n"}) {
        raw_client client = on.connect();
        client.send(bad);
        CHECK(client.ends());
    }
    CHECK(on.connect().get(v4_polling).status == 200);
}

TEST_CASE("from anybody else a PROXY header is no HTTP") {
    server_under_test on(trusting({"10.0.0.0/8"}, true));
    raw_client client = on.connect();
    client.send("PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\n" + raw_client::head("GET", v4_polling));
    CHECK(client.take_all().starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("a PROXY header that does not come") {
    transports::server_options options = trusting({"loopback"}, true);
    options.first_byte_timeout = engine::duration(40);
    server_under_test on(options);
    raw_client client = on.connect();
    client.send("PROXY TCP4 ");
    CHECK(client.ends());
}
