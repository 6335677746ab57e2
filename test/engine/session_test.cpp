#include <doctest/doctest.h>

#include <string>

#include <engine/session_fixture.hpp>

using namespace kedge;
using namespace kedge::testing;
using engine::content_kind;
using engine::duration;
using engine::revision;

namespace {

bool heard(const session_fixture& fixture, const std::string& line) {
    for (const auto& each : *fixture.log)
        if (each == line) return true;
    return false;
}

}  // namespace

TEST_CASE("the open packet leaves before the handler hears of the session") {
    session_fixture fixture;
    fixture.send_on_connection = true;
    const auto polling = fixture.open<fake_polling>();
    REQUIRE(polling.record->sent.size() == 1);
    CHECK(
        polling.record->sent[0] ==
        R"(0{"sid":"sid","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "4hello");
}

TEST_CASE("a websocket is offered no upgrade") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    CHECK(socket.record->sent[0].find(R"("upgrades":[])") != std::string::npos);
}

TEST_CASE("the initial packet goes with the open packet") {
    session_fixture fixture;
    fixture.settings.initial_packet = "hi";
    const auto polling = fixture.open<fake_polling>();
    CHECK(polling.record->sent.size() == 1);
    CHECK(polling.record->last().ends_with("} 4hi"));
}

TEST_CASE("all that is sent in a turn goes into one poll") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    polling.transport->poll();
    fixture.loop.turn([&] {
        polling.session->send(content_kind::text, "a");
        polling.session->send(content_kind::binary, std::string("\1\2\3", 3));
        CHECK(polling.record->sent.size() == 1);
    });
    CHECK(polling.record->last() == "4a bAQID");
}

TEST_CASE("packets wait for the next poll in order") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "a"); });
    fixture.loop.turn([&] { polling.session->send(engine::message::make(content_kind::text, "b")); });
    CHECK(polling.session->unsent() == 2);
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "4a 4b");
    CHECK(polling.session->unsent() == 0);
}

TEST_CASE("messages reach the handler with the head of their POST") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const engine::request post("POST", "/engine.io/", 1, {}, {}, false);
    fixture.loop.turn([&] { polling.transport->receive("4hi", revision::v4, &post); });
    fixture.loop.turn([&] { polling.transport->receive("bAQID"); });
    CHECK(fixture.log->at(0) == "text hi via POST");
    CHECK(fixture.log->at(1) == "binary 3");
}

TEST_CASE("garbage closes the session with a parse error") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    polling.transport->poll();
    fixture.loop.turn([&] { polling.transport->receive("x"); });
    CHECK(heard(fixture, "close parse error"));
    CHECK(heard(fixture, "destroyed"));
    CHECK(polling.record->last() == "1");
    CHECK(fixture.sessions.find("sid") == nullptr);
}

TEST_CASE("a close, open, upgrade or noop packet on a websocket changes nothing") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    for (const char* packet : {"1", "0", "5", "6"})
        fixture.loop.turn([&] { socket.transport->receive(packet); });
    CHECK(socket.session->state() == engine::session_state::open);
    CHECK(fixture.log->empty());
}

TEST_CASE("v4: pings, and the timeout of one") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    fixture.loop.advance(duration(24'999));
    CHECK(socket.record->sent.size() == 1);
    fixture.loop.advance(duration(1));
    CHECK(socket.record->last() == "2");
    fixture.loop.advance(duration(10'000));
    fixture.loop.turn([&] { socket.transport->receive("3"); });
    CHECK(heard(fixture, "heartbeat"));
    fixture.loop.advance(duration(24'999));
    CHECK(socket.record->sent.size() == 2);
    fixture.loop.advance(duration(1));
    CHECK(socket.record->sent.size() == 3);
    fixture.loop.advance(duration(19'999));
    CHECK_FALSE(heard(fixture, "close ping timeout"));
    fixture.loop.advance(duration(1));
    CHECK(heard(fixture, "close ping timeout"));
    CHECK(socket.record->closed);
}

TEST_CASE("v4: the first other packet after a ping restarts its timeout, once") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    fixture.loop.advance(duration(25'000 + 15'000));
    fixture.loop.turn([&] { socket.transport->receive("4x"); });
    fixture.loop.advance(duration(15'000));
    fixture.loop.turn([&] { socket.transport->receive("4y"); });
    CHECK_FALSE(heard(fixture, "close ping timeout"));
    fixture.loop.advance(duration(5'000));
    CHECK(heard(fixture, "close ping timeout"));
}

TEST_CASE("v4: a ping from the client breaks the rules") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    fixture.loop.turn([&] { socket.transport->receive("2"); });
    CHECK(heard(fixture, "close transport error: invalid heartbeat direction"));
}

TEST_CASE("v3: the client pings, is answered, and is timed out when it stops") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>(revision::v3);
    fixture.loop.advance(duration(44'000));
    fixture.loop.turn([&] { socket.transport->receive("2probe", revision::v3); });
    CHECK(socket.record->last() == "3");
    fixture.loop.advance(duration(44'999));
    CHECK_FALSE(heard(fixture, "close ping timeout"));
    fixture.loop.turn([&] { socket.transport->receive("4only pings count", revision::v3); });
    fixture.loop.advance(duration(1));
    CHECK(heard(fixture, "close ping timeout"));
}

TEST_CASE("v3: a pong from the client breaks the rules") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>(revision::v3);
    fixture.loop.turn([&] { socket.transport->receive("3", revision::v3); });
    CHECK(heard(fixture, "close transport error: invalid heartbeat direction"));
}

TEST_CASE("v3: a waiting poll is ended by a noop when asked for") {
    session_fixture fixture;
    fixture.settings.poll_noop_interval = duration(5'000);
    const auto polling = fixture.open<fake_polling>(revision::v3);
    fixture.loop.turn([&] { polling.transport->poll(); });
    fixture.loop.advance(duration(4'999));
    CHECK(polling.record->sent.size() == 1);
    fixture.loop.advance(duration(1));
    CHECK(polling.record->last() == "6");
}

TEST_CASE("what the transport reports is the reason") {
    SUBCASE("the peer closes") {
        session_fixture fixture;
        const auto socket = fixture.open<fake_websocket>();
        fixture.loop.turn([&] { socket.transport->owner()->on_close(*socket.transport); });
        CHECK(heard(fixture, "close transport close"));
    }
    SUBCASE("it fails") {
        session_fixture fixture;
        const auto socket = fixture.open<fake_websocket>();
        fixture.loop.turn([&] { socket.transport->owner()->on_error(*socket.transport, "bad frame"); });
        CHECK(heard(fixture, "close transport error: bad frame"));
    }
}

TEST_CASE("closing a websocket is immediate") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    fixture.loop.turn([&] {
        socket.session->close();
        CHECK(heard(fixture, "close forced close"));
        CHECK_FALSE(heard(fixture, "destroyed"));
    });
    CHECK(socket.record->closed);
}

TEST_CASE("closing over polling answers the waiting poll") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    polling.transport->poll();
    fixture.loop.turn([&] { polling.session->close(); });
    CHECK(polling.record->last() == "1");
    CHECK(heard(fixture, "close forced close"));
}

TEST_CASE("closing over polling without a poll waits for one") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.session->close(); });
    CHECK(polling.session->state() == engine::session_state::closing);
    CHECK(fixture.sessions.find("sid") != nullptr);
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "6 1");
    CHECK(heard(fixture, "close forced close"));
}

TEST_CASE("what was buffered before the close is delivered first, and nothing after") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] {
        polling.session->send(content_kind::text, "last");
        polling.session->close();
        polling.session->send(content_kind::text, "too late");
    });
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->sent.at(1) == "4last");
    CHECK_FALSE(heard(fixture, "close forced close"));
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "6 1");
    CHECK(heard(fixture, "close forced close"));
}

TEST_CASE("a discarding close waits for nothing") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] {
        polling.session->send(content_kind::text, "lost");
        polling.session->close(true);
    });
    CHECK(heard(fixture, "close forced close, unsent 4"));
    CHECK(polling.record->discarded);
}

TEST_CASE("a handler may close its session while a message is delivered") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    fixture.loop.turn([&] {
        socket.transport->receive("4close");
        socket.transport->receive("4ignored");
    });
    CHECK(*fixture.log == event_log{"text close", "close forced close", "destroyed"});
}

TEST_CASE("a handler may close its session while it is being made") {
    session_fixture fixture;
    fixture.close_on_connection = fixture.discard_on_connection = true;
    fixture.open<fake_websocket>();
    CHECK(*fixture.log == event_log{"close forced close", "destroyed"});
    CHECK(fixture.sessions.size() == 0);
}

TEST_CASE("too much unsent data closes the session, but one message is always taken") {
    session_fixture fixture;
    fixture.settings.max_buffered_bytes = 10;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.session->send(content_kind::text, std::string(100, 'x')); });
    CHECK(polling.session->state() == engine::session_state::open);
    fixture.loop.turn([&] {
        polling.session->send(content_kind::text, "y");
        CHECK(polling.session->state() == engine::session_state::open);  // never in the middle of a broadcast
    });
    CHECK(heard(fixture, "close transport error: too much unsent data, unsent 100"));
}

TEST_CASE("bytes that wait in the transport count as well") {
    session_fixture fixture;
    fixture.settings.max_buffered_bytes = 10;
    const auto socket = fixture.open<fake_websocket>();
    socket.record->unsent = 10;
    socket.record->blocked = true;
    CHECK_FALSE(socket.session->writable());
    fixture.loop.turn([&] { socket.session->send(content_kind::text, "x"); });
    CHECK(heard(fixture, "close transport error: too much unsent data, unsent 10"));
}

TEST_CASE("sent callbacks run when the kernel has it all, and never after the end") {
    session_fixture fixture;
    const auto socket = fixture.open<fake_websocket>();
    int sent = 0;
    fixture.loop.turn([&] { socket.session->send(content_kind::text, "a", true, [&] { ++sent; }); });
    CHECK(sent == 0);
    fixture.loop.turn([&] { socket.transport->owner()->on_drain(*socket.transport); });
    CHECK(sent == 1);
    fixture.loop.turn([&] { socket.session->send(content_kind::text, "b", true, [&] { ++sent; }); });
    fixture.loop.turn([&] { socket.session->close(); });
    CHECK(sent == 1);
}

TEST_CASE("the callback of a packet that waits for a poll waits with it") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    int sent = 0;
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "a", true, [&] { ++sent; }); });
    fixture.loop.turn([&] { polling.transport->owner()->on_drain(*polling.transport); });
    CHECK(sent == 0);
    fixture.loop.turn([&] { polling.transport->poll(); });
    fixture.loop.turn([&] { polling.transport->owner()->on_drain(*polling.transport); });
    CHECK(sent == 1);
}

TEST_CASE("a second session of the same id ends the first") {
    session_fixture fixture;
    fixture.open<fake_websocket>(revision::v4, "same");
    const auto second = fixture.open<fake_websocket>(revision::v4, "same");
    CHECK(fixture.sessions.size() == 1);
    CHECK(fixture.sessions.find("same") == second.session);
    CHECK(heard(fixture, "close forced close"));
}

TEST_CASE("close_all ends every session, and the counters know it") {
    session_fixture fixture;
    for (int i = 0; i < 10; ++i) fixture.open<fake_websocket>(revision::v4, "sid" + std::to_string(i));
    CHECK(fixture.sessions.counters().live(engine::transport_kind::websocket, revision::v4) == 10);
    fixture.loop.turn([&] { fixture.sessions.close_all(true); });
    CHECK(fixture.sessions.size() == 0);
    CHECK(fixture.sessions.counters().live(engine::transport_kind::websocket, revision::v4) == 0);
    CHECK(fixture.sessions.counters().closed[static_cast<std::size_t>(engine::close_reason::forced_close)] ==
          10);
    CHECK(fixture.loop.timers().empty());
}
