#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/net/proxy_protocol.hpp>

namespace proxy_protocol_test {

using kedge::transports::read_proxy_header;
using verdict = kedge::transports::proxy_header::verdict;
using namespace std::string_literals;

namespace {

const std::string v2_signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string v2(char command, char family, const std::string& body) {
    std::string header = v2_signature + command + family;
    header += static_cast<char>(body.size() >> 8);
    header += static_cast<char>(body.size() & 0xff);
    return header + body;
}

const std::string v4_addresses = "\x09\x08\x07\x06\x7f\x00\x00\x01\x1f\x90\x00\x50"s;

}  // namespace

TEST_CASE("version 1 names the client") {
    const std::string line = "PROXY TCP4 9.8.7.6 127.0.0.1 8080 80\r\n";
    const auto header = read_proxy_header(line + "GET / HTTP/1.1\r\n");
    CHECK(header.status == verdict::complete);
    CHECK(header.size == line.size());
    CHECK(header.address == "9.8.7.6");
    CHECK(header.port == 8080);
    CHECK(read_proxy_header("PROXY TCP6 2001:db8::1 ::1 1 2\r\n").address == "2001:db8::1");
}

TEST_CASE("UNKNOWN and LOCAL speak for the proxy itself") {
    CHECK(read_proxy_header("PROXY UNKNOWN\r\n").status == verdict::complete);
    CHECK_FALSE(read_proxy_header("PROXY UNKNOWN ff:: ff:: 1 2\r\n").address);
    const auto local = read_proxy_header(v2('\x20', '\x00', ""));
    CHECK(local.status == verdict::complete);
    CHECK_FALSE(local.address);
}

TEST_CASE("every prefix of a header is incomplete, not wrong") {
    const std::string first = "PROXY TCP4 9.8.7.6 127.0.0.1 8080 80\r\n";
    const std::string second = v2('\x21', '\x11', v4_addresses);
    for (const auto& whole : {first, second})
        for (std::size_t n = 0; n < whole.size(); ++n)
            CHECK(read_proxy_header(whole.substr(0, n)).status == verdict::incomplete);
}

TEST_CASE("malformed version 1 headers") {
    for (const char* bad :
         {"PROXY TCP4 9.8.7.6 127.0.0.1 8080\r\n", "PROXY TCP4 9.8.7.6 127.0.0.1 8080 80 1\r\n",
          "PROXY  TCP4 1 2 3 4\r\n", "PROXY TCP4 9.8.7 127.0.0.1 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
          "PROXY TCP4 1.1.1.1 1.1.1.1 65536 2\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 -1 2\r\n",
          "PROXY TCP5 1.1.1.1 1.1.1.1 1 2\r\n"}) {
        CAPTURE(bad);
        CHECK(read_proxy_header(bad).status == verdict::malformed);
    }
    CHECK(read_proxy_header("PROXY " + std::string(200, 'x')).status == verdict::malformed);
}

TEST_CASE("version 2 names the client, and whether it spoke TLS") {
    const auto plain = read_proxy_header(v2('\x21', '\x11', v4_addresses) + "GET /");
    CHECK(plain.status == verdict::complete);
    CHECK(plain.size == 28);
    CHECK(plain.address == "9.8.7.6");
    CHECK(plain.port == 8080);
    CHECK_FALSE(plain.secure);
    const auto tls =
        read_proxy_header(v2('\x21', '\x11', v4_addresses + "\x20\x00\x05\x01\x00\x00\x00\x00"s));
    CHECK(tls.secure);
    const std::string v6 = std::string(15, '\0') + "\x01"s + std::string(16, '\0') + "\x00\x01\x00\x02"s;
    CHECK(read_proxy_header(v2('\x21', '\x21', v6)).address == "::1");
}

TEST_CASE("malformed version 2 headers") {
    CHECK(read_proxy_header(v2('\x11', '\x11', v4_addresses)).status == verdict::malformed);
    CHECK(read_proxy_header(v2('\x22', '\x11', v4_addresses)).status == verdict::malformed);
    CHECK(read_proxy_header(v2('\x21', '\x11', "short")).status == verdict::malformed);
    CHECK(read_proxy_header(v2('\x21', '\x41', v4_addresses)).status == verdict::malformed);
    CHECK(read_proxy_header(v2('\x21', '\x11', v4_addresses + "\x20\x00\xff"s)).status == verdict::malformed);
    CHECK(read_proxy_header(v2_signature + "\x21\x11\xff\xff"s).status == verdict::malformed);
}

TEST_CASE("what does not begin a header is absent") {
    CHECK(read_proxy_header("GET / HTTP/1.1\r\n").status == verdict::absent);
    CHECK(read_proxy_header("PROXIED").status == verdict::absent);
    CHECK(read_proxy_header("\r\n\r\nG").status == verdict::absent);
}

}  // namespace proxy_protocol_test
