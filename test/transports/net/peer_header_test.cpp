#include <kedge/transports/net/peer_header.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/net/proxy_protocol.hpp>

namespace peer_header_test {

using namespace kedge::transports;
using verdict = peer_header::verdict;

namespace {

constexpr std::string_view secret = "what only the nodes of this fleet know";

peer_claim some_claim() {
    peer_claim claim;
    claim.from.address = "203.0.113.9";
    claim.from.port = 4444;
    claim.from.secure = true;
    claim.from.proxies = 2;
    claim.time = 1'700'000'000'123;
    claim.nonce.fill(std::byte{7});
    claim.sid = "abcdefghijklmnopqrst";
    return claim;
}

std::string written(const peer_claim& claim, std::string_view with = secret) {
    std::string bytes;
    append_peer_header(bytes, claim, with);
    return bytes;
}

}  // namespace

TEST_CASE("a claim arrives as it was made, and any reader of PROXY headers understands its address") {
    for (const char* address : {"203.0.113.9", "2001:db8::1", ""}) {
        CAPTURE(address);
        peer_claim claim = some_claim();
        claim.from.address = address;
        claim.count = 0x0102030405060708;
        const std::string bytes = written(claim);
        const peer_header read = read_peer_header(bytes + "GET /", secret);
        REQUIRE(read.status == verdict::complete);
        CHECK(read.size == bytes.size());
        CHECK(read.claim.from.address == address);
        CHECK(read.claim.from.port == (*address ? 4444 : 0));
        CHECK(read.claim.from.secure == (*address != 0));
        CHECK(read.claim.from.proxies == 2);
        CHECK(read.claim.hop == 1);
        CHECK(read.claim.time == claim.time);
        CHECK(read.claim.nonce == claim.nonce);
        CHECK(read.claim.count == claim.count);
        CHECK(read.claim.sid == claim.sid);
        const proxy_header plain = read_proxy_header(bytes);
        CHECK(plain.status == proxy_header::verdict::complete);
        CHECK(plain.address.value_or("") == address);
    }
}

TEST_CASE("a claim is complete with its last byte, and not before") {
    const std::string bytes = written(some_claim());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK(read_peer_header(std::string_view(bytes).substr(0, cut), secret).status == verdict::incomplete);
}

TEST_CASE("a claim that was changed anywhere, or signed with another secret, is not believed") {
    const std::string bytes = written(some_claim());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CAPTURE(at);
        CHECK(read_peer_header(changed + std::string(600, '\0'), secret).status != verdict::complete);
    }
    CHECK(read_peer_header(written(some_claim(), "another secret"), secret).status == verdict::forged);
}

TEST_CASE("PROXY headers of others, and what is none, are malformed") {
    using namespace std::string_literals;
    for (const std::string& other :
         {"PROXY TCP4 203.0.113.9 127.0.0.1 4444 80\r\n"s, "GET / HTTP/1.1\r\n\r\n"s,
          "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s,
          "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\x00\x71\x09\x7f\x00\x00\x01\x11\x5c\x00\x50"s})
        CHECK(read_peer_header(other, secret).status == verdict::malformed);
    CHECK(read_peer_header("", secret).status == verdict::incomplete);
}

TEST_CASE("a claim is good once, in its turn, for half a minute") {
    peer_guard guard{std::string(secret)};
    peer_line line;
    peer_claim claim = some_claim();
    const std::uint64_t now = claim.time + 1000;
    CHECK(guard.judge(claim, line, now) == peer_verdict::accepted);
    CHECK(guard.judge(claim, line, now) == peer_verdict::repeated);
    claim.count = 1;
    CHECK(guard.judge(claim, line, now) == peer_verdict::accepted);
    claim.count = 3;
    CHECK(guard.judge(claim, line, now) == peer_verdict::repeated);
    claim.count = 2;
    claim.nonce.fill(std::byte{8});
    CHECK(guard.judge(claim, line, now) == peer_verdict::repeated);

    claim.count = 0;
    for (const auto& [at, expected] : {std::pair{claim.time + 30'001, peer_verdict::late},
                                       std::pair{claim.time - 30'001, peer_verdict::late},
                                       std::pair{claim.time + 30'000, peer_verdict::accepted}}) {
        peer_line other;
        CHECK(guard.judge(claim, other, at) == expected);
    }
    claim.hop = 0;
    peer_line other;
    CHECK(guard.judge(claim, other, now) == peer_verdict::hopless);
}

TEST_CASE("a nonce is remembered for as long as its claim could come again") {
    peer_guard guard{std::string(secret)};
    peer_claim first = some_claim();
    std::uint64_t now = first.time - 30'000;
    {
        peer_line line;
        CHECK(guard.judge(first, line, now) == peer_verdict::accepted);
    }
    for (int i = 1; i <= 60; ++i) {  // others come meanwhile, and at last the table is changed
        now += 1000;
        peer_claim another = some_claim();
        another.time = now;
        another.nonce.fill(static_cast<std::byte>(100 + i));
        peer_line line;
        CHECK(guard.judge(another, line, now) == peer_verdict::accepted);
        peer_line again;
        CHECK(guard.judge(first, again, now) == peer_verdict::repeated);
    }
}

}  // namespace peer_header_test
