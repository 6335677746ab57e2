#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include <kedge/transports/net/trust_proxy.hpp>
#include <test/transports/request_maker.hpp>

namespace trust_proxy_test {

using kedge::engine::header_field;
using kedge::engine::origin;
using kedge::engine::request;
using kedge::transports::ip_address;
using kedge::transports::make_request;
using kedge::transports::trust_proxy;

namespace {

origin resolve(const trust_proxy& trust, std::string peer, std::vector<header_field> headers) {
    const origin from{std::move(peer), 4000, false, 0, nullptr};
    return trust.resolve(from, request("GET", "/", 1, headers, from, false));
}

}  // namespace

TEST_CASE("an IPv4 address equals its mapped form") {
    CHECK(ip_address::parse("::ffff:10.0.0.1") == ip_address::parse("10.0.0.1"));
    CHECK(ip_address::parse("::ffff:10.0.0.1")->text() == "10.0.0.1");
    CHECK(ip_address::parse("fe80::1%eth0")->text() == "fe80::1");
    CHECK_FALSE(ip_address::parse("10.0.0.256"));
    CHECK_FALSE(ip_address::parse(""));
}

TEST_CASE("nobody is believed by default") {
    const auto from =
        resolve({}, "127.0.0.1", {{"x-forwarded-for", "9.9.9.9"}, {"x-forwarded-proto", "https"}});
    CHECK(from.address == "127.0.0.1");
    CHECK(from.port == 4000);
    CHECK_FALSE(from.secure);
}

TEST_CASE("a believed proxy says who its client is and whether it spoke TLS") {
    const auto trust = trust_proxy::networks({"10.0.0.0/8"});
    const auto from =
        resolve(trust, "10.1.2.3", {{"x-forwarded-for", "9.9.9.9"}, {"x-forwarded-proto", "https"}});
    CHECK(from.address == "9.9.9.9");
    CHECK(from.port == 0);
    CHECK(from.secure);
}

TEST_CASE("a stranger's headers are ignored") {
    const auto trust = trust_proxy::networks({"10.0.0.0/8"});
    const auto from =
        resolve(trust, "11.0.0.1", {{"x-forwarded-for", "9.9.9.9"}, {"x-forwarded-proto", "https"}});
    CHECK(from.address == "11.0.0.1");
    CHECK_FALSE(from.secure);
}

TEST_CASE("the chain is walked back to the nearest address that is not a believed proxy") {
    const auto trust = trust_proxy::networks({"loopback", "10.0.0.0/8"});
    CHECK(resolve(trust, "127.0.0.1", {{"x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.7"}}).address ==
          "9.9.9.9");
    CHECK(resolve(trust, "127.0.0.1", {{"x-forwarded-for", "10.0.0.8, 10.0.0.7"}}).address == "10.0.0.8");
    CHECK(resolve(trust, "127.0.0.1", {{"x-forwarded-for", "9.9.9.9"}, {"x-forwarded-for", "10.0.0.7"}})
              .address == "9.9.9.9");
    CHECK(resolve(trust, "127.0.0.1", {{"x-forwarded-for", "6.6.6.6, nonsense, 10.0.0.7"}}).address ==
          "10.0.0.7");
}

TEST_CASE("ports and brackets in the chain are dropped") {
    const auto trust = trust_proxy::networks({"loopback"});
    CHECK(resolve(trust, "::1", {{"x-forwarded-for", "9.9.9.9:1234"}}).address == "9.9.9.9");
    CHECK(resolve(trust, "::1", {{"x-forwarded-for", "[2001:db8::1]:443"}}).address == "2001:db8::1");
    CHECK(resolve(trust, "::1", {{"x-forwarded-for", "2001:db8::1"}}).address == "2001:db8::1");
}

TEST_CASE("a hop count believes that many speakers") {
    CHECK(resolve(trust_proxy::hops(1), "5.5.5.5", {{"x-forwarded-for", "6.6.6.6, 9.9.9.9"}}).address ==
          "9.9.9.9");
    CHECK(resolve(trust_proxy::hops(2), "5.5.5.5", {{"x-forwarded-for", "6.6.6.6, 9.9.9.9"}}).address ==
          "6.6.6.6");
    CHECK(resolve(trust_proxy::hops(9), "5.5.5.5", {{"x-forwarded-for", "6.6.6.6, 9.9.9.9"}}).address ==
          "6.6.6.6");
}

TEST_CASE("a UNIX peer is believed only by name") {
    CHECK(resolve(trust_proxy::networks({"unix"}), "", {{"x-forwarded-for", "9.9.9.9"}}).address ==
          "9.9.9.9");
    CHECK(resolve(trust_proxy::networks({"loopback"}), "", {{"x-forwarded-for", "9.9.9.9"}}).address.empty());
}

TEST_CASE("a proxy that the PROXY protocol has accounted for is not counted again") {
    const origin peer{"5.5.5.5", 1, false, 1, nullptr};
    const auto asked = make_request("GET", {{"x-forwarded-for", "6.6.6.6, 9.9.9.9"}});
    CHECK(trust_proxy::hops(1).resolve(peer, asked).address == "5.5.5.5");
    CHECK(trust_proxy::hops(2).resolve(peer, asked).address == "9.9.9.9");
}

TEST_CASE("an unveiled request is the same but for its origin") {
    const origin peer{"127.0.0.1", 5, false, 0, nullptr};
    const auto trust = trust_proxy::networks({"loopback"});
    const auto seen = trust.unveil(make_request("POST",
                                                {{"host", "a"},
                                                 {"x-forwarded-for", "9.9.9.9"},
                                                 {"x-forwarded-proto", "https"},
                                                 {"cookie", "b=c"}},
                                                "/path?query"),
                                   peer);
    CHECK(seen.remote_address() == "9.9.9.9");
    CHECK(seen.remote_port() == 0);
    CHECK(seen.secure());
    CHECK(seen.method() == "POST");
    CHECK(seen.target() == "/path?query");
    CHECK(seen.header_count() == 4);
    CHECK(seen.header_at(3).name == "cookie");
    CHECK(seen.header_at(3).value == "b=c");
}

TEST_CASE("networks are compared bit by bit") {
    const auto trust = trust_proxy::networks({"172.16.0.0/12", "fd00::/8"});
    CHECK(trust.believes("172.31.255.255", 0));
    CHECK_FALSE(trust.believes("172.32.0.0", 0));
    CHECK(trust.believes("fdff::1", 0));
    CHECK_FALSE(trust.believes("fe00::1", 0));
}

TEST_CASE("an entry that is no network is refused by name") {
    for (const char* bad : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "proxy.example", "", "::/129"})
        CHECK_THROWS_AS(trust_proxy::networks({bad}), std::invalid_argument);
}

}  // namespace trust_proxy_test
