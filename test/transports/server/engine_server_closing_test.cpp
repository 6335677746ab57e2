#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_closing_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

TEST_CASE("closing a polling session with a waiting poll") {
    server_under_test on;
    for (const std::string_view target : {v4_polling, v3_polling}) {
        polling_client client(on, target);
        client.begin_poll();
        on.session(client.sid).close();
        CHECK(client.end_poll().body == (target == v4_polling ? "1" : "1:1"));
        CHECK(on.events.wait_for("close " + client.sid + " forced close"));
        CHECK(client.posts.get(client.address).status == 400);
    }
}

TEST_CASE("closing a polling session between polls") {
    server_under_test on;
    for (const std::string_view target : {v4_polling, v3_polling}) {
        polling_client client(on, target);
        on.session(client.sid).close();
        CHECK(client.poll().body == (target == v4_polling ? "6\x1e"
                                                            "1"
                                                          : "1:61:1"));
        CHECK(on.events.wait_for("close " + client.sid + " forced close"));
        CHECK(client.poll().status == 400);
    }
}

TEST_CASE("closing a polling session with packets waiting") {
    server_under_test on;
    polling_client client(on);
    transports::session session = on.session(client.sid);
    session.send("1");
    session.close();
    session.send("too late");
    CHECK(client.post("4ignored").status == 200);
    CHECK(client.poll().body == "41");
    CHECK_FALSE(on.events.happened("close " + client.sid + " forced close"));
    CHECK(client.poll().body ==
          "6\x1e"
          "1");
    CHECK(on.events.wait_for("close " + client.sid + " forced close"));
    CHECK(client.poll().body == R"({"code":1,"message":"Session ID unknown"})");
}

TEST_CASE("a closing session does not wait for ever for a poll") {
    transports::server_options options;
    options.engine.close_timeout = engine::duration(40);
    server_under_test on(options);
    polling_client client(on);
    on.session(client.sid).close();
    CHECK(on.events.wait_for("close " + client.sid + " forced close"));
    CHECK(client.poll().status == 400);
}

TEST_CASE("closing while a post arrives cuts that connection") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    client.begin_poll();
    on.request(client.posts,
               "POST " + client.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4abc");
    on.session(client.sid).close();
    CHECK(client.posts.ends());
    CHECK(client.end_poll().body == "1");
    CHECK(other.undisturbed());
}

TEST_CASE("closing at once waits for nothing") {
    server_under_test on;
    polling_client client(on);
    transports::session session = on.session(client.sid);
    session.send("lost");
    session.close(true);
    CHECK(on.events.wait_for("close " + client.sid + " forced close"));
    CHECK(client.poll().status == 400);
}

TEST_CASE("a session closed by its own handlers") {
    server_under_test on;
    on.greet = [](transports::session opened) {
        if (opened.request().query("at") == "open") opened.close();
        opened.on_message([opened](const transports::received_message&, const engine::request*) {
            opened.send("last");
            opened.close();
        });
    };
    polling_client polling(on);
    CHECK(polling
              .post("4x\x1e"
                    "4y")
              .body == "ok");
    CHECK(polling.poll().body == "4last");
    CHECK(polling.poll().body ==
          "6\x1e"
          "1");
    websocket_client socket(on);
    socket.send(raw_client::masked_frame(0x81, "4x") + raw_client::masked_frame(0x81, "4y") +
                raw_client::masked_frame(0x88, ""));
    CHECK(socket.read_text() == "4last");
    CHECK(socket.take_all() == "\x88\x00"s);
    websocket_client brief(on, "/engine.io/?EIO=4&transport=websocket&at=open");
    CHECK(brief.take(2) == "\x88\x00"s);
    polling_client short_poll(on, "/engine.io/?EIO=4&transport=polling&at=open");
    CHECK(short_poll.poll().body ==
          "6\x1e"
          "1");
}

TEST_CASE("an exception in a handler harms nobody else") {
    transports::server_options options;
    event_log told;
    options.on_error = [&](std::exception_ptr problem) {
        try {
            std::rethrow_exception(problem);
        } catch (const std::exception& error) {
            told.add(error.what());
        }
    };
    server_under_test on(options);
    witness other(on);
    on.greet = [](transports::session opened) {
        opened.on_message([opened](const transports::received_message& message, const engine::request*) {
            if (message.data == "bad") throw std::runtime_error("handler failed");
            opened.send(message.data);
        });
    };
    websocket_client socket(on);
    socket.send(raw_client::masked_frame(0x81, "4bad") + raw_client::masked_frame(0x81, "4good"));
    CHECK(socket.read_text() == "4good");
    polling_client polling(on);
    CHECK(polling
              .post("4bad\x1e"
                    "4good")
              .body == "ok");
    CHECK(polling.poll().body == "4good");
    CHECK(told.wait_for("handler failed"));
    CHECK(other.undisturbed());
}

TEST_CASE("the end of the server") {
    server_under_test on;
    polling_client waiting(on);
    waiting.begin_poll();
    polling_client idle(on);
    websocket_client socket(on);
    on.server.close({}, [&on] { on.events.add("closed"); });
    CHECK(on.server.closing());
    CHECK(waiting.end_poll().body == "1");
    CHECK(waiting.polls.ends());
    CHECK(idle.posts.ends());
    CHECK(socket.take(2) == "\x88\x00"s);
    CHECK(on.events.wait_for("close " + waiting.sid + " forced close"));
    CHECK(on.events.wait_for("close " + idle.sid + " forced close"));
    CHECK(on.events.wait_for("close " + socket.sid + " forced close"));
    CHECK_FALSE(on.events.happened("closed"));  // the websocket's close frame is waited for
    socket.send_frame(0x88, "");
    CHECK(on.events.wait_for("closed"));
    CHECK_THROWS(on.connect());
}

TEST_CASE("the end of the server is not put off beyond its grace") {
    server_under_test on;
    websocket_client socket(on);
    on.server.close({.grace = engine::duration(50)}, [&on] { on.events.add("closed"); });
    CHECK(socket.take(2) == "\x88\x00"s);
    CHECK(on.events.wait_for("closed"));
    CHECK(socket.ends());
}

TEST_CASE("sessions are closed at a pace") {
    server_under_test on;
    std::vector<std::unique_ptr<websocket_client>> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(std::make_unique<websocket_client>(on));
    const auto begin = std::chrono::steady_clock::now();
    on.server.close({.grace = engine::duration(50), .sessions_per_second = 50},
                    [&on] { on.events.add("closed"); });
    CHECK(on.events.wait_for("closed"));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(180));
    for (const auto& each : clients) CHECK(on.events.happened("close " + each->sid + " forced close"));
}

}  // namespace engine_server_closing_test
