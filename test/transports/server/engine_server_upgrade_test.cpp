#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_upgrade_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

const std::string close_frame = "\x88\x00"s;

raw_client probe(server_under_test& on, const polling_client& client,
                 std::string_view target = v4_websocket) {
    raw_client socket = on.connect();
    if (socket.upgrade(of(target, client.sid)).status != 101) throw std::runtime_error("no upgrade");
    return socket;
}

void check_still_polling(polling_client& client) {
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");
}

}  // namespace

TEST_CASE("an upgrade, step by step") {
    server_under_test on;
    for (const auto& [polling, websocket, noop] :
         {std::tuple{v4_polling, v4_websocket, "6"}, std::tuple{v3_polling, v3_websocket, "1:6"}}) {
        polling_client client(on, polling);
        client.begin_poll();
        raw_client socket = probe(on, client, websocket);
        CHECK(socket.quiet());  // the server waits for the probe
        socket.send_text("2probe");
        CHECK(socket.read_frame().raw == "\x81\x06"s + "3probe");
        CHECK(client.end_poll().body == noop);
        client.begin_poll();
        CHECK(client.end_poll().body == noop);  // again and again
        socket.send_text("5");
        CHECK(on.events.wait_for("upgrade " + client.sid));
        CHECK(on.session(client.sid).transport_name() == "websocket");
        socket.send_text("4hello");
        CHECK(socket.read_text() == "4hello");
        CHECK(client.posts.get(client.address).body == R"({"code":3,"message":"Bad request"})");
        CHECK(client.posts.post(client.address, "4x").status == 400);
        socket.send_text("4still");
        CHECK(socket.read_text() == "4still");
    }
}

TEST_CASE("b64 is said anew by the websocket") {
    server_under_test on;
    const auto echoed = [&](std::string_view polling, std::string_view websocket) {
        polling_client client(on, polling);
        raw_client socket = probe(on, client, websocket);
        socket.send_text("5");
        socket.send_text("bAQID");
        return socket.read_frame().raw;
    };
    CHECK(echoed("/engine.io/?EIO=4&transport=polling&b64=1", v4_websocket) == "\x82\x03\x01\x02\x03"s);
    CHECK(echoed(v4_polling, "/engine.io/?EIO=4&transport=websocket&b64=1") == "\x81\x05"s + "bAQID");
}

TEST_CASE("packets flow over polling while a websocket probes") {
    server_under_test on;
    polling_client client(on);
    client.begin_poll();
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    CHECK(client.post("4meanwhile").status == 200);
    CHECK(client.end_poll().body == "4meanwhile");  // rather than a noop
}

TEST_CASE("what waits for a poll goes over the websocket, in order, once") {
    server_under_test on;
    polling_client client(on);
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    for (int i = 0; i < 50; ++i) CHECK(client.post("4" + std::to_string(i)).status == 200);
    socket.send_text("5");
    for (int i = 0; i < 50; ++i) CHECK(socket.read_text() == "4" + std::to_string(i));
    socket.send_text("4end");
    CHECK(socket.read_text() == "4end");
}

TEST_CASE("a poll that waits when the client changes over is ended by a close packet") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    raw_client socket = probe(on, client);
    client.begin_poll();
    socket.send_text("5");  // without a probe, which is taken as well
    CHECK(client.end_poll().body == "1");
    socket.send_text("4x");
    CHECK(socket.read_text() == "4x");
    CHECK(on.session(client.sid).open());
    CHECK(other.undisturbed());
}

TEST_CASE("an upgrade that is not finished in time") {
    transports::server_options options;
    options.engine.upgrade_timeout = engine::duration(50);
    server_under_test on(options);
    witness other(on);
    polling_client client(on);
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    CHECK(socket.take(2) == close_frame);
    check_still_polling(client);
    raw_client second = probe(on, client);
    second.send_text("2probe");
    CHECK(second.read_text() == "3probe");
    CHECK(other.undisturbed());
}

TEST_CASE("anything else than a probe abandons the upgrade") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    for (const char* packet : {"4x", "2", "2Probe", "3probe", "junk", ""}) {
        raw_client socket = probe(on, client);
        socket.send_text(packet);
        CHECK(socket.take(2) == close_frame);
        check_still_polling(client);
    }
    CHECK(other.undisturbed());
}

TEST_CASE("a websocket that fails or leaves while probing") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    {
        raw_client socket = probe(on, client);
        socket.send_text("2probe");
        CHECK(socket.read_text() == "3probe");
    }
    check_still_polling(client);
    raw_client polite = probe(on, client);
    polite.send_frame(0x88, "");
    CHECK(polite.take_all() == close_frame);
    check_still_polling(client);
    raw_client wrong = probe(on, client);
    wrong.send("\x81\x02xx");
    CHECK(wrong.take_all() == "\x88\x02\x03\xea"s);
    check_still_polling(client);
    raw_client good = probe(on, client);
    good.send_text("5");
    CHECK(on.events.wait_for("upgrade " + client.sid));
    CHECK(other.undisturbed());
}

TEST_CASE("a second websocket while one probes, or after the upgrade") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    raw_client first = probe(on, client);
    raw_client second = probe(on, client);
    CHECK(second.take(2) == close_frame);
    first.send_text("5");
    CHECK(on.events.wait_for("upgrade " + client.sid));
    raw_client third = probe(on, client);
    CHECK(third.take(2) == close_frame);
    websocket_client direct(on);
    raw_client fourth = on.connect();
    CHECK(fourth.upgrade(of(v4_websocket, direct.sid)).status == 101);
    CHECK(fourth.take(2) == close_frame);
    first.send_text("4x");
    CHECK(first.read_text() == "4x");
    direct.send_text("4y");
    CHECK(direct.read_text() == "4y");
    CHECK(other.undisturbed());
}

TEST_CASE("the session ends while a websocket probes") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    CHECK(client.post("1").status == 200);
    CHECK(on.events.wait_for("close " + client.sid + " transport close"));
    CHECK(socket.take(2) == close_frame);
    CHECK(other.undisturbed());
}

TEST_CASE("a session that is closing when the client changes over") {
    server_under_test on;
    polling_client client(on);
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    transports::session session = on.session(client.sid);
    session.send("last words");
    session.close();
    socket.send_text("5");
    CHECK(socket.read_text() == "4last words");
    CHECK(socket.take(2) == close_frame);
    CHECK(on.events.wait_for("close " + client.sid + " forced close"));
}

TEST_CASE("a pong that is awaited at the switch gets its full time again") {
    transports::server_options options;
    options.engine.ping_interval = engine::duration(30);
    options.engine.ping_timeout = engine::duration(200);
    server_under_test on(options);
    polling_client client(on);
    CHECK(client.poll().body == "2");
    raw_client socket = probe(on, client);
    socket.send_text("2probe");
    CHECK(socket.read_text() == "3probe");
    CHECK(socket.quiet(120));
    socket.send_text("5");
    CHECK(on.events.wait_for("upgrade " + client.sid));
    CHECK(socket.quiet(120));  // no ping either until the pong
    socket.send_text("3");
    CHECK(socket.read_text() == "2");
}

TEST_CASE("plain requests with a websocket's sid are refused, and the session lives") {
    server_under_test on;
    witness other(on);
    websocket_client born(on);
    polling_client grown(on);
    raw_client socket = on.connect();
    REQUIRE(socket.upgrade(of(v4_websocket, grown.sid)).status == 101);
    socket.send_text("5");
    REQUIRE(on.events.wait_for("upgrade " + grown.sid));
    for (const std::string& sid : {born.sid, grown.sid}) {
        for (const std::string_view target : {v4_polling, v3_polling, v4_websocket, v3_websocket}) {
            for (const char* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS"}) {
                CAPTURE(target);
                CAPTURE(method);
                const answer got = on.connect().request(raw_client::head(method, of(target, sid), {}, "4x"));
                CHECK(got.status == 400);
                CHECK(got.body == R"({"code":3,"message":"Bad request"})");
            }
        }
    }
    born.send_text("4here");
    CHECK(born.read_text() == "4here");
    socket.send_text("4there");
    CHECK(socket.read_text() == "4there");
    CHECK(other.undisturbed());
}

TEST_CASE("a handler of the upgrade replaces itself, or closes its session") {
    server_under_test on;
    std::atomic<bool> closes = false;
    on.greet = [&](transports::session opened) {
        const std::string mark(200, 'x');  // so that the handler does not lie in the function object itself
        opened.on_upgrade([&, opened, mark] {
            opened.on_upgrade([] {});
            if (closes) opened.close(true);
            opened.on_upgrade({});
            on.events.add("told " + opened.id() + " " + std::to_string(mark.size()));
        });
    };
    for (const bool ends : {false, true}) {
        closes = ends;
        polling_client client(on);
        raw_client socket = on.connect();
        REQUIRE(socket.upgrade(of(v4_websocket, client.sid)).status == 101);
        socket.send_text("5");
        CHECK(on.events.wait_for("told " + client.sid + " 200"));
        if (ends) {
            CHECK(socket.read_frame().opcode == 8);
        } else {
            socket.send_text("4x");
            CHECK(socket.read_text() == "4x");
        }
    }
}

}  // namespace engine_server_upgrade_test
