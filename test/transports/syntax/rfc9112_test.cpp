// What RFC 9112 asks of who reads requests, in every cut into pieces: what is framed in two ways is refused.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <test/transports/http_script.hpp>

namespace rfc9112_test {

using namespace kedge::transports;
using namespace std::string_literals;
using steps = std::vector<std::string>;

namespace {

/// What a conversation comes to, whole and in pieces.
void reads_as(const std::string& conversation, const steps& expected) {
    CAPTURE(conversation);
    for (const std::size_t size : {std::string::npos, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
        CAPTURE(size);
        CHECK(run_http(conversation, size).said == expected);
    }
}

/// Refused wherever it is cut, and never read as a second request.
void refused(const std::string& conversation, int status = 400) {
    CAPTURE(conversation);
    for (const std::size_t size : {std::string::npos, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
        CAPTURE(size);
        const http_script script = run_http(conversation, size);
        CHECK(script.refused(status));
        CHECK(script.heads.size() <= 1);
    }
}

std::string post(const std::string& headers, const std::string& body = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}
/// What a body must not bring in.
const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("RFC 9112, 2.2: lines end in CR LF, and empty ones before a request are passed over") {
    reads_as("\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", {"GET /a", "complete"});
    for (const char* const end : {"\n", "\r", "\r\r\n", "\n\r"}) {
        refused("GET / HTTP/1.1"s + end + "Host: a\r\n\r\n");
        refused("GET / HTTP/1.1\r\nHost: a"s + end + "X: b\r\n\r\n");
        refused(post("Content-Length: 1"s + end + "X: y\r\n", "a"));
    }
    refused(" GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n");
}

TEST_CASE("RFC 9112, 3: request lines") {
    for (const char* const line : {"GET / HTTP/1.1 ",
                                   "GET  / HTTP/1.1",
                                   "GET /  HTTP/1.1",
                                   "GET\t/ HTTP/1.1",
                                   "GET / HTTP/1.1x",
                                   "GET / HTTP/11",
                                   "GET / HTTP/1.10",
                                   "GET / HTTP/01.1",
                                   "GET / HTTP/1,1",
                                   "GET / HTTP /1.1",
                                   "GET /",
                                   "GET HTTP/1.1",
                                   "GET",
                                   "/ HTTP/1.1",
                                   "G@T / HTTP/1.1",
                                   "get / HTTP/1.1",
                                   "GET a HTTP/1.1",
                                   "GET http:///a HTTP/1.1",
                                   "GET http:a HTTP/1.1",
                                   "GET ftp://a/b HTTP/1.1",
                                   "GET * HTTP/1.1",
                                   "GET a:80 HTTP/1.1",
                                   "CONNECT a:80 HTTP/1.1",
                                   "GET /a b HTTP/1.1",
                                   "GET /\x7f HTTP/1.1",
                                   "GET /\xc3\xa9 HTTP/1.1"})
        refused(line + "\r\nHost: a\r\n\r\n"s);
    refused("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s);
    reads_as("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {"OPTIONS *", "complete"});
    reads_as("GET http://b.example:81/path?q HTTP/1.1\r\nHost: a\r\n\r\n", {"GET /path?q", "complete"});
    reads_as("GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n", {"GET /", "complete"});
    reads_as("GET /?a=b%00c HTTP/1.1\r\nHost: a\r\n\r\n", {"GET /?a=b%00c", "complete"});
}

TEST_CASE("RFC 9112, 3.2: one Host, that can be one") {
    refused("GET / HTTP/1.1\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n");
    refused("GET http://a/ HTTP/1.1\r\n\r\n");
    for (const char* const host : {"a b", "a/b", "a?b", "a#b", "user@a", "http://a", "a\\b", "a:b", "a:1:2",
                                   "a:80x", "a,b:80 ", "\"a\"", "<a>", "[::1", "::1", "[::1]x", "a\xc3\xa9"})
        if (std::string_view(host) != "a,b:80 ") refused("GET / HTTP/1.1\r\nHost: "s + host + "\r\n\r\n");
    for (const char* const host : {"", "a", "a.example:8080", "127.0.0.1:1", "[::1]", "[::1]:80",
                                   "a:", "a_b-c.d~e", "a%20b", "[fe80::1%25eth0]:80"})
        reads_as("GET / HTTP/1.1\r\nHost: "s + host + "\r\n\r\n", {"GET /", "complete"});
}

TEST_CASE("RFC 9112, 5: header lines") {
    for (const char* const line :
         {"X : y", "X\t: y", " X: y", ": y", "X", "X y", "X\x01: y", "X(: y", "X\xc3\xa9: y", "X: a\rb",
          "X: a\x01", "X: a\x7f", "X: a\r\n b", "X: a\r\n\tb", "X: a\r\n \r\n", "X:\r\n y"})
        refused("GET / HTTP/1.1\r\nHost: a\r\n"s + line + "\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX\0Y: z\r\n\r\n"s);
    reads_as("GET / HTTP/1.1\r\nHost: a\r\nX:y\r\nEmpty:\r\nSpaces: \t y \t\r\nOld: \xe9\r\n\r\n",
             {"GET /", "complete"});
}

TEST_CASE("RFC 9112, 6.1 and 6.3: a length and a coding together, twice, or malformed are refused") {
    for (const char* const both :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
          "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: 5\r\ncontent-length: 5\r\n", "Content-Length: 5, 5\r\n",
          "Content-Length: 5,6\r\n"})
        refused(post(both, "0\r\n\r\n" + smuggled));
    for (const char* const length : {"", "+5", "-5", "-0", "0x5", "5x", "5 5", "5;", "5.0", "1e1", "\"5\"",
                                     "\v5", "18446744073709551616", "99999999999999999999999999"})
        refused(post("Content-Length: "s + length + "\r\n", "hello" + smuggled));
    reads_as(post("Content-Length:\t005 \r\n", "hello"), {"POST /", "body hello", "complete"});
    for (const char* const coding :
         {"", "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,",
          ",chunked", "chunked;a=b", "\"chunked\"", "'chunked'", "xchunked", "chunked x", "\vchunked",
          "chunked\x0c", "chunke", "chunked\r\nTransfer-Encoding: chunked",
          "chunked\r\nTransfer-Encoding: identity", "\r\n chunked"})
        refused(post("Transfer-Encoding: "s + coding + "\r\n", "0\r\n\r\n" + smuggled));
    refused(post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + smuggled));
    refused(post("Transfer_Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n" + smuggled));
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled);
    reads_as(post("tRANSFER-eNCODING:\tCHUNKED \r\n", "5\r\nhello\r\n0\r\n\r\n"),
             {"POST /", "body hello", "complete"});
}

TEST_CASE("RFC 9112, 7.1: chunks") {
    reads_as(chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), {"POST /", "body hello world", "complete"});
    reads_as(chunked("00005\r\nhello\r\n0\r\n\r\n"), {"POST /", "body hello", "complete"});
    reads_as(chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"),
             {"POST /", "body 01234567890123456789", "complete"});
    reads_as(chunked("5;a;b=\"c;d\"\r\nhello\r\n0;f\r\n\r\n"), {"POST /", "body hello", "complete"});
    reads_as(chunked("5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n"), {"POST /", "body hello", "complete"});
    reads_as(chunked("2\r\n\r\n\r\n0\r\n\r\n"), {"POST /", "body \r\n", "complete"});
    for (const char* const body : {"\r\n",
                                   " 5\r\nhello\r\n",
                                   "5 \r\nhello\r\n",
                                   "5\t\r\nhello\r\n",
                                   "0x5\r\nhello\r\n",
                                   "+5\r\nhello\r\n",
                                   "-5\r\nhello\r\n",
                                   "5.\r\nhello\r\n",
                                   "g\r\n",
                                   "5\nhello\r\n",
                                   "5\rhello\r\n",
                                   "5\r\nhello\n0\r\n\r\n",
                                   "5\r\nhello0\r\n\r\n",
                                   "5\r\nhellox\r\n0\r\n\r\n",
                                   "5\r\nhell\r\n0\r\n\r\n",
                                   "10000000000000000\r\n",
                                   "FFFFFFFFFFFFFFFF0\r\n",
                                   "5;a\nb\r\nhello\r\n0\r\n\r\n",
                                   "5;a\rb\r\nhello\r\n0\r\n\r\n",
                                   "0\n\r\n",
                                   "0\r\n\n",
                                   "0\r\nX : y\r\n\r\n",
                                   "0\r\nX\r\n\r\n",
                                   "0\r\nX: y\r\n z\r\n\r\n",
                                   "0\r\nX: y\n\r\n",
                                   "0\r\nContent-Length: 5\r\n\r\n",
                                   "0\r\nTransfer-Encoding: chunked\r\n\r\n"})
        refused(chunked(body + smuggled));
    refused(chunked("5;\0\r\nhello\r\n0\r\n\r\n"s));
    refused(chunked("0\r\nX: \0\r\n\r\n"s));
}

TEST_CASE("RFC 9112, 7.1.2: trailers change nothing of what the head has said") {
    for (const char* const trailer :
         {"Host: b\r\n", "Connection: close\r\n", "Expect: 100-continue\r\n", "Authorization: x\r\n",
          "Connection: upgrade\r\nUpgrade: websocket\r\n"}) {
        const std::string said =
            chunked("1\r\na\r\n0\r\n"s + trailer + "\r\n") + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
        reads_as(said, {"POST /", "body a", "complete", "GET /next", "complete"});
    }
}

TEST_CASE("RFC 9112, 9.3: pipelined requests begin where the one before has ended") {
    const std::string get = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    reads_as(post("Content-Length: 5\r\n", "hello") + get,
             {"POST /", "body hello", "complete", "GET /next", "complete"});
    reads_as(post("Content-Length: 0\r\n") + get, {"POST /", "complete", "GET /next", "complete"});
    reads_as(chunked("0\r\n\r\n") + get, {"POST /", "complete", "GET /next", "complete"});
    reads_as("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get,
             {"GET /", "body hello", "complete", "GET /next", "complete"});
    reads_as("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get, {"HEAD /", "complete", "GET /next", "complete"});
}

}  // namespace rfc9112_test
