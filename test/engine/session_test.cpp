#include <kedge/engine/session.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include <test/engine/session_fixture.hpp>

namespace session_test {

using namespace kedge::engine;
using namespace kedge::testing;

namespace {

using lines = std::vector<std::string>;

constexpr std::string_view open_of_polling =
    R"(0{"sid":"sid","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})";
constexpr std::string_view open_of_websocket =
    R"(0{"sid":"sid","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})";

/// A session on a polling transport whose handshake is over.
struct on_polling : session_fixture {
    explicit on_polling(revision protocol = revision::v4) : peer(open<fake_polling>(protocol)) {
        peer.record->sent.clear();
    }
    void poll() {
        loop.turn([&] { peer.transport->poll(); });
    }
    void receive(std::string text) {
        loop.turn([&] { peer.transport->receive(std::move(text), peer.session->revision()); });
    }
    void say(std::string_view text) {
        loop.turn([&] { peer.session->send(content_kind::text, text); });
    }
    void close() {
        loop.turn([&] { peer.session->close(); });
    }
    opened<fake_polling> peer;
};

struct on_websocket : session_fixture {
    explicit on_websocket(revision protocol = revision::v4) : peer(open<fake_websocket>(protocol)) {
        peer.record->sent.clear();
    }
    void receive(std::string text) {
        loop.turn([&] { peer.transport->receive(std::move(text), peer.session->revision()); });
    }
    void drain() {
        loop.turn([&] { peer.transport->owner()->on_drain(*peer.transport); });
    }
    opened<fake_websocket> peer;
};

}  // namespace

TEST_CASE("session: the open packet is flushed alone, before the handler hears of the session") {
    session_fixture test;
    test.send_on_connection = true;
    const auto polling = test.open<fake_polling>();
    CHECK(polling.record->sent == lines{std::string(open_of_polling)});
    CHECK(polling.session->state() == session_state::open);
    CHECK(polling.session->id() == "sid");
    CHECK(polling.session->first_request() == test.first);
    test.loop.turn([&] { polling.transport->poll(); });
    CHECK(polling.record->last() == "4hello");
}

TEST_CASE("session: on a websocket what is said in the connection handler follows at once") {
    session_fixture test;
    test.send_on_connection = true;
    const auto websocket = test.open<fake_websocket>();
    CHECK(websocket.record->sent == lines{std::string(open_of_websocket), "4hello"});
}

TEST_CASE("session: the initial packet goes with the open packet") {
    session_fixture test;
    test.settings.initial_packet = "hello";
    const auto polling = test.open<fake_polling>();
    CHECK(polling.record->sent == lines{std::string(open_of_polling) + " 4hello"});
}

TEST_CASE("session: packets wait for a poll, and all that wait are one answer") {
    on_polling test;
    test.loop.turn([&] {
        test.peer.session->send(content_kind::text, "a");
        test.peer.session->send(content_kind::binary, "\x01\x02");
    });
    test.say("b");
    CHECK(test.peer.record->sent.empty());
    CHECK_FALSE(test.peer.session->writable());
    CHECK(test.peer.session->unsent() == 4);
    test.poll();
    CHECK(test.peer.record->sent == lines{"4a bAQI= 4b"});
    CHECK(test.peer.session->unsent() == 0);
}

TEST_CASE("session: of very much that waits, each poll gets a part, in order") {
    on_polling test;
    const auto packets_of = [](const std::string& answer) {
        return static_cast<std::size_t>(std::count(answer.begin(), answer.end(), ' ')) + 1;
    };
    test.loop.turn([&] {
        for (int i = 0; i < 10'000; ++i) test.peer.session->send(content_kind::text, std::to_string(i));
    });
    std::string all;
    for (const std::size_t expected : {4096, 4096, 1808}) {
        test.loop.turn([&] { test.peer.transport->poll(); });
        CHECK(packets_of(test.peer.record->last()) == expected);
        all += test.peer.record->last() + ' ';
    }
    CHECK(test.peer.session->unsent() == 0);
    std::string in_order;
    for (int i = 0; i < 10'000; ++i) in_order += '4' + std::to_string(i) + ' ';
    CHECK((all == in_order));
}

TEST_CASE("session: what is closed while very much waits is told when all of it was given") {
    on_polling test;
    test.loop.turn([&] {
        for (int i = 0; i < 3; ++i)
            test.peer.session->send(content_kind::text, std::string(std::size_t{1} << 20, 'x'));
        test.peer.session->close();
    });
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(test.peer.record->closed);
        test.loop.turn([&] { test.peer.transport->poll(); });
        CHECK(test.peer.record->last().size() == (std::size_t{1} << 20) + 1);
    }
    CHECK(test.peer.record->closed);
}

TEST_CASE("session: what one turn says while a poll waits is one answer, given when the turn ends") {
    on_polling test;
    test.poll();
    CHECK(test.peer.session->writable());
    test.peer.session->send(content_kind::text, "a");
    const auto shared = message::make(content_kind::text, "b");
    test.peer.session->send(shared);
    CHECK(test.peer.record->sent.empty());
    CHECK(test.peer.session->writable());
    test.loop.end_turn();
    CHECK(test.peer.record->sent == lines{"4a 4b"});
}

TEST_CASE("session: a websocket gets each packet at once") {
    on_websocket test;
    test.peer.session->send(content_kind::text, "a");
    test.peer.session->send(message::make(content_kind::text, "b"));
    CHECK(test.peer.record->sent == lines{"4a", "4b"});
    CHECK(test.handler->flushes == 2);
    CHECK(test.peer.session->writable());
    test.peer.record->blocked = true;
    CHECK_FALSE(test.peer.session->writable());
}

TEST_CASE("session: the transport is asked for a drain only where somebody wants to hear of it") {
    on_websocket test;
    auto& session = *test.peer.session;
    const auto asked = [&, before = test.peer.record->drains_wanted] {
        return test.peer.record->drains_wanted - before;
    };
    session.send(content_kind::text, "watched");
    CHECK(asked() == 1);
    session.observe(nullptr);
    session.send(content_kind::text, "a");
    test.receive("3");
    CHECK(asked() == 1);
    session.send(content_kind::text, "b", true, [] {});
    CHECK(asked() == 2);
    test.drain();
    CHECK(test.handler->drains == 0);
    CHECK(test.handler->flushes == 1);
}

TEST_CASE("session: messages reach the handler, with the request that brought them") {
    on_polling test;
    const request post("POST", "/", 1, {}, {}, false);
    test.loop.turn([&] { test.peer.transport->receive("4hello", revision::v4, &post); });
    test.receive("4");
    test.receive("bAQID");
    CHECK(*test.log == lines{"text hello via POST", "text ", "binary 3"});
    CHECK(test.sessions.counters().packets_in == 3);
}

TEST_CASE("session: packets without meaning are passed over") {
    on_websocket test;
    for (const char* idle : {"0{}", "1", "5", "6"}) test.receive(idle);
    CHECK(test.log->empty());
    CHECK(test.peer.session->state() == session_state::open);
}

TEST_CASE("session: send callbacks run when the kernel has taken what they sent, together per flush") {
    on_polling test;
    lines ran;
    const auto drain = [&] {
        test.loop.turn([&] { test.peer.transport->owner()->on_drain(*test.peer.transport); });
    };
    test.peer.session->send(content_kind::text, "a", true, [&] { ran.emplace_back("a"); });
    test.peer.session->send(content_kind::text, "b", true, [&] { ran.emplace_back("b"); });
    drain();
    CHECK(ran.empty());
    test.poll();
    test.peer.session->send(content_kind::text, "c", true, [&] { ran.emplace_back("c"); });
    CHECK(ran.empty());
    drain();
    CHECK(ran == lines{"a", "b"});
    test.poll();
    drain();
    CHECK(ran == lines{"a", "b", "c"});
    CHECK(test.handler->drains == 3);
}

TEST_CASE("session: send callbacks are dropped when the session closes") {
    on_websocket test;
    lines ran;
    auto& session = *test.peer.session;
    session.send(content_kind::text, "a", true, [&] {
        ran.emplace_back("a");
        session.close();
    });
    session.send(content_kind::text, "b", true, [&] { ran.emplace_back("b"); });
    test.drain();
    CHECK(ran == lines{"a"});
}

TEST_CASE("session: a send callback that throws does not cost the others") {
    on_websocket test;
    lines ran;
    auto& session = *test.peer.session;
    session.send(content_kind::text, "a", true, [] { throw 1; });
    session.send(content_kind::text, "b", true, [&] {
        ran.emplace_back("b");
        session.send(content_kind::text, "c", true, [&] { ran.emplace_back("c"); });
    });
    session.observe(nullptr);
    const auto asked = test.peer.record->drains_wanted;
    CHECK_THROWS(test.peer.transport->owner()->on_drain(*test.peer.transport));
    CHECK(test.peer.record->drains_wanted > asked);
    test.drain();
    CHECK(ran == lines{"b"});
    test.drain();
    CHECK(ran == lines{"b", "c"});
}

TEST_CASE("session: v4 heartbeat over a websocket, to the millisecond") {
    on_websocket test;
    test.loop.advance(duration{24'999});
    CHECK(test.peer.record->sent.empty());
    test.loop.advance(duration{1});
    CHECK(test.peer.record->sent == lines{"2"});
    test.loop.advance(duration{15'000});
    test.receive("3");
    CHECK(*test.log == lines{"heartbeat"});
    test.loop.advance(duration{24'999});
    CHECK(test.peer.record->sent == lines{"2"});
    test.loop.advance(duration{1});
    CHECK(test.peer.record->sent == lines{"2", "2"});
    test.loop.advance(duration{19'999});
    CHECK(test.peer.session->state() == session_state::open);
    test.loop.advance(duration{1});
    CHECK(test.log->at(1) == "close ping timeout");
    CHECK(test.peer.record->closed);
}

TEST_CASE("session: the first other packet while a pong is awaited gives the pong more time") {
    session_fixture test;
    test.settings.ping_interval = duration{600};
    test.settings.ping_timeout = duration{400};
    const auto peer = test.open<fake_websocket>();
    test.loop.advance(duration{701});
    test.loop.turn([&] { peer.transport->receive("4a"); });
    test.loop.advance(duration{200});
    test.loop.turn([&] { peer.transport->receive("4b"); });
    test.loop.advance(duration{199});
    CHECK(peer.session->state() == session_state::open);
    test.loop.advance(duration{1});  // 1101
    CHECK(test.log->at(2) == "close ping timeout");
}

TEST_CASE("session: a ping that finds no poll waiting starts its time all the same") {
    on_polling test;
    test.loop.advance(duration{25'000});
    CHECK(test.peer.session->unsent() == 0);
    test.loop.advance(duration{10'000});
    test.poll();
    CHECK(test.peer.record->sent == lines{"2"});
    test.loop.advance(duration{10'000});
    CHECK(test.log->at(0) == "close ping timeout");
}

TEST_CASE("session: v3 answers pings, and only pings keep it alive") {
    on_polling test(revision::v3);
    test.loop.advance(duration{40'000});
    test.receive("2probe");
    test.poll();
    CHECK(test.peer.record->sent == lines{"3"});
    CHECK(*test.log == lines{"heartbeat"});
    test.loop.advance(duration{40'000});
    test.receive("4x");
    test.loop.advance(duration{4'999});
    CHECK(test.peer.session->state() == session_state::open);
    test.loop.advance(duration{1});
    CHECK(test.log->at(2) == "close ping timeout");
}

TEST_CASE("session: a heartbeat in the wrong direction is a transport error") {
    on_polling v4;
    v4.poll();
    v4.receive("2");
    CHECK(v4.log->at(0) == "close transport error: invalid heartbeat direction");
    CHECK(v4.peer.record->sent == lines{"1"});
    on_websocket v3(revision::v3);
    v3.receive("3");
    CHECK(v3.log->at(0) == "close transport error: invalid heartbeat direction");
    CHECK(v3.peer.record->closed);
}

TEST_CASE("session: garbage is a parse error; a waiting poll hears of the end") {
    on_polling test;
    test.poll();
    test.receive("x");
    CHECK(test.log->at(0) == "close parse error");
    CHECK(test.peer.record->sent == lines{"1"});
    CHECK(test.sessions.find("sid") == nullptr);
    on_websocket other;
    other.receive("");
    CHECK(other.log->at(0) == "close parse error");
}

TEST_CASE("session: errors and the end of the transport") {
    on_polling failed;
    failed.loop.turn([&] {
        failed.peer.transport->owner()->on_error(*failed.peer.transport,
                                                 "poll connection closed prematurely");
    });
    CHECK(failed.log->at(0) == "close transport error: poll connection closed prematurely");
    CHECK(failed.peer.record->discarded);
    on_websocket closed;
    closed.loop.turn([&] { closed.peer.transport->owner()->on_close(*closed.peer.transport); });
    CHECK(*closed.log == lines{"close transport close", "destroyed"});
    CHECK_FALSE(closed.peer.record->closed);
    CHECK(closed.peer.record->destroyed);
}

TEST_CASE("session: close on a websocket is done at once; the transport is kept until it has closed") {
    on_websocket test;
    test.peer.session->send(content_kind::text, "last");
    test.peer.session->close();
    CHECK(*test.log == lines{"close forced close"});
    CHECK(test.peer.record->closed);
    CHECK(test.sessions.find("sid") == nullptr);
    test.loop.end_turn();
    CHECK(*test.log == lines{"close forced close", "destroyed"});
    CHECK_FALSE(test.peer.record->destroyed);
    test.loop.turn([&] { test.peer.transport->owner()->on_close(*test.peer.transport); });
    CHECK(test.peer.record->destroyed);
}

TEST_CASE("session: close with a waiting poll answers it") {
    on_polling test;
    test.poll();
    test.close();
    CHECK(test.peer.record->sent == lines{"1"});
    CHECK(*test.log == lines{"close forced close", "destroyed"});
}

TEST_CASE("session: close without a waiting poll is told in the next one; the sid stays valid until then") {
    on_polling test;
    test.close();
    CHECK(test.log->empty());
    CHECK(test.sessions.find("sid") == test.peer.session);
    CHECK(test.peer.session->state() == session_state::closing);
    test.receive("4ignored");
    test.say("dropped");
    test.poll();
    CHECK(test.peer.record->sent == lines{"6 1"});
    CHECK(*test.log == lines{"close forced close", "destroyed"});
    CHECK(test.sessions.find("sid") == nullptr);
}

TEST_CASE("session: what is buffered is delivered before the close, which is in the poll after") {
    on_polling test;
    test.say("1");
    test.close();
    test.poll();
    CHECK(test.peer.record->sent == lines{"41"});
    CHECK(test.log->empty());
    test.poll();
    CHECK(test.peer.record->sent == lines{"41", "6 1"});
    CHECK(test.log->at(0) == "close forced close");
}

TEST_CASE("session: the same when a poll waits for what is said last") {
    on_polling test;
    test.poll();
    test.loop.turn([&] {
        test.peer.session->send(content_kind::text, "1");
        test.peer.session->close();
    });
    CHECK(test.peer.record->sent == lines{"41"});
    test.poll();
    CHECK(test.peer.record->sent == lines{"41", "6 1"});
}

TEST_CASE("session: close(discard) waits for nothing") {
    on_polling test;
    test.say("never read");
    test.loop.turn([&] { test.peer.session->close(true); });
    CHECK(*test.log == lines{"close forced close, unsent 10", "destroyed"});
    CHECK(test.peer.record->discarded);
    on_polling waiting;
    waiting.poll();
    waiting.loop.turn([&] { waiting.peer.session->close(true); });
    CHECK(waiting.peer.record->sent == lines{"1"});
    on_polling closing;
    closing.close();
    closing.loop.turn([&] { closing.peer.session->close(true); });
    CHECK(closing.log->at(0) == "close forced close");
    on_websocket websocket;
    websocket.loop.turn([&] { websocket.peer.session->close(true); });
    CHECK(websocket.peer.record->closed);
}

TEST_CASE("session: a closing client that never polls again is timed out by the heartbeat") {
    on_polling test;
    test.say("1");
    test.close();
    test.loop.advance(duration{45'000});
    CHECK(test.log->at(0) == "close ping timeout, unsent 1");
}

TEST_CASE("session: closing is never destroying") {
    on_websocket test;
    test.peer.transport->receive("4close");
    CHECK(*test.log == lines{"text close", "close forced close"});
    CHECK(test.peer.session->state() == session_state::closed);
    test.peer.session->send(content_kind::text, "dropped");
    test.peer.session->close();
    test.peer.session->close(true);
    test.peer.transport->receive("4ignored");
    CHECK(test.peer.record->sent.empty());
    CHECK(test.log->size() == 2);
    test.loop.end_turn();
    CHECK(test.log->back() == "destroyed");
}

TEST_CASE("session: closed in the connection handler, the handler hears of it when it is made") {
    for (const bool discard : {false, true}) {
        session_fixture test;
        test.close_on_connection = true;
        test.discard_on_connection = discard;
        const auto peer = test.open<fake_websocket>();
        CHECK(*test.log == lines{"close forced close", "destroyed"});
        CHECK(test.sessions.size() == 0);
    }
}

TEST_CASE("session: more unsent data than the limit closes it when the turn ends") {
    session_fixture test;
    test.settings.max_buffered_bytes = 100;
    const auto polling = test.open<fake_polling>();
    auto& session = *polling.session;
    test.loop.turn([&] { session.send(content_kind::text, std::string(500, 'x')); });  // one is always taken
    CHECK(session.state() == session_state::open);
    session.send(content_kind::text, "y");
    CHECK(session.state() == session_state::open);
    CHECK(test.log->empty());
    test.loop.end_turn();
    CHECK(test.log->at(0) == "close transport error: too much unsent data, unsent 500");

    const auto websocket = test.open<fake_websocket>(revision::v4, "other");
    websocket.record->unsent = 99;
    test.loop.turn([&] { websocket.session->send(content_kind::text, "y"); });
    CHECK(websocket.session->state() == session_state::open);
    websocket.record->unsent = 100;
    test.loop.turn([&] { websocket.session->send(content_kind::text, "y"); });
    CHECK(test.log->at(2) == "close transport error: too much unsent data, unsent 100");
    CHECK(websocket.record->discarded);  // nobody waits for the close frame of who does not read
    CHECK_FALSE(websocket.record->closed);
}

TEST_CASE("session: packets without data are not unsent without end either") {
    session_fixture test;
    test.settings.max_buffered_bytes = 10'000;
    const auto polling = test.open<fake_polling>(revision::v3);
    test.loop.turn([&] {
        for (int i = 0; i < 10'000; ++i) polling.transport->receive("2", revision::v3);
    });
    REQUIRE_FALSE(test.log->empty());
    CHECK(test.log->back() == "destroyed");
    CHECK(test.log->at(test.log->size() - 2) == "close transport error: too much unsent data");
}

TEST_CASE("session: who has too much to take is not listened to any more") {
    session_fixture test;
    test.settings.max_buffered_bytes = 100;
    const auto polling = test.open<fake_polling>();
    test.loop.turn([&] {
        polling.session->send(content_kind::text, std::string(500, 'x'));
        polling.session->send(content_kind::text, "y");
        polling.transport->receive("4hello");
    });
    CHECK(test.log->at(0) == "close transport error: too much unsent data, unsent 500");
}

TEST_CASE("session: a v3 poll is ended by a noop after the interval, if one is set") {
    session_fixture test;
    test.settings.poll_noop_interval = duration{5000};
    for (const auto protocol : {revision::v3, revision::v4}) {
        const auto peer = test.open<fake_polling>(protocol, protocol == revision::v3 ? "three" : "four");
        peer.record->sent.clear();
        test.loop.turn([&] { peer.transport->poll(); });
        test.loop.advance(duration{4999});
        CHECK(peer.record->sent.empty());
        test.loop.advance(duration{1});
        CHECK(peer.record->sent == (protocol == revision::v3 ? lines{"6"} : lines{}));
    }
    on_polling without(revision::v3);
    without.poll();
    without.loop.advance(duration{44'000});
    CHECK(without.peer.record->sent.empty());
}

TEST_CASE("session: an idle one is small") {
    CHECK(sizeof(session) <= 320);
}

TEST_CASE("session: where too much waits in all of them, those above are told once a turn, at its end") {
    session_fixture at;
    at.settings.max_buffered_bytes_total = 1'000'000;
    buffered_bytes ballast;
    const auto slow = at.open<fake_websocket>();
    slow.record->unsent = 10;
    ballast.set(1'000'001);
    at.loop.turn([&] {
        slow.session->send(content_kind::text, "a");
        slow.session->send(content_kind::text, "b");
        CHECK(at.overloads == 0);
    });
    CHECK(at.overloads == 1);
    slow.record->unsent = 0;
    at.loop.turn([&] { slow.session->send(content_kind::text, "nothing waits here"); });
    CHECK(at.overloads == 1);
    slow.record->unsent = 10;
    ballast.set(0);
    at.loop.turn([&] { slow.session->send(content_kind::text, "c"); });
    CHECK(at.overloads == 1);
}

TEST_CASE("registry: sheds those for which most waits, and no more than it must") {
    session_fixture at;
    at.observed = false;
    const auto none = at.open<fake_websocket>(revision::v4, "none");
    const auto little = at.open<fake_websocket>(revision::v4, "little");
    const auto more = at.open<fake_websocket>(revision::v4, "more");
    const auto most = at.open<fake_websocket>(revision::v4, "most");
    little.record->unsent = 100;
    more.record->unsent = 5'000;
    most.record->unsent = 9'000;
    const std::size_t before = buffered_bytes::total();
    buffered_bytes ballast;
    ballast.set(20'000);
    at.loop.turn([&] { CHECK(at.sessions.shed(1'000, before + 20'000) == 0); });
    CHECK(at.sessions.size() == 4);
    at.loop.turn([&] { CHECK(at.sessions.shed(6'000, before + 10'000) == 1); });
    CHECK(most.record->discarded);
    CHECK(at.sessions.find("most") == nullptr);
    at.loop.turn([&] { CHECK(at.sessions.shed(1'000, before + 10'000) == 1); });
    CHECK(at.sessions.find("more") == nullptr);
    CHECK(at.sessions.find("little") != nullptr);
    CHECK(at.sessions.find("none") != nullptr);
}

TEST_CASE("session: what waits for a poll is counted in memory until it is taken or dropped") {
    const std::size_t before = buffered_bytes::total();
    session_fixture at;
    at.observed = false;
    const auto absent = at.open<fake_polling>();
    at.loop.turn([&] { absent.session->send(content_kind::text, std::string(100'000, 'x')); });
    CHECK(buffered_bytes::total() >= before + 100'000);
    at.loop.turn([&] { absent.session->close(true); });
    CHECK(buffered_bytes::total() == before);
}

}  // namespace session_test
