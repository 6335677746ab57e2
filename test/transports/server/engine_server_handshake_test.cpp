#include <doctest/doctest.h>

#include <cctype>
#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_handshake_test {

using namespace kedge;
using namespace kedge::test;

namespace {

std::string json_error(int code, std::string_view message) {
    return "{\"code\":" + std::to_string(code) + ",\"message\":\"" + std::string(message) + "\"}";
}

void check_refused(const answer& got, int status, int code, std::string_view message) {
    CHECK(got.status == status);
    CHECK(got.header("content-type") == "application/json");
    CHECK(got.body == json_error(code, message));
    CHECK_FALSE(got.has("cache-control"));
}

void check_upgrade_refused(raw_client& client, std::string_view message) {
    const std::string all = client.take_all();
    CHECK(all ==
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: " +
              std::to_string(message.size()) + "\r\n\r\n" + std::string(message));
}

}  // namespace

TEST_CASE("the path is a raw prefix") {
    server_under_test on;
    CHECK(on.connect().get("/engine.io/?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("/engine.io/foo/bar?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("/engine.io?EIO=4&transport=polling").status == 404);
    CHECK(on.connect().get("/engine%2Eio/?EIO=4&transport=polling").status == 404);
    CHECK(on.connect().get("//engine.io/?EIO=4&transport=polling").status == 404);
}

TEST_CASE("the path without a trailing slash") {
    transports::server_options options;
    options.path = "/ws/";
    options.add_trailing_slash = false;
    server_under_test on(options);
    CHECK(on.connect().get("/ws?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("/wsxyz?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("/w?EIO=4&transport=polling").status == 404);
}

TEST_CASE("the last of duplicate parameters wins, percent and plus are decoded") {
    server_under_test on{transports::server_options{}};
    CHECK(on.connect().get("/engine.io/?EIO=3&EIO=4&transport=polling").status == 200);
    check_refused(on.connect().get("/engine.io/?EIO=4&EIO=3&transport=polling"), 400, 5,
                  "Unsupported protocol version");
    CHECK(on.connect().get("/engine.io/?E%49O=4&transport=poll%69ng").status == 200);
    check_refused(on.connect().get("/engine.io/?EIO=4&transport=poll+ing"), 400, 0, "Transport unknown");
}

TEST_CASE("anything but EIO=4 is revision 3") {
    server_under_test strict{transports::server_options{}};
    for (const char* said : {"EIO=5", "EIO=3", "EIO=", "EIO=04", "x=1"})
        check_refused(strict.connect().get(std::string("/engine.io/?transport=polling&") + said), 400, 5,
                      "Unsupported protocol version");
    server_under_test lenient;
    const answer got = lenient.connect().get("/engine.io/?transport=polling");
    CHECK(got.status == 200);
    CHECK(got.body.starts_with("118:0{"));
}

TEST_CASE("transports that are not served are unknown") {
    server_under_test on;
    for (const char* said : {"", "&transport=", "&transport=webtransport", "&transport=Polling",
                             "&transport=foo", "&transport=constructor", "&transport=__proto__"})
        check_refused(on.connect().get(std::string("/engine.io/?EIO=4") + said), 400, 0, "Transport unknown");
    raw_client upgrading = on.connect();
    upgrading.send(
        raw_client::head("GET", "/engine.io/?EIO=4&transport=webtransport", raw_client::upgrade_headers));
    check_upgrade_refused(upgrading, "Transport unknown");
}

TEST_CASE("without websockets an upgrade request is a request like any other") {
    transports::server_options options;
    options.engine.transports = {engine::transport_kind::polling};
    server_under_test on(options);
    check_refused(on.connect().upgrade(v4_websocket), 400, 0, "Transport unknown");
    const answer got = on.connect().get(v4_polling);
    CHECK(got.body.find("\"upgrades\":[]") != std::string::npos);
}

TEST_CASE("unknown sids, hostile ones included") {
    server_under_test on;
    witness other(on);
    for (const char* sid :
         {"abc", "__proto__", "constructor", "AAAAAAAAAAAAAAAAAAAA", "%00%ff", "toString"}) {
        check_refused(on.connect().get(of(v4_polling, sid)), 400, 1, "Session ID unknown");
        check_refused(on.connect().post(of(v4_polling, sid), "4x"), 400, 1, "Session ID unknown");
        raw_client upgrading = on.connect();
        upgrading.send(raw_client::head("GET", of(v4_websocket, sid), raw_client::upgrade_headers));
        check_upgrade_refused(upgrading, "Session ID unknown");
    }
    CHECK(on.connect().get(of(v4_polling, "")).status == 200);  // counts as absent
    CHECK(other.undisturbed());
}

TEST_CASE("a handshake is a GET") {
    server_under_test on;
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
        raw_client client = on.connect();
        client.send(raw_client::head(method, v4_polling));
        check_refused(client.read_answer(), 400, 2, "Bad handshake method");
    }
    raw_client head = on.connect();
    head.send(raw_client::head("HEAD", v4_polling));
    const answer got = head.read_answer(true);
    CHECK(got.status == 400);
    CHECK(head.quiet());  // no body
}

TEST_CASE("transport=websocket without an upgrade") {
    server_under_test on;
    witness other(on);
    check_refused(on.connect().get(v4_websocket), 400, 3, "Bad request");
    polling_client client(on);  // behind a proxy that forwards the upgrade as a plain GET
    check_refused(client.posts.get(of(v4_websocket, client.sid)), 400, 3, "Bad request");
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");
    CHECK(other.undisturbed());
}

TEST_CASE("another revision than the session's") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    check_refused(client.posts.get(of(v3_polling, client.sid)), 400, 3, "Bad request");
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");
    CHECK(other.undisturbed());
}

TEST_CASE("an Origin with control characters") {
    server_under_test on;
    witness other(on);
    for (const char byte : {'\x01', '\x08', '\x0b', '\x1f', '\x7f'}) {
        raw_client client = on.connect();
        const answer got = client.get(v4_polling, std::string("Origin: http://a") + byte + "b\r\n");
        CHECK(got.status == 400);
        CHECK(got.head.find(byte) == std::string::npos);
    }
    CHECK(on.connect().get(v4_polling, "Origin: null\r\n").status == 200);
    CHECK(other.undisturbed());
}

TEST_CASE("the application refuses a handshake") {
    transports::server_options options = with_eio3();
    options.allow_request = [](engine::request_ptr asking, transports::admission answer) {
        if (asking->query("key") == "good") return answer.allow();
        if (asking->query("key") == "rude") return answer.refuse("go \"away\"");
        answer.refuse();
    };
    server_under_test on(options);
    check_refused(on.connect().get(v4_polling), 403, 4, "Forbidden");
    check_refused(on.connect().get("/engine.io/?EIO=4&transport=polling&key=rude"), 403, 4,
                  "go \\\"away\\\"");
    raw_client upgrading = on.connect();
    upgrading.send(raw_client::head("GET", "/engine.io/?EIO=4&transport=websocket&key=rude",
                                    raw_client::upgrade_headers));
    check_upgrade_refused(upgrading, "go \"away\"");

    polling_client client(on, "/engine.io/?EIO=4&transport=polling&key=good");
    client.address = of(v4_polling, client.sid);  // without the key: nobody asks again
    CHECK(client.post("4x").status == 200);
    CHECK(client.poll().body == "4x");
}

TEST_CASE("an unsupported revision on a websocket is refused before the 101") {
    server_under_test on{transports::server_options{}};
    raw_client client = on.connect();
    client.send(raw_client::head("GET", v3_websocket, raw_client::upgrade_headers));
    check_upgrade_refused(client, "Unsupported protocol version");
}

TEST_CASE("an id that cannot be made") {
    transports::server_options options;
    options.generate_id = [](const engine::request&) -> std::string {
        throw std::runtime_error("no more ids");
    };
    event_log told;
    options.on_connection_error = [&](const transports::connection_error& error) {
        for (const auto& [name, value] : error.refused.context) told.add(name + "=" + value);
    };
    server_under_test on(options);
    check_refused(on.connect().get(v4_polling), 400, 3, "Bad request");
    raw_client client = on.connect();
    client.send(raw_client::head("GET", v4_websocket, raw_client::upgrade_headers));
    check_upgrade_refused(client, "Bad request");
    CHECK(told.happened("name=ID_GENERATION_ERROR"));
    CHECK(told.happened("error=no more ids"));
}

TEST_CASE("the open packet") {
    transports::server_options options = with_eio3();
    options.engine.ping_interval = engine::duration(300);
    options.engine.ping_timeout = engine::duration(200);
    options.engine.max_http_buffer_size = 1234;
    server_under_test on(options);
    const std::string rest =
        "\",\"upgrades\":[\"websocket\"],\"pingInterval\":300,\"pingTimeout\":200,\"maxPayload\":1234}";

    const answer v4 = on.connect().get(v4_polling);
    CHECK(v4.body == "0{\"sid\":\"" + sid_in(v4.body) + rest);
    for (const char letter : sid_in(v4.body)) CHECK((std::isalnum(letter) || letter == '-' || letter == '_'));

    const answer v3 = on.connect().get(v3_polling);
    const std::string packet = "0{\"sid\":\"" + sid_in(v3.body) + rest;
    CHECK(v3.body == std::to_string(packet.size()) + ":" + packet);

    const websocket_client socket(on);
    CHECK(socket.opening.find("\"upgrades\":[]") != std::string::npos);
    const websocket_client old(on, v3_websocket);
    CHECK(old.opening.starts_with("0{\"sid\""));
}

TEST_CASE("upgrades that are not offered are served all the same") {
    transports::server_options options;
    options.engine.allow_upgrades = false;
    server_under_test on(options);
    polling_client client(on);
    CHECK(client.opening.body.find("\"upgrades\":[]") != std::string::npos);
    raw_client socket = on.connect();
    CHECK(socket.upgrade(of(v4_websocket, client.sid)).status == 101);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
}

TEST_CASE("the initial packet follows the open packet in the same answer") {
    transports::server_options options = with_eio3();
    options.engine.initial_packet = "hello";
    server_under_test on(options);
    CHECK(on.connect()
              .get(v4_polling)
              .body.ends_with("}\x1e"
                              "4hello"));
    CHECK(on.connect().get(v3_polling).body.ends_with("}6:4hello"));
    websocket_client socket(on);
    CHECK(socket.read_text() == "4hello");
}

TEST_CASE("what is sent when a session opens comes in the next poll") {
    server_under_test on;
    on.greet = [](transports::session opened) { opened.send("welcome"); };
    polling_client client(on);
    CHECK(client.opening.body.find("welcome") == std::string::npos);
    CHECK(client.poll().body == "4welcome");
}

TEST_CASE("connection_error tells what is refused, with its context") {
    transports::server_options options;
    event_log told;
    options.on_connection_error = [&](const transports::connection_error& error) {
        std::string line = std::to_string(static_cast<int>(error.refused.code)) + " " + error.refused.message;
        for (const auto& [name, value] : error.refused.context) line += " " + name + "=" + value;
        told.add(line);
    };
    options.allow_request = [](engine::request_ptr asking, transports::admission answer) {
        asking->query("no") ? answer.refuse("nope") : answer.allow();
    };
    server_under_test on(options);
    on.connect().get("/engine.io/?EIO=4&transport=foo");
    on.connect().get(of(v4_polling, "abc"));
    on.connect().post(v4_polling, "");
    on.connect().get(v4_websocket);
    on.connect().get(v3_polling);
    on.connect().get("/engine.io/?EIO=4&transport=polling&no=1");
    polling_client client(on);
    client.posts.get(of(v4_websocket, client.sid));
    client.posts.get(of(v3_polling, client.sid));
    CHECK(told.all() ==
          std::vector<std::string>{
              "0 Transport unknown transport=foo",
              "1 Session ID unknown sid=abc",
              "2 Bad handshake method method=POST",
              "3 Bad request name=TRANSPORT_HANDSHAKE_ERROR",
              "5 Unsupported protocol version protocol=3",
              "4 Forbidden message=nope",
              "3 Bad request name=TRANSPORT_MISMATCH transport=websocket previousTransport=polling",
              "3 Bad request name=PROTOCOL_MISMATCH protocol=3 previousProtocol=4",
          });
    CHECK(on.server.stats().total.refused[3] == 3);
}

}  // namespace engine_server_handshake_test
