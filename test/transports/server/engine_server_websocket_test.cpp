#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_websocket_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

const std::string close_frame = "\x88\x00"s;

std::string handshake_headers(std::string_view version, std::string_view key,
                              std::string_view upgrade = "websocket") {
    std::string headers = "Connection: Upgrade\r\nUpgrade: " + std::string(upgrade) + "\r\n";
    if (!version.empty()) headers += "Sec-WebSocket-Version: " + std::string(version) + "\r\n";
    if (!key.empty()) headers += "Sec-WebSocket-Key: " + std::string(key) + "\r\n";
    return headers;
}

constexpr std::string_view good_key = "dGhlIHNhbXBsZSBub25jZQ==";

/// Sends bytes on a fresh session and expects a close frame with this code, the connection's end, and this
/// close.
void check_violation(server_under_test& on, const std::string& bytes, int code,
                     std::string_view description) {
    websocket_client client(on);
    client.send(bytes);
    const frame got = client.read_frame();
    CHECK(got.opcode == 8);
    CHECK(got.payload == std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)});
    CHECK(client.ends());
    std::string event = "close " + client.sid + " transport error";
    if (!description.empty()) event.append(": ").append(description);
    CHECK(on.events.wait_for(event));
}

}  // namespace

TEST_CASE("the switch to websocket") {
    server_under_test on;
    const websocket_client client(on);
    CHECK(client.switched.head ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a websocket needs HTTP/1.1") {
    server_under_test on;
    witness other(on);
    raw_client client = on.connect();
    client.send("GET " + std::string(v4_websocket) + " HTTP/1.0\r\nHost: a\r\n" +
                std::string(raw_client::upgrade_headers) + "\r\n");
    CHECK(client.take_all() ==
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: "
          "20\r\n\r\nHTTP/1.1 is required");
    CHECK(other.undisturbed());
}

TEST_CASE("versions 13 and 8 are taken, others refused with what is taken") {
    server_under_test on;
    witness other(on);
    CHECK(on.connect().get(v4_websocket, handshake_headers("8", good_key)).status == 101);
    for (const char* version : {"7", "0", "14", "x", ""}) {
        raw_client client = on.connect();
        const answer got = client.get(v4_websocket, handshake_headers(version, good_key));
        CHECK(got.status == 400);
        CHECK(got.header("connection") == "close");
        CHECK(got.header("sec-websocket-version") == "13, 8");
        CHECK(got.body == "Missing or invalid Sec-WebSocket-Version header");
        CHECK(client.ends());
    }
    CHECK(other.undisturbed());
}

TEST_CASE("drafts and other protocols are refused cleanly, so that the client stays on polling") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    const std::string probe = of(v4_websocket, client.sid);
    // hixie-76
    CHECK(on.connect()
              .get(probe,
                   "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
                   "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n")
              .status == 400);
    CHECK(on.connect().get(probe, handshake_headers("7", good_key)).status == 400);  // hybi-07
    const answer h2c = on.connect().get(
        probe, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n");
    CHECK(h2c.status == 400);
    CHECK(h2c.body == "Invalid Upgrade header");
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");
    CHECK(other.undisturbed());
}

TEST_CASE("keys, subprotocols and extensions that are malformed") {
    server_under_test on;
    witness other(on);
    for (const char* key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==x"}) {
        const answer got = on.connect().get(v4_websocket, handshake_headers("13", key));
        CHECK(got.status == 400);
        CHECK(got.body == "Missing or invalid Sec-WebSocket-Key header");
    }
    const answer protocol = on.connect().upgrade(v4_websocket, "Sec-WebSocket-Protocol: a b\r\n");
    CHECK(protocol.status == 400);
    CHECK(protocol.body == "Invalid Sec-WebSocket-Protocol header");
    CHECK(other.undisturbed());
}

TEST_CASE("the first subprotocol is echoed") {
    server_under_test on;
    CHECK(on.connect()
              .upgrade(v4_websocket, "Sec-WebSocket-Protocol: chat, superchat\r\n")
              .header("sec-websocket-protocol") == "chat");
    CHECK_FALSE(on.connect().upgrade(v4_websocket).has("sec-websocket-protocol"));
}

TEST_CASE("an upgrade that names polling is switched and closed") {
    server_under_test on;
    witness other(on);
    raw_client client = on.connect();
    CHECK(client.upgrade(v4_polling).status == 101);
    CHECK(client.take(2) == close_frame);
    client.send_frame(0x88, "");
    CHECK(client.ends());
    polling_client session(on);
    raw_client again = on.connect();
    CHECK(again.upgrade(session.address).status == 101);
    CHECK(again.take(2) == close_frame);
    CHECK(session.post("4on").status == 200);
    CHECK(session.poll().body == "4on");
    CHECK(other.undisturbed());
}

TEST_CASE("text and binary of revision 4") {
    server_under_test on;
    websocket_client client(on);
    client.send_text("4héllo €😀");
    CHECK(client.read_frame().raw == "\x81\x0f"s + "4héllo €😀");
    client.send_binary("\x01\x02\x03");
    CHECK(client.read_frame().raw == "\x82\x03\x01\x02\x03"s);
    client.send_text("bAQID");
    CHECK(client.read_frame().raw == "\x82\x03\x01\x02\x03"s);
    client.send_binary("");
    CHECK(client.read_frame().raw == "\x82\x00"s);
    client.send_text("4" + std::string(70'000, 'x'));
    CHECK(client.read_text() == "4" + std::string(70'000, 'x'));
}

TEST_CASE("binary of revision 3 begins with its type") {
    server_under_test on;
    websocket_client client(on, v3_websocket);
    client.send_binary("\x04\x09\x08");
    CHECK(client.read_frame().raw == "\x82\x03\x04\x09\x08"s);
    client.send_binary("\x63\x09");  // an unknown type is passed over
    client.send_text("b4AQID");
    CHECK(client.read_frame().raw == "\x82\x04\x04\x01\x02\x03"s);
}

TEST_CASE("b64 on a websocket") {
    server_under_test on;
    websocket_client v4(on, "/engine.io/?EIO=4&transport=websocket&b64=1");
    v4.send_binary("\x01\x02\x03");
    CHECK(v4.read_text() == "bAQID");
    websocket_client v3(on, "/engine.io/?EIO=3&transport=websocket&b64=1");
    v3.send_binary("\x04\x01\x02\x03");
    CHECK(v3.read_text() == "b4AQID");
}

TEST_CASE("packets that mean nothing on a websocket are passed over") {
    server_under_test on;
    websocket_client client(on);
    for (const char* packet : {"1", "0", "5", "6"}) client.send_text(packet);
    client.send_text("4on");
    CHECK(client.read_text() == "4on");
}

TEST_CASE("what is no packet closes the session") {
    server_under_test on;
    witness other(on);
    for (const char* bad : {"7", "x", "", "hello"}) {
        websocket_client client(on);
        client.send_text(bad);
        CHECK(client.take(2) == close_frame);
        CHECK(on.events.wait_for("close " + client.sid + " parse error"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("violations of RFC 6455 are answered by their code") {
    server_under_test on;
    witness other(on);
    const auto masked = [](int first, std::string_view payload) {
        return raw_client::masked_frame(first, payload);
    };
    check_violation(on, "\x81\x02"s + "4x", 1002, "Invalid WebSocket frame: MASK must be set");
    check_violation(on, masked(0xC1, "4x"), 1002, "Invalid WebSocket frame: RSV1 must be clear");
    check_violation(on, masked(0xA1, "4x"), 1002, "Invalid WebSocket frame: RSV2 and RSV3 must be clear");
    check_violation(on, masked(0x83, "4x"), 1002, "Invalid WebSocket frame: invalid opcode 3");
    check_violation(on, masked(0x80, "4x"), 1002, "Invalid WebSocket frame: invalid opcode 0");
    check_violation(on, masked(0x01, "4x") + masked(0x81, "4y"), 1002,
                    "Invalid WebSocket frame: invalid opcode 1");
    check_violation(on, masked(0x09, "x"), 1002, "Invalid WebSocket frame: FIN must be set");
    check_violation(on, masked(0x89, std::string(126, 'x')), 1002,
                    "Invalid WebSocket frame: invalid payload length 126");
    check_violation(on, masked(0x88, "\x03"), 1002, "Invalid WebSocket frame: invalid payload length 1");
    check_violation(on, masked(0x88, "\x03\xec"s), 1002, "Invalid WebSocket frame: invalid status code 1004");
    check_violation(on, masked(0x81, "4\xff"), 1007, "Invalid WebSocket frame: invalid UTF-8 sequence");
    check_violation(on, masked(0x88, "\x03\xe8\xff"s), 1007,
                    "Invalid WebSocket frame: invalid UTF-8 sequence");
    CHECK(other.undisturbed());
}

TEST_CASE("messages of more than max_http_buffer_size") {
    transports::server_options options;
    options.engine.max_http_buffer_size = 1000;
    server_under_test on(options);
    witness other(on);
    websocket_client client(on);
    client.send_text("4" + std::string(999, 'x'));
    CHECK(client.read_text().size() == 1000);
    check_violation(on, raw_client::masked_frame(0x81, "4" + std::string(1000, 'x')), 1009,
                    "Max payload size exceeded");
    check_violation(on,
                    raw_client::masked_frame(0x01, "4" + std::string(600, 'x')) +
                        raw_client::masked_frame(0x80, std::string(600, 'x')),
                    1009, "Max payload size exceeded");
    CHECK(other.undisturbed());
}

TEST_CASE("fragments, with control frames between them") {
    server_under_test on;
    websocket_client client(on);
    client.send_frame(0x01, "4h\xc3");
    client.send_frame(0x89, "are you there");
    const frame pong = client.read_frame();
    CHECK(pong.opcode == 10);
    CHECK(pong.payload == "are you there");
    client.send_frame(0x8A, "unasked");
    client.send_frame(0x00, "\xa9l");
    client.send_frame(0x80, "lo");
    CHECK(client.read_text() == "4héllo");
    client.send_frame(0x02, "\x01");
    client.send_frame(0x80, "\x02");
    CHECK(client.read_frame().raw == "\x82\x02\x01\x02"s);
}

TEST_CASE("frames byte by byte, and many in one piece") {
    server_under_test on;
    witness other(on);
    websocket_client client(on);
    for (const char byte : raw_client::masked_frame(0x81, "4slow")) client.send({&byte, 1});
    CHECK(client.read_text() == "4slow");
    std::string many;
    for (int i = 0; i < 500; ++i) many += raw_client::masked_frame(0x81, "4" + std::to_string(i));
    client.send(many);
    for (int i = 0; i < 500; ++i) REQUIRE(client.read_text() == "4" + std::to_string(i));
    CHECK(other.undisturbed());
}

TEST_CASE("frames right behind the upgrade request") {
    server_under_test on;
    raw_client client = on.connect();
    client.send(raw_client::head("GET", v4_websocket, raw_client::upgrade_headers) +
                raw_client::masked_frame(0x81, "4early"));
    CHECK(client.read_answer().status == 101);
    CHECK(client.read_text().starts_with("0{"));
    CHECK(client.read_text() == "4early");
}

TEST_CASE("the client closes") {
    server_under_test on;
    witness other(on);
    websocket_client plain(on);
    plain.send_frame(0x88, "");
    CHECK(plain.take_all() == close_frame);
    CHECK(on.events.wait_for("close " + plain.sid + " transport close"));
    websocket_client coded(on);
    coded.send_frame(0x88, "\x03\xe8"s + "bye");
    CHECK(coded.take_all() == "\x88\x05\x03\xe8"s + "bye");
    CHECK(on.events.wait_for("close " + coded.sid + " transport close"));
    websocket_client rude(on);
    rude.drop();
    CHECK(on.events.wait_for("close " + rude.sid + " transport close"));
    websocket_client hard(on);
    hard.reset();
    CHECK(on.events.wait_for("close " + hard.sid + " transport close"));
    CHECK(other.undisturbed());
}

TEST_CASE("the server closes with a frame without a code, and waits for the client's") {
    server_under_test on;
    websocket_client client(on);
    on.session(client.sid).close();
    CHECK(client.take(2) == close_frame);
    CHECK(on.events.wait_for("close " + client.sid + " forced close"));
    CHECK(client.quiet());  // the connection stands
    client.send_text("4ignored");
    client.send_frame(0x88, "");
    CHECK(client.ends());
}

TEST_CASE("a client that never answers the close frame is cut") {
    transports::server_options options;
    options.close_frame_timeout = engine::duration(40);
    server_under_test on(options);
    witness other(on);
    websocket_client client(on);
    on.session(client.sid).close();
    CHECK(client.take(2) == close_frame);
    CHECK(client.ends());
    CHECK(other.undisturbed());
}

TEST_CASE("what was sent before the close is delivered") {
    server_under_test on;
    websocket_client client(on);
    transports::session session = on.session(client.sid);
    for (int i = 0; i < 20; ++i) session.send("m" + std::to_string(i));
    session.close();
    for (int i = 0; i < 20; ++i) CHECK(client.read_text() == "4m" + std::to_string(i));
    CHECK(client.take(2) == close_frame);
}

TEST_CASE("permessage-deflate is off unless asked for") {
    server_under_test off;
    CHECK_FALSE(off.connect()
                    .upgrade(v4_websocket, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
                    .has("sec-websocket-extensions"));
    transports::server_options options;
    options.per_message_deflate.emplace();
    server_under_test on(options);
    raw_client client = on.connect();
    const answer switched = client.upgrade(v4_websocket, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    CHECK(switched.header("sec-websocket-extensions") == "permessage-deflate");
    const frame opening = client.read_frame();
    CHECK(opening.opcode == 1);
    CHECK(opening.reserved == 4);                  // RSV1: with context takeover every message is compressed
    client.send_frame(0xC1, "\x32\xa9\x00\x00"s);  // "4x", deflated
    CHECK(client.read_frame().reserved == 4);
    CHECK_FALSE(on.connect().upgrade(v4_websocket).has("sec-websocket-extensions"));
}

TEST_CASE("the callback of a send") {
    server_under_test on;
    websocket_client client(on);
    on.session(client.sid).send("x", [&on] { on.events.add("sent"); });
    CHECK(client.read_text() == "4x");
    CHECK(on.events.wait_for("sent"));
}

}  // namespace engine_server_websocket_test
