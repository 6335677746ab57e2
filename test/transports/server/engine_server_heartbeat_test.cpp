#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_heartbeat_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

using steady = std::chrono::steady_clock;

transports::server_options beating(int interval, int timeout) {
    transports::server_options options = with_eio3();
    options.engine.ping_interval = engine::duration(interval);
    options.engine.ping_timeout = engine::duration(timeout);
    return options;
}

long long since(steady::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begin).count();
}

}  // namespace

TEST_CASE("revision 4 on a websocket: the server pings, silence ends it") {
    server_under_test on(beating(150, 100));
    const auto begin = steady::now();
    websocket_client client(on);
    CHECK(client.read_text() == "2");
    CHECK(since(begin) >= 149);
    CHECK(client.take(2) == "\x88\x00"s);
    CHECK(since(begin) >= 249);
    CHECK(on.events.wait_for("close " + client.sid + " ping timeout"));
}

TEST_CASE("revision 4: a pong restarts the interval") {
    server_under_test on(beating(60, 400));
    websocket_client client(on);
    CHECK(client.read_text() == "2");
    for (int i = 0; i < 2; ++i) {
        const auto answered = steady::now();
        client.send_text("3");
        CHECK(client.read_text() == "2");
        CHECK(since(answered) >= 59);
    }
    CHECK_FALSE(on.events.happened("close " + client.sid + " ping timeout"));
}

TEST_CASE("revision 4: another packet gives the pong more time, once") {
    server_under_test on(beating(100, 1000));
    websocket_client client(on);
    CHECK(client.read_text() == "2");
    const auto pinged = steady::now();
    CHECK(client.quiet(500));
    client.send_text("4x");
    CHECK(client.read_text() == "4x");
    CHECK(client.quiet(500));
    client.send_text("4y");  // the second does not help
    CHECK(client.read_text() == "4y");
    CHECK(client.take(2) == "\x88\x00"s);
    CHECK(since(pinged) >= 1499);
    CHECK(since(pinged) < 2000);
}

TEST_CASE("revision 4: a ping of the client's is an error") {
    server_under_test on;
    witness other(on);
    websocket_client client(on);
    client.send_text("2");
    CHECK(client.take(2) == "\x88\x00"s);
    CHECK(on.events.wait_for("close " + client.sid + " transport error: invalid heartbeat direction"));
    CHECK(other.undisturbed());
}

TEST_CASE("revision 4 on polling: the ping ends an idle poll, and starts the clock though no poll waits") {
    server_under_test on(beating(50, 5000));
    polling_client client(on);
    CHECK(client.poll().body == "2");
    CHECK(client.post("3").body == "ok");
    CHECK(client.poll().body == "2");

    server_under_test strict(beating(30, 60));
    polling_client silent(strict);
    CHECK(strict.events.wait_for("close " + silent.sid + " ping timeout"));
    CHECK(silent.poll().status == 400);
}

TEST_CASE("revision 3: the client pings, the server answers without its data") {
    server_under_test on(beating(150, 150));
    websocket_client client(on, v3_websocket);
    for (int i = 0; i < 4; ++i) {
        client.send_text(i % 2 ? "2probe" : "2");
        CHECK(client.read_text() == "3");
        CHECK(client.quiet(120));
    }
    CHECK(client.take(2) == "\x88\x00"s);  // silence for interval and timeout
    CHECK(on.events.wait_for("close " + client.sid + " ping timeout"));
}

TEST_CASE("revision 3: other packets are no life sign") {
    server_under_test on(beating(300, 300));
    websocket_client client(on, v3_websocket);
    const auto begin = steady::now();
    client.send_text("4x");
    CHECK(client.read_text() == "4x");
    CHECK(client.quiet(300));
    client.send_text("4y");
    CHECK(client.read_text() == "4y");
    CHECK(client.take(2) == "\x88\x00"s);
    CHECK(since(begin) < 900);
}

TEST_CASE("revision 3: a pong of the client's is an error") {
    server_under_test on;
    witness other(on);
    websocket_client client(on, v3_websocket);
    client.send_text("3");
    CHECK(client.take(2) == "\x88\x00"s);
    CHECK(on.events.wait_for("close " + client.sid + " transport error: invalid heartbeat direction"));
    CHECK(other.undisturbed());
}

TEST_CASE("revision 3: an upgraded session keeps its timeout") {
    server_under_test on(beating(60, 60));
    polling_client client(on, v3_polling);
    raw_client socket = on.connect();
    CHECK(socket.upgrade(of(v3_websocket, client.sid)).status == 101);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    socket.send_text("5");
    CHECK(on.events.wait_for("upgrade " + client.sid));
    socket.send_text("2");
    CHECK(socket.read_text() == "3");
    CHECK(on.events.wait_for("close " + client.sid + " ping timeout"));
}

}  // namespace engine_server_heartbeat_test
