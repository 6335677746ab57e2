#include <doctest/doctest.h>

#include <string>

#include <engine/session_fixture.hpp>

using namespace kedge;
using namespace kedge::testing;
using engine::content_kind;
using engine::duration;
using engine::revision;

TEST_CASE("the whole way from polling to websocket") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.transport->poll(); });
    const auto socket = fixture.probe(*polling.session);
    CHECK(socket.record->sent.empty());
    fixture.loop.turn([&] { socket.transport->receive("2probe"); });
    CHECK(socket.record->last() == "3probe");
    CHECK(fixture.log->back() == "upgrading");
    fixture.loop.advance(duration(99));
    CHECK(polling.record->sent.size() == 1);
    fixture.loop.advance(duration(1));
    CHECK(polling.record->last() == "6");
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    CHECK(fixture.log->back() == "upgrade to websocket");
    CHECK(polling.session->upgraded());
    CHECK_FALSE(polling.session->upgrading());
    CHECK(polling.record->discarded);
    CHECK(polling.record->destroyed);
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "over the new one"); });
    CHECK(socket.record->last() == "4over the new one");
    CHECK(fixture.sessions.counters().live(engine::transport_kind::websocket, revision::v4) == 1);
    CHECK(fixture.sessions.counters().live(engine::transport_kind::polling, revision::v4) == 0);
}

TEST_CASE("a noop is offered every 100 ms, to waiting polls only") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("2probe"); });
    fixture.loop.advance(duration(150));
    CHECK(polling.record->sent.size() == 1);
    fixture.loop.turn([&] { polling.transport->poll(); });
    fixture.loop.advance(duration(50));
    CHECK(polling.record->last() == "6");
}

TEST_CASE("packets flow over polling until the switch, and those that wait go over the websocket in order") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.transport->poll(); });
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("2probe"); });
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "a"); });
    CHECK(polling.record->last() == "4a");
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "b"); });
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "c"); });
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    CHECK(socket.record->sent.back() == "4b 4c");
}

TEST_CASE("what the handler sends when it hears of the upgrade comes behind what waited") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.handler->greet_on_upgrade = true;
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "first"); });
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    std::string all;
    for (const auto& each : socket.record->sent) all += each + ' ';
    CHECK(all == "4first 4upgraded ");
}

TEST_CASE("a poll that still waits at the switch is answered") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.transport->poll(); });
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    CHECK(polling.record->last() == "1");
    CHECK(polling.session->state() == engine::session_state::open);
}

TEST_CASE("an upgrade that is not finished in time leaves polling unharmed") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("2probe"); });
    fixture.loop.advance(duration(10'000));
    CHECK(socket.record->closed);
    CHECK_FALSE(polling.session->upgrading());
    fixture.loop.turn([&] { polling.session->send(content_kind::text, "still here"); });
    fixture.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "4still here");
}

TEST_CASE("each way in which the new transport fails abandons the upgrade only") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    for (int way = 0; way < 4; ++way) {
        CAPTURE(way);
        const auto socket = fixture.probe(*polling.session);
        fixture.loop.turn([&] { socket.transport->receive("2probe"); });
        fixture.loop.turn([&] {
            if (way == 0) socket.transport->receive("4not yet");
            if (way == 1) socket.transport->receive("garbage");
            if (way == 2) socket.transport->owner()->on_error(*socket.transport, "broken");
            if (way == 3) socket.transport->owner()->on_close(*socket.transport);
        });
        CHECK_FALSE(polling.session->upgrading());
        CHECK((socket.record->closed || socket.record->discarded || socket.record->destroyed));
    }
    const auto last = fixture.probe(*polling.session);
    fixture.loop.turn([&] { last.transport->receive("5"); });
    CHECK(polling.session->upgraded());
}

TEST_CASE("a second websocket is refused while upgrading and after") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const auto first = fixture.probe(*polling.session);
    const auto second = fixture.probe(*polling.session);
    CHECK(second.record->closed);
    CHECK_FALSE(first.record->closed);
    fixture.loop.turn([&] { first.transport->receive("5"); });
    const auto third = fixture.probe(*polling.session);
    CHECK(third.record->closed);
    CHECK(polling.session->state() == engine::session_state::open);
}

TEST_CASE("a session that ends takes its probe along") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { polling.session->close(true); });
    CHECK(socket.record->closed);
    CHECK(fixture.loop.timers().empty());
}

TEST_CASE("v3: an upgraded session keeps its timeout") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>(revision::v3);
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("5", revision::v3); });
    fixture.loop.advance(duration(44'000));
    fixture.loop.turn([&] { socket.transport->receive("2", revision::v3); });
    fixture.loop.advance(duration(44'999));
    CHECK(fixture.sessions.size() == 1);
    fixture.loop.advance(duration(1));
    CHECK(fixture.sessions.size() == 0);
    CHECK(fixture.log->at(fixture.log->size() - 2) == "close ping timeout");
}

TEST_CASE("v4: a ping that is unanswered at the switch is still timed") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    fixture.loop.turn([&] { polling.transport->poll(); });
    fixture.loop.advance(duration(25'000));
    CHECK(polling.record->last() == "2");
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    SUBCASE("the pong comes over the websocket") {
        fixture.loop.turn([&] { socket.transport->receive("3"); });
        fixture.loop.advance(duration(25'000));
        CHECK(socket.record->last() == "2");
    }
    SUBCASE("no pong comes") {
        fixture.loop.advance(duration(20'000));
        CHECK(fixture.sessions.size() == 0);
    }
}

TEST_CASE("a close that waits for a poll is completed by the websocket") {
    session_fixture fixture;
    const auto polling = fixture.open<fake_polling>();
    const auto socket = fixture.probe(*polling.session);
    fixture.loop.turn([&] {
        polling.session->send(content_kind::text, "last");
        polling.session->close();
    });
    CHECK(polling.session->state() == engine::session_state::closing);
    fixture.loop.turn([&] { socket.transport->receive("5"); });
    CHECK(socket.record->sent.back() == "4last");
    CHECK(socket.record->closed);
    CHECK(fixture.sessions.size() == 0);
}
