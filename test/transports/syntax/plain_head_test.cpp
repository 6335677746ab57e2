#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/syntax/plain_head.hpp>
#include <test/transports/http_script.hpp>

namespace plain_head_test {

using namespace kedge::transports;

namespace {

std::string head(std::string_view line, std::string_view headers) {
    return std::string(line).append("\r\n").append(headers).append("\r\n");
}

std::string get(std::string_view headers) {
    return head("GET /socket.io/?EIO=4 HTTP/1.1", "Host: a\r\n" + std::string(headers));
}

bool plain(std::string_view bytes) {
    std::vector<kedge::engine::header_field> fields;
    return read_plain_head(bytes, fields).has_value();
}

/// All that a parser says of the first head.
std::string told(const http_script& script) {
    REQUIRE(script.heads.size() == 1);
    const request_head& of = script.heads[0];
    std::string all = script.said[0];
    for (std::size_t i = 0; i < of.request.header_count(); ++i) {
        const auto field = of.request.header_at(i);
        all.append(" ").append(field.name).append("=").append(field.value);
    }
    all += " framing " + std::to_string(static_cast<int>(of.framing));
    all += " length " + std::to_string(of.content_length);
    all += " version " + std::to_string(of.request.minor_version());
    all += of.keep_alive ? " keep-alive" : " close";
    if (of.request.upgrade()) all += " upgrade";
    if (of.expect_continue) all += " expect";
    return all;
}

}  // namespace

TEST_CASE("plain_head: takes the head apart, and no byte behind it") {
    const std::string bytes =
        head("POST /socket.io/?EIO=4&sid=a HTTP/1.1",
             "Host: a:80\r\nUser-Agent: a browser of many words, longer than a block\r\n"
             "Content-Length: 3\r\n");
    std::vector<kedge::engine::header_field> fields{{"left", "over"}};
    const std::string all = bytes + "abc";
    const auto read = read_plain_head(all, fields);
    REQUIRE(read);
    CHECK(read->size == bytes.size());
    CHECK(read->line.method == "POST");
    CHECK(read->line.target == "/socket.io/?EIO=4&sid=a");
    CHECK(read->line.minor_version == 1);
    CHECK_FALSE(read->upgrade);
    REQUIRE(fields.size() == 3);
    CHECK(fields[0].name == "Host");
    CHECK(fields[1].value == "a browser of many words, longer than a block");
    CHECK(fields[2].value == "3");
}

TEST_CASE("plain_head: what it reads, llhttp reads to the same effect") {
    for (const std::string_view headers :
         {"", "Connection: keep-alive\r\n", "Connection: Keep-Alive\r\nX: y\r\n", "Upgrade: websocket\r\n",
          "Connection: Upgrade\r\nUpgrade: websocket\r\n",
          "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n", "Connection: upgrade\r\n",
          "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", "Content-Length: 0\r\n",
          "Expect: 100-continue\r\n", "Content-Length: 00012\r\nExpect: 100-continue\r\n",
          "Accept: a\r\nAccept: b\r\nCookie: c=\"d\"; e=f, g\r\n"}) {
        CAPTURE(headers);
        REQUIRE(plain(get(headers)));
        CHECK(told(run_http(get(headers))) == told(run_http(get(headers), 1)));
    }
}

TEST_CASE("plain_head: a target of any printable bytes is read as llhttp reads it") {
    std::string target = "/";
    for (char c = 0x21; c < 0x7F; ++c) target += c;
    for (const std::string& each : {target, "/a?" + target + "#" + target, std::string("//a//")}) {
        const std::string whole = head("GET " + each + " HTTP/1.1", "Host: a\r\n");
        REQUIRE(plain(whole));
        CHECK(told(run_http(whole)) == told(run_http(whole, 1)));
    }
}

TEST_CASE("plain_head: a head that is not whole is none") {
    const std::string whole = get("Content-Length: 3\r\n");
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(plain(whole.substr(0, size)));
    CHECK(plain(whole));
}

TEST_CASE("plain_head: leaves to llhttp whatever there is to judge") {
    for (const std::string_view line :
         {"GET / HTTP/1.0", "GET / HTTP/2.0", "PUT / HTTP/1.1", "get / HTTP/1.1", "GET * HTTP/1.1",
          "GET http://a/ HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET /a b HTTP/1.1", "GET /",
          "GET /\x7F HTTP/1.1", "GET /\xC3\xA4 HTTP/1.1", "GET /\t HTTP/1.1", "GET / HTTP/1.1 "})
        CHECK_FALSE(plain(head(line, "Host: a\r\n")));
    for (const std::string_view headers : {"Transfer-Encoding: chunked\r\n",
                                           "transfer-encoding: gzip\r\n",
                                           "Connection: close\r\n",
                                           "Connection: keep-alive, close\r\n",
                                           "Connection: Upgrade, HTTP2-Settings\r\n",
                                           "Proxy-Connection: close\r\n",
                                           "X:y\r\n",
                                           "X:  y\r\n",
                                           "X: y \r\n",
                                           "X: \r\n",
                                           "X:\r\n",
                                           ": y\r\n",
                                           "X y: z\r\n",
                                           "X : y\r\n",
                                           "X: y\n",
                                           "X: y\r",
                                           "X: a\r\n b\r\n",
                                           "X: a\tb\r\n",
                                           "X: \x01\r\n",
                                           "X: \xE4\r\n",
                                           "\xE4: x\r\n"}) {
        CAPTURE(headers);
        CHECK_FALSE(plain(get(headers)));
    }
    CHECK_FALSE(plain(get("X: a value that is longer than a block, with a \x7F in it\r\n")));
    CHECK_FALSE(plain(get("X: a value that is longer than a block, with an \xFF in it\r\n")));
}

TEST_CASE("plain_head: what is to be refused is refused as llhttp and the framing have it") {
    for (const std::string_view headers :
         {"Content-Length: x\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n", "Host: b\r\n",
          "Content-Length: 99999999999999999999\r\n", "Expect: more\r\n",
          "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n"}) {
        CAPTURE(headers);
        REQUIRE(plain(get(headers)));
        const auto at_once = run_http(get(headers));
        CHECK(at_once.said.back().starts_with("refused "));
        CHECK(at_once.said == run_http(get(headers), 1).said);
    }
    CHECK(run_http(head("GET / HTTP/1.1", "Accept: a\r\n")).refused(400));
}

}  // namespace plain_head_test
