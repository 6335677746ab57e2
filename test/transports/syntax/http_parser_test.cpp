#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <test/transports/http_script.hpp>

namespace http_parser_test {

using namespace kedge::transports;
using steps = std::vector<std::string>;

namespace {

constexpr std::string_view get = "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n\r\n";

std::string request(std::string_view line, std::string_view headers, std::string_view body = {}) {
    return std::string(line).append("\r\n").append(headers).append("\r\n").append(body);
}

std::string post(std::string_view headers, std::string_view body = {}) {
    return request("POST / HTTP/1.1", "Host: a\r\n" + std::string(headers), body);
}

/// Refused whether it comes at once or byte by byte.
bool refused(const std::string& input, int status = 400) {
    return run_http(input).refused(status) && run_http(input, 1).refused(status);
}

bool accepted(const std::string& input) {
    const auto all = run_http(input);
    return !all.said.empty() && all.said.back() == "complete" && run_http(input, 1).said == all.said;
}

}  // namespace

TEST_CASE("http_parser: a request in pieces of any size") {
    const std::string input = request("GET /a?b=c HTTP/1.1", "Host: a\r\nX-One:  two \t\r\nX-Empty:\r\n");
    for (std::size_t size = 1; size <= input.size(); ++size) {
        const auto script = run_http(input, size);
        REQUIRE(script.said == steps{"GET /a?b=c", "complete"});
        const auto& head = script.heads[0];
        CHECK(head.request.find("x-one") == "two");
        CHECK(head.request.find("x-empty") == "");
        CHECK(head.request.minor_version() == 1);
        CHECK(head.keep_alive);
        CHECK(head.framing == body_framing::none);
    }
}

TEST_CASE("http_parser: the raw head is all that was taken, and can be parsed anew") {
    const std::string input = post("Content-Length: 3\r\n", "abcrest");
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, input.size()}) {
        http_parser parser;
        std::string bytes = input;
        std::size_t at = 0;
        http_step step;
        while (step.what != http_step::kind::head) {
            step = parser.feed({bytes.data() + at, std::min(size, bytes.size() - at)}, {});
            at += step.consumed;
        }
        CHECK(step.head->raw.kept() + bytes.substr(at) == input);
    }
}

TEST_CASE("http_parser: a body with a length; what follows is left for the next request") {
    const std::string input = post("Content-Length: 5\r\n", "hello") + std::string(get);
    for (std::size_t size = 1; size <= input.size(); ++size)
        CHECK(run_http(input, size).said ==
              steps{"POST /", "body hello", "complete", "GET /socket.io/?EIO=4", "complete"});
}

TEST_CASE("http_parser: a body of length zero is no body") {
    CHECK(run_http(post("Content-Length: 0\r\n")).said == steps{"POST /", "complete"});
}

TEST_CASE("http_parser: a chunked body with extensions and trailers") {
    const std::string input = post("Transfer-Encoding: chunked\r\n",
                                   "5\r\nhello\r\n006;a=b\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n") +
                              std::string(get);
    for (std::size_t size = 1; size <= input.size(); ++size) {
        const auto script = run_http(input, size);
        REQUIRE(script.said ==
                steps{"POST /", "body hello world", "complete", "GET /socket.io/?EIO=4", "complete"});
        CHECK(script.heads[0].framing == body_framing::chunked);
    }
}

TEST_CASE("http_parser: chunked in any case of letters") {
    CHECK(accepted(post("Transfer-Encoding: Chunked\r\n", "1\r\na\r\n0\r\n\r\n")));
}

TEST_CASE("http_parser: pipelined requests come one by one") {
    const auto script = run_http(std::string(get) + std::string(get) + std::string(get));
    CHECK(script.said.size() == 6);
    CHECK(script.heads.size() == 3);
}

TEST_CASE("http_parser: nothing is held between requests") {
    http_parser parser;
    CHECK(parser.idle());
    std::string bytes(get);
    auto step = parser.feed(bytes, {});
    CHECK(step.what == http_step::kind::head);
    CHECK_FALSE(parser.idle());
    CHECK_FALSE(parser.in_head());
    step = parser.feed({}, {});
    CHECK(step.what == http_step::kind::complete);
    CHECK(parser.idle());
    std::string half = "GET /";
    parser.feed(half, {});
    CHECK(parser.in_head());
    CHECK(sizeof(http_parser) <= 16);
}

TEST_CASE("http_parser: empty lines before a request are skipped and are no request yet") {
    CHECK(run_http("\r\n\r\n" + std::string(get)).said == steps{"GET /socket.io/?EIO=4", "complete"});
    CHECK(run_http("\r\n\r\n" + std::string(get), 1).said == steps{"GET /socket.io/?EIO=4", "complete"});
    http_parser parser;
    std::string lines = "\r\n\r\n";
    CHECK(parser.feed(lines, {}).consumed == 4);
    CHECK(parser.idle());
}

TEST_CASE("http_parser: HTTP/1.0 needs no Host and is kept alive only if it asks") {
    auto script = run_http("GET / HTTP/1.0\r\n\r\n");
    REQUIRE(script.said == steps{"GET /", "complete"});
    CHECK(script.heads[0].request.minor_version() == 0);
    CHECK_FALSE(script.heads[0].keep_alive);
    CHECK(run_http("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").heads[0].keep_alive);
    CHECK_FALSE(run_http("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").heads[0].keep_alive);
}

TEST_CASE("http_parser: absolute targets are cut to their path") {
    CHECK(run_http(request("GET http://a:80/socket.io/?x HTTP/1.1", "Host: a\r\n")).said[0] ==
          "GET /socket.io/?x");
    CHECK(run_http(request("GET HTTPS://a HTTP/1.1", "Host: a\r\n")).said[0] == "GET /");
    CHECK(run_http(request("OPTIONS * HTTP/1.1", "Host: a\r\n")).said[0] == "OPTIONS *");
    CHECK(refused(request("GET ftp://a/x HTTP/1.1", "Host: a\r\n")));
    CHECK(refused(request("GET http:///x HTTP/1.1", "Host: a\r\n")));
    CHECK(refused(request("GET * HTTP/1.1", "Host: a\r\n")));
    CHECK(refused(request("GET x HTTP/1.1", "Host: a\r\n")));
}

TEST_CASE("http_parser: upgrades are complete behind their head") {
    const std::string head = request("GET /?EIO=4 HTTP/1.1",
                                     "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n");
    for (std::size_t size = 1; size < head.size(); ++size) {
        const auto script = run_http(head + "\x81\x05hello", size);
        REQUIRE(script.said == steps{"GET /?EIO=4", "complete"});
        CHECK(script.heads[0].request.upgrade());
        CHECK(script.left == "\x81\x05hello");
    }
}

TEST_CASE("http_parser: drafts before RFC 6455 come through as upgrades without a key") {
    const auto script = run_http(request("GET / HTTP/1.1",
                                         "Host: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
                                         "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
                                         "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n",
                                         "^n:ds[4U"));
    REQUIRE(script.said == steps{"GET /", "complete"});
    CHECK(script.heads[0].request.upgrade());
    CHECK_FALSE(script.heads[0].request.find("sec-websocket-key"));
    CHECK(script.left == "^n:ds[4U");
}

TEST_CASE("http_parser: a plain GET that names an upgrade without Connection is no upgrade") {
    CHECK_FALSE(
        run_http(request("GET / HTTP/1.1", "Host: a\r\nUpgrade: websocket\r\n")).heads[0].request.upgrade());
}

TEST_CASE("http_parser: an upgrade with a body could be framed in two ways") {
    CHECK(refused(request("GET / HTTP/1.1",
                          "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n",
                          "abc")));
}

TEST_CASE("http_parser: Expect") {
    const auto script = run_http(post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"));
    REQUIRE(script.said == steps{"POST /", "body a", "complete"});
    CHECK(script.heads[0].expect_continue);
    CHECK_FALSE(run_http("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na")
                    .heads[0]
                    .expect_continue);
    CHECK_FALSE(run_http(get).heads[0].expect_continue);
    CHECK(refused(post("Expect: a miracle\r\nContent-Length: 1\r\n", "a"), 417));
}

TEST_CASE("http_parser: refuses two framings") {
    CHECK(refused(post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")));
    CHECK(refused(post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n")));
}

TEST_CASE("http_parser: refuses several or malformed Content-Length") {
    CHECK(refused(post("Content-Length: 1\r\nContent-Length: 1\r\n", "a")));
    CHECK(refused(post("Content-Length: 1\r\nContent-Length: 2\r\n", "a")));
    for (const char* value : {"", "+1", "-1", "0x1", "1, 1", "1 1", "1a", "99999999999999999999999", "١"})
        CHECK(refused(post("Content-Length: " + std::string(value) + "\r\n", "a")));
}

TEST_CASE("http_parser: refuses a CR without LF and a LF without CR in the head") {
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\n\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\rX: b\r\n\r\n"));
    CHECK(refused("POST / HTTP/1.1\r\nHost: a\r\n\rContent-Length: 3\r\n\r\nabc"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n"));
    CHECK(refused("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST_CASE("http_parser: refuses folded headers") {
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n"));
    CHECK(refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("http_parser: refuses spaces and other bytes in header names") {
    CHECK(refused("GET / HTTP/1.1\r\nHost : a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX(: b\r\n\r\n"));
}

TEST_CASE("http_parser: refuses control bytes in values and targets") {
    CHECK(refused(std::string("GET / HTTP/1.1\r\nHost: a\r\nX: a") + '\0' + "b\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nOrigin: a\x7F\r\n\r\n"));
    CHECK(refused("GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(accepted("GET / HTTP/1.1\r\nHost: a\r\nX: \xC3\xA9\r\n\r\n"));
}

TEST_CASE("http_parser: refuses every transfer coding but chunked, once, in HTTP/1.1") {
    for (const char* value : {"gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked",
                              "chunkedx", "chunked;q=1", "\"chunked\"", ""})
        CHECK(refused(post("Transfer-Encoding: " + std::string(value) + "\r\n", "0\r\n\r\n")));
    CHECK(refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")));
    CHECK(refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")));
    CHECK(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("http_parser: refuses a missing Host in 1.1 and several in both") {
    CHECK(refused("GET / HTTP/1.1\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"));
    CHECK(accepted("GET / HTTP/1.1\r\nHost:\r\n\r\n"));
}

TEST_CASE("http_parser: refuses other protocols and versions") {
    CHECK(refused("GET / RTSP/1.0\r\nHost: a\r\n\r\n"));
    CHECK(refused("DESCRIBE rtsp://a/b RTSP/1.0\r\nHost: a\r\n\r\n"));
    CHECK(refused("OPTIONS * RTSP/1.0\r\nHost: a\r\n\r\n"));
    CHECK(refused("SOURCE /x ICE/1.0\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/0.9\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET /\r\n\r\n"));
    CHECK(refused("GET / http/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    CHECK(refused("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("\x16\x03\x01\x02garbage"));
    CHECK(refused("get / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("HTTP/1.1 200 OK\r\n\r\n"));
}

TEST_CASE("http_parser: refuses extra spaces in the request line") {
    CHECK(refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(refused("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"));
    CHECK(refused("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST_CASE("http_parser: refuses malformed chunks") {
    const std::string head = post("Transfer-Encoding: chunked\r\n");
    for (const char* body :
         {"x\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n",
          "5\r\nhello\rX0\r\n\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n",
          "5\r\nhello\r\n0\r\nX: a\n\r\n", "5\r\nhello\r\n0\r\nX : a\r\n\r\n", "5\r\nhello\r\n0\n\n",
          "FFFFFFFFFFFFFFFFF\r\nabc", "5\rXhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
          "\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
          "5\r\nhello\r\n0\r\nX: a\r\n\tb\r\n\r\n", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
          "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"})
        CHECK_MESSAGE(refused(head + body), body);
}

TEST_CASE("http_parser: what surrounds chunks is limited") {
    const std::string head = post("Transfer-Encoding: chunked\r\n");
    CHECK(refused(head + "5;" + std::string(20'000, 'a') + "\r\nhello\r\n0\r\n\r\n", 431));
    CHECK(refused(head + "0\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431));
}

TEST_CASE("http_parser: a head above the limit is answered 431, one of exactly the limit is served") {
    const std::string around = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const std::string fits = start + std::string(16 * 1024 - around.size(), 'x') + "\r\n\r\n";
    CHECK(accepted(fits));
    CHECK(refused(start + std::string(16 * 1024 - around.size() + 1, 'x') + "\r\n\r\n", 431));
    CHECK(refused(start + std::string(50'000, 'x'), 431));
    CHECK(run_http(get, 1, http_parser(20)).refused(431));
}

TEST_CASE("http_parser: garbage is refused before its head is complete") {
    http_parser parser;
    std::string bytes = "\x16\x03";
    CHECK(parser.feed(bytes, {}).what == http_step::kind::refused);
    bytes = get;
    CHECK(parser.feed(bytes, {}).what == http_step::kind::need_more);  // refusing is final
}

}  // namespace http_parser_test
