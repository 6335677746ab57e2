#include <kedge/engine/upgrade.hpp>

#include <doctest/doctest.h>

#include <test/engine/session_fixture.hpp>

namespace upgrade_test {

using namespace kedge::engine;
using namespace kedge::testing;

namespace {

/// A polling session and a websocket that it could upgrade to.
struct probing : session_fixture {
    probing() : polling(open<fake_polling>()), websocket(probe(*polling.session)) {
        polling.record->sent.clear();
    }

    void receive(std::string text) {
        loop.turn([&] { websocket.transport->receive(std::move(text)); });
    }
    void poll() {
        loop.turn([&] { polling.transport->poll(); });
    }
    void say(std::string_view text) {
        loop.turn([&] { polling.session->send(content_kind::text, text); });
    }

    opened<fake_polling> polling;
    opened<fake_websocket> websocket;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("upgrade: probe, change over, everything else on the websocket") {
    probing test;
    CHECK(test.polling.session->upgrading());
    CHECK(test.websocket.record->sent.empty());
    test.receive("2probe");
    CHECK(test.websocket.record->sent == lines{"3probe"});
    CHECK(*test.log == lines{"upgrading"});
    test.receive("5");
    CHECK_FALSE(test.polling.session->upgrading());
    CHECK(test.polling.session->upgraded());
    CHECK(test.polling.session->kind() == transport_kind::websocket);
    CHECK(test.polling.record->discarded);
    CHECK(test.polling.record->destroyed);
    CHECK(*test.log == lines{"upgrading", "upgrade to websocket"});
    test.say("a");
    test.receive("4b");
    CHECK(test.websocket.record->sent == lines{"3probe", "4a"});
    CHECK(test.log->back() == "text b");
    CHECK(test.sessions.counters().upgraded == 1);
    CHECK(test.sessions.counters().live(transport_kind::websocket, revision::v4) == 1);
    CHECK(test.sessions.counters().live(transport_kind::polling, revision::v4) == 0);
}

TEST_CASE("upgrade: a waiting poll is answered by a noop every 100 ms, the first after 100") {
    probing test;
    test.receive("2probe");
    test.poll();
    test.loop.advance(duration{99});
    CHECK(test.polling.record->sent.empty());
    test.loop.advance(duration{1});
    CHECK(test.polling.record->sent == lines{"6"});
    test.loop.advance(duration{100});
    CHECK(test.polling.record->sent == lines{"6"});
    test.poll();
    test.loop.advance(duration{100});
    CHECK(test.polling.record->sent == lines{"6", "6"});
}

TEST_CASE("upgrade: another probe is answered and restarts the cadence") {
    probing test;
    test.poll();
    test.receive("2probe");
    test.loop.advance(duration{60});
    test.receive("2probe");
    CHECK(test.websocket.record->sent == lines{"3probe", "3probe"});
    test.loop.advance(duration{60});
    CHECK(test.polling.record->sent.empty());
    test.loop.advance(duration{40});
    CHECK(test.polling.record->sent == lines{"6"});
}

TEST_CASE("upgrade: who probes and does not read is not answered") {
    probing test;
    test.websocket.record->blocked = true;
    for (int i = 0; i < 3; ++i) test.receive("2probe");
    CHECK(test.websocket.record->sent.empty());
    test.websocket.record->blocked = false;
    test.receive("2probe");
    CHECK(test.websocket.record->sent == lines{"3probe"});
}

TEST_CASE("upgrade: packets go on over polling meanwhile, instead of a noop") {
    probing test;
    test.receive("2probe");
    test.poll();
    test.say("2[\"x\"]");
    CHECK(test.polling.record->sent == lines{"42[\"x\"]"});
    test.loop.advance(duration{200});
    CHECK(test.polling.record->sent == lines{"42[\"x\"]"});
    test.loop.turn([&] { test.polling.transport->receive("4posted"); });
    CHECK(test.log->back() == "text posted");
}

TEST_CASE("upgrade: what waits for a poll goes over the websocket, in order, before all else") {
    probing test;
    test.handler->greet_on_upgrade = true;
    test.receive("2probe");
    test.say("one");
    test.say("two");
    test.receive("5");
    test.say("three");
    CHECK(test.polling.record->sent.empty());
    CHECK(test.websocket.record->sent == lines{"3probe", "4one 4two 4upgraded", "4three"});
}

TEST_CASE("upgrade: a poll that still waits at the change is answered with a close packet") {
    probing test;
    test.receive("2probe");
    test.poll();
    test.receive("5");
    CHECK(test.polling.record->sent == lines{"1"});
}

TEST_CASE("upgrade: packets of the same turn as the change go over the websocket, not to the dying poll") {
    probing test;
    test.receive("2probe");
    test.poll();
    test.loop.turn([&] {
        test.polling.session->send(content_kind::text, "a");
        test.websocket.transport->receive("5");
    });
    CHECK(test.polling.record->sent == lines{"1"});
    CHECK(test.websocket.record->sent == lines{"3probe", "4a"});
}

TEST_CASE("upgrade: the change is taken without a probe as well") {
    probing test;
    test.receive("5");
    CHECK(test.polling.session->upgraded());
    CHECK(*test.log == lines{"upgrade to websocket"});
}

TEST_CASE("upgrade: not finished in time, the websocket is closed and polling goes on") {
    probing test;
    test.receive("2probe");
    test.loop.advance(duration{9999});
    CHECK_FALSE(test.websocket.record->closed);
    test.loop.advance(duration{1});
    CHECK(test.websocket.record->closed);
    CHECK_FALSE(test.polling.session->upgrading());
    test.poll();
    test.say("alive");
    CHECK(test.polling.record->last() == "4alive");
    test.loop.advance(duration{1000});  // the cadence has ended too
    test.poll();
    test.loop.advance(duration{1000});
    CHECK(test.polling.record->last() == "4alive");
}

TEST_CASE("upgrade: any other packet on the websocket ends the attempt; polling goes on") {
    for (const char* other : {"42[\"x\"]", "2", "2probe2", "3probe", "6", "1", "0", "x", "", "bAQ=="}) {
        CAPTURE(other);
        probing test;
        test.receive("2probe");
        test.receive(other);
        CHECK(test.websocket.record->closed);
        CHECK(test.polling.session->state() == session_state::open);
        CHECK_FALSE(test.polling.session->upgrading());
        CHECK(*test.log == lines{"upgrading"});
        test.receive("5");  // too late
        CHECK_FALSE(test.polling.session->upgraded());
        test.poll();
        test.say("alive");
        CHECK(test.polling.record->last() == "4alive");
    }
}

TEST_CASE("upgrade: the websocket's own end ends the attempt; the next one is taken") {
    probing test;
    test.loop.turn([&] { test.websocket.transport->owner()->on_close(*test.websocket.transport); });
    CHECK(test.websocket.record->destroyed);
    CHECK_FALSE(test.polling.session->upgrading());

    const auto second = test.probe(*test.polling.session);
    test.loop.turn([&] { second.transport->owner()->on_error(*second.transport, "Invalid frame"); });
    CHECK(second.record->discarded);
    CHECK(second.record->destroyed);
    CHECK(test.log->empty());

    const auto third = test.probe(*test.polling.session);
    test.loop.turn([&] { third.transport->receive("5"); });
    CHECK(test.polling.session->upgraded());
}

TEST_CASE("upgrade: a second websocket is refused, while upgrading and after") {
    probing test;
    const auto second = test.probe(*test.polling.session);
    CHECK(second.record->closed);
    CHECK_FALSE(second.record->destroyed);  // until it says that it has closed
    test.loop.turn([&] { second.transport->owner()->on_close(*second.transport); });
    CHECK(second.record->destroyed);
    test.receive("2probe");
    test.receive("5");
    const auto third = test.probe(*test.polling.session);
    CHECK(third.record->closed);
    test.say("alive");
    CHECK(test.websocket.record->last() == "4alive");
}

TEST_CASE("upgrade: a session that was a websocket from the beginning takes no other") {
    session_fixture test;
    const auto direct = test.open<fake_websocket>();
    const auto second = test.probe(*direct.session);
    CHECK(second.record->closed);
    CHECK_FALSE(direct.session->upgrading());
}

TEST_CASE("upgrade: when the session ends, so does the websocket that is probing") {
    probing test;
    test.receive("2probe");
    test.loop.turn(
        [&] { test.polling.transport->owner()->on_error(*test.polling.transport, "overlap from client"); });
    CHECK(test.websocket.record->closed);
    CHECK(test.log->at(1) == "close transport error: overlap from client");
}

TEST_CASE("upgrade: a session that is closing changes over, says what waits, and closes the websocket") {
    probing test;
    test.receive("2probe");
    test.loop.turn([&] {
        test.polling.session->send(content_kind::text, "last");
        test.polling.session->close();
    });
    CHECK(test.polling.session->state() == session_state::closing);
    test.receive("5");
    CHECK(test.websocket.record->sent == lines{"3probe", "4last"});
    CHECK(test.websocket.record->closed);
    CHECK(test.log->at(2) == "close forced close");
}

TEST_CASE("upgrade: a closing session without anything to say does the same") {
    probing test;
    test.receive("2probe");
    test.loop.turn([&] { test.polling.session->close(); });
    CHECK(test.polling.session->state() == session_state::closing);
    test.receive("5");
    CHECK(test.websocket.record->closed);
    CHECK(test.log->at(2) == "close forced close");
    CHECK(test.sessions.size() == 0);
}

TEST_CASE("upgrade: a silent client is timed out after it as before") {
    for (const auto protocol : {revision::v3, revision::v4}) {
        session_fixture test;
        const auto polling = test.open<fake_polling>(protocol);
        const auto websocket = test.probe(*polling.session);
        test.loop.turn([&] { websocket.transport->receive("5"); });
        test.loop.advance(duration{44'999});
        CHECK(polling.session->state() == session_state::open);
        test.loop.advance(duration{1});
        CHECK(test.log->at(1) == "close ping timeout");
    }
}

TEST_CASE("upgrade: an unanswered ping has its full time again on the websocket") {
    for (const bool answered : {false, true}) {
        probing test;
        test.poll();
        test.loop.advance(duration{5000});
        test.loop.turn([&] { test.websocket.transport->owner()->on_close(*test.websocket.transport); });
        test.loop.advance(duration{20'000});
        CHECK(test.polling.record->last() == "2");
        test.loop.advance(duration{15'000});
        const auto websocket = test.probe(*test.polling.session);
        test.loop.turn([&] { websocket.transport->receive("5"); });
        test.loop.advance(duration{10'000});  // past the time that the old transport gave it
        CHECK(test.polling.session->state() == session_state::open);
        if (answered) test.loop.turn([&] { websocket.transport->receive("3"); });
        test.loop.advance(duration{10'000});
        CHECK(test.log->back() == (answered ? "heartbeat" : "destroyed"));
        CHECK(test.sessions.size() == (answered ? 1u : 0u));
        test.loop.advance(duration{15'000});
        if (answered) CHECK(websocket.record->last() == "2");
    }
}

TEST_CASE("upgrade: who waits to hear that a message has left hears it of the websocket, once") {
    probing test;
    lines ran;
    auto& session = *test.polling.session;
    session.observe(nullptr);
    test.poll();
    test.loop.turn([&] { session.send(content_kind::text, "a", true, [&] { ran.emplace_back("a"); }); });
    CHECK(test.polling.record->sent == lines{"4a"});
    test.loop.turn([&] { session.send(content_kind::text, "b", true, [&] { ran.emplace_back("b"); }); });
    test.receive("2probe");
    test.loop.turn([&] {
        test.websocket.transport->receive("5");
        CHECK(test.websocket.record->drains_wanted == 1);
    });
    CHECK(test.websocket.record->sent == lines{"3probe", "4b"});
    CHECK(test.websocket.record->drains_wanted == 2);
    CHECK(ran.empty());
    for (int i = 0; i < 2; ++i)
        test.loop.turn([&] { test.websocket.transport->owner()->on_drain(*test.websocket.transport); });
    CHECK(ran == lines{"a", "b"});
}

TEST_CASE("upgrade: a handler that throws when it hears of it loses no packet") {
    probing test;
    test.handler->throw_on_upgrade = true;
    test.receive("2probe");
    test.say("one");
    CHECK_THROWS(test.websocket.transport->receive("5"));
    test.loop.end_turn();
    test.say("two");
    CHECK(test.websocket.record->sent == lines{"3probe", "4one", "4two"});
}

TEST_CASE("upgrade: a session that is closing already may still change over, and is closed there") {
    session_fixture test;
    const auto polling = test.open<fake_polling>();
    test.loop.turn([&] {
        polling.session->send(content_kind::text, "last");
        polling.session->close();
    });
    REQUIRE(polling.session->state() == session_state::closing);
    const auto websocket = test.probe(*polling.session);
    CHECK_FALSE(websocket.record->closed);
    test.loop.turn([&] { websocket.transport->receive("2probe"); });
    test.loop.turn([&] { websocket.transport->receive("5"); });
    CHECK(websocket.record->sent == lines{"3probe", "4last"});
    CHECK(websocket.record->closed);
    CHECK(*test.log == lines{"upgrade to websocket", "close forced close", "destroyed"});
    CHECK(test.sessions.size() == 0);
}

}  // namespace upgrade_test
