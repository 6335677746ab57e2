#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/transports/syntax/http_response.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

#include <test/transports/request_maker.hpp>

namespace ws_handshake_test {

using namespace kedge::transports;
using kedge::engine::header_field;

namespace {

using fields = std::vector<header_field>;

const fields good{{"Upgrade", "websocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                  {"Sec-WebSocket-Version", "13"}};

kedge::engine::request asking(const fields& headers, std::string_view method = "GET") {
    return kedge::engine::request(method, "/", 1, headers, {}, true);
}

/// The good headers, one of them replaced (or left out, when the value is "-").
fields but(std::string_view name, std::string_view value) {
    fields changed;
    for (const header_field& each : good)
        if (each.name != name) changed.push_back(each);
    if (value != "-") changed.push_back({name, value});
    return changed;
}

std::string refusal(const fields& headers, std::string_view method = "GET") {
    const auto verdict = negotiate_websocket(asking(headers, method), nullptr);
    if (verdict) return "accepted";
    return std::to_string(verdict.error().status) + " " + std::string(verdict.error().text);
}

std::string answer(const fields& headers, const ws_deflate_options* deflate = nullptr,
                   header_list more = {}) {
    auto verdict = negotiate_websocket(asking(headers), deflate);
    REQUIRE(verdict);
    if (!verdict.value().offered.empty()) verdict.value().protocol = verdict.value().offered.front();
    std::string out;
    append_switching_protocols(out, verdict.value(), more);
    return out;
}

}  // namespace

TEST_CASE("ws_handshake: the example of RFC 6455") {
    CHECK(answer(good) ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("ws_handshake: versions 13 and 8, the word websocket in any case") {
    CHECK(refusal(but("Sec-WebSocket-Version", "8")) == "accepted");
    CHECK(refusal(but("Upgrade", "WebSocket")) == "accepted");
}

TEST_CASE("ws_handshake: the first subprotocol is echoed") {
    CHECK(answer(but("Sec-WebSocket-Protocol", "one, two")).find("\r\nSec-WebSocket-Protocol: one\r\n") !=
          std::string::npos);
}

TEST_CASE("ws_handshake: the application's headers come last") {
    header_list more;
    more.add("Set-Cookie", "a=1");
    more.add("Set-Cookie", "b=2");
    CHECK(answer(good, nullptr, more).ends_with("\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"));
}

TEST_CASE("ws_handshake: refusals, in the reference's words") {
    CHECK(refusal(good, "POST") == "405 Invalid HTTP method");
    for (const char* upgrade : {"-", "h2c", "websocket, h2c"})
        CHECK(refusal(but("Upgrade", upgrade)) == "400 Invalid Upgrade header");
    for (const char* key : {"-", "", "short==", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ?==",
                            "dGhlIHNhbXBsZSBub25jZQ==x", "dGhlIHNhbXBsZSBub25jZQ===="})
        CHECK(refusal(but("Sec-WebSocket-Key", key)) == "400 Missing or invalid Sec-WebSocket-Key header");
    for (const char* version : {"-", "", "12", "0", "7", "13, 8"})
        CHECK(refusal(but("Sec-WebSocket-Version", version)) ==
              "400 Missing or invalid Sec-WebSocket-Version header");
    for (const char* protocol : {"", "a,", "a,a", "a b"})
        CHECK(refusal(but("Sec-WebSocket-Protocol", protocol)) ==
              "400 Invalid Sec-WebSocket-Protocol header");
}

TEST_CASE("ws_handshake: several faults are told in the reference's order") {
    CHECK(refusal({}, "POST") == "405 Invalid HTTP method");
    CHECK(refusal({}) == "400 Invalid Upgrade header");
    CHECK(refusal({{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "1"}}) ==
          "400 Missing or invalid Sec-WebSocket-Key header");
}

TEST_CASE("ws_handshake: HTTP/1.0 cannot switch protocols") {
    const auto verdict = negotiate_websocket(kedge::engine::request("GET", "/", 0, good, {}, true), nullptr);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().status == 400);
    CHECK(verdict.error().text == "HTTP/1.1 is required");
}

TEST_CASE("ws_handshake: a wrong version is told the right ones") {
    const auto verdict = negotiate_websocket(asking(but("Sec-WebSocket-Version", "12")), nullptr);
    REQUIRE_FALSE(verdict);
    std::string out;
    append_upgrade_refusal(out, verdict.error().status, verdict.error().text, verdict.error().headers);
    CHECK(out ==
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: 47\r\n"
          "Sec-WebSocket-Version: 13, 8\r\n\r\nMissing or invalid Sec-WebSocket-Version header");
}

TEST_CASE("ws_handshake: two key headers are no key") {
    fields twice = good;
    twice.push_back({"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="});
    CHECK(refusal(twice) == "400 Missing or invalid Sec-WebSocket-Key header");
}

TEST_CASE("ws_handshake: compression is agreed on only when it is served") {
    const auto offering = but("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    CHECK(answer(offering).find("Extensions") == std::string::npos);
    const ws_deflate_options options;
    CHECK(answer(offering, &options).find("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n") !=
          std::string::npos);
    CHECK(answer(but("Sec-WebSocket-Extensions", "other"), &options).find("Extensions") == std::string::npos);
    const auto verdict =
        negotiate_websocket(asking(but("Sec-WebSocket-Extensions", "permessage-deflate; unknown")), &options);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().status == 400);
    CHECK(verdict.error().text == "Invalid or unacceptable Sec-WebSocket-Extensions header");
}

}  // namespace ws_handshake_test
