#include <kedge/transports/syntax/request_framing.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace request_framing_test {

using namespace kedge::transports;
using kedge::engine::header_field;

namespace {

request_framing judged(std::initializer_list<header_field> more, int minor = 1,
                       std::string_view method = "POST", bool upgrade = false) {
    std::vector<header_field> fields{{"Host", "here"}};
    fields.insert(fields.end(), more);
    return judge_framing({.method = method, .target = "/", .minor_version = minor}, fields, upgrade);
}

std::string refusal_of(const request_framing& verdict) {
    return verdict.refusal == 0 ? "" : std::to_string(verdict.refusal) + " " + std::string(verdict.reason);
}

}  // namespace

TEST_CASE("request_framing: a length, chunks, or nothing") {
    CHECK(judged({}).framing == body_framing::none);
    CHECK(judged({{"content-LENGTH", "0"}}).framing == body_framing::none);
    const request_framing counted = judged({{"Content-Length", "18446744073709551615"}});
    CHECK(counted.framing == body_framing::length);
    CHECK(counted.length == 18'446'744'073'709'551'615u);
    CHECK(judged({{"Transfer-Encoding", "Chunked"}}).framing == body_framing::chunked);
}

TEST_CASE("request_framing: what two readers could frame differently is refused") {
    for (const char* const length : {"", "+1", "-1", "1,1", "0x1", "1 ", "18446744073709551616"}) {
        CAPTURE(length);
        CHECK(refusal_of(judged({{"Content-Length", length}})) == "400 malformed Content-Length");
    }
    CHECK(refusal_of(judged({{"Content-Length", "1"}, {"Content-Length", "1"}})) ==
          "400 several Content-Length headers");
    CHECK(refusal_of(judged({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}})) ==
          "400 Transfer-Encoding beside Content-Length");
    CHECK(refusal_of(judged({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}})) ==
          "400 several Transfer-Encoding headers");
    CHECK(refusal_of(judged({{"Transfer-Encoding", "gzip, chunked"}})) == "400 unknown transfer coding");
    CHECK(refusal_of(judged({{"Transfer-Encoding", "chunked"}}, 0)) == "400 Transfer-Encoding in HTTP/1.0");
}

TEST_CASE("request_framing: one host, and nothing else in its place") {
    const auto with = [](std::initializer_list<header_field> hosts, int minor = 1) {
        const std::vector<header_field> fields(hosts);
        return refusal_of(
            judge_framing({.method = "GET", .target = "/", .minor_version = minor}, fields, false));
    };
    for (const char* const host : {"", "a", "a:", "a:80", "[::1]", "[::1]:80", "a_b", "%61"}) {
        CAPTURE(host);
        CHECK(with({{"Host", host}}).empty());
    }
    for (const char* const host : {"a b", "a/b", "a:b", "user@a", "[::1", "::1", "a?", "a#", "\"a\""}) {
        CAPTURE(host);
        CHECK(with({{"Host", host}}) == "400 malformed Host");
    }
    CHECK(with({}) == "400 no Host header");
    CHECK(with({}, 0).empty());
    CHECK(with({{"Host", "a"}, {"host", "a"}}) == "400 several Host headers");
}

TEST_CASE("request_framing: who waits to be told to go on is told where there is something to send") {
    CHECK(judged({{"Expect", "100-Continue"}, {"Content-Length", "1"}}).expect_continue);
    CHECK_FALSE(judged({{"Expect", "100-continue"}}).expect_continue);
    CHECK_FALSE(judged({{"Expect", "100-continue"}, {"Content-Length", "1"}}, 0).expect_continue);
    CHECK(refusal_of(judged({{"Expect", "200-ok"}})) == "417 unknown expectation");
    CHECK(refusal_of(judged({{"Expect", "200-ok"}}, 0)).empty());
}

TEST_CASE("request_framing: no tunnels, and no upgrade with a body") {
    CHECK(refusal_of(judged({}, 1, "CONNECT")) == "400 CONNECT");
    CHECK(refusal_of(judged({{"Content-Length", "1"}}, 1, "GET", true)) == "400 an upgrade with a body");
    CHECK(refusal_of(judged({{"Content-Length", "0"}}, 1, "GET", true)).empty());
}

}  // namespace request_framing_test
