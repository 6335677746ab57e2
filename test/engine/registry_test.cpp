#include <kedge/engine/registry.hpp>

#include <doctest/doctest.h>

#include <algorithm>

#include <test/engine/session_fixture.hpp>

namespace registry_test {

using namespace kedge::engine;
using namespace kedge::testing;

TEST_CASE("registry: finds sessions by sid, and closed ones no more") {
    session_fixture test;
    const auto a = test.open<fake_websocket>(revision::v4, "a");
    const auto b = test.open<fake_polling>(revision::v3, "b");
    CHECK(test.sessions.size() == 2);
    CHECK(test.sessions.find("a") == a.session);
    CHECK(test.sessions.find("b") == b.session);
    for (const char* foreign : {"", "c", "__proto__", "constructor"})
        CHECK(test.sessions.find(foreign) == nullptr);
    a.session->close();
    CHECK(test.sessions.find("a") == nullptr);
    CHECK(test.sessions.size() == 1);
    test.loop.end_turn();
    CHECK(test.sessions.find("b") == b.session);
}

TEST_CASE("registry: counts") {
    session_fixture test;
    const auto a = test.open<fake_websocket>(revision::v4, "a");
    const auto b = test.open<fake_polling>(revision::v3, "b");
    const auto& counters = test.sessions.counters();
    CHECK(counters.opened == 2);
    CHECK(counters.live(transport_kind::websocket, revision::v4) == 1);
    CHECK(counters.live(transport_kind::polling, revision::v3) == 1);
    CHECK(counters.packets_out == 2);
    a.session->send(content_kind::text, "x");
    CHECK(counters.packets_out == 3);
    a.session->close();
    test.loop.turn([&] { b.transport->receive("x"); });
    CHECK(counters.closed[static_cast<std::size_t>(close_reason::forced_close)] == 1);
    CHECK(counters.closed[static_cast<std::size_t>(close_reason::parse_error)] == 1);
    CHECK(counters.live() == 0);
}

TEST_CASE("registry: close_all closes all, as the server does when it ends") {
    session_fixture test;
    const auto websocket = test.open<fake_websocket>(revision::v4, "a");
    const auto polling = test.open<fake_polling>(revision::v4, "b");
    const auto away = test.open<fake_polling>(revision::v4, "c");
    test.loop.turn([&] { polling.transport->poll(); });
    test.loop.turn([&] { test.sessions.close_all(true); });
    CHECK(test.sessions.size() == 0);
    CHECK(websocket.record->closed);
    CHECK(polling.record->last() == "1");
    CHECK(away.record->discarded);
    CHECK(std::count(test.log->begin(), test.log->end(), "close forced close") == 3);
}

TEST_CASE("registry: while visiting, sessions may be closed") {
    session_fixture test;
    for (const char* sid : {"a", "b", "c"}) test.open<fake_websocket>(revision::v4, sid);
    int visited = 0;
    test.loop.turn([&] {
        test.sessions.each([&](session& which) {
            ++visited;
            which.close();
        });
    });
    CHECK(visited == 3);
    CHECK(test.sessions.size() == 0);
}

TEST_CASE("registry: a sid that is taken closes its holder") {
    session_fixture test;
    const auto first = test.open<fake_websocket>();
    const auto second = test.open<fake_websocket>();
    CHECK(first.record->closed);
    CHECK(test.log->at(0) == "close forced close");
    CHECK(test.sessions.find("sid") == second.session);
}

TEST_CASE("registry: what the connection handler throws closes the session and goes on") {
    struct thrower final : handler {
        std::unique_ptr<session_handler> on_connection(session&) override { throw 7; }
    };
    fake_loop loop;
    options settings;
    thrower above;
    registry sessions(loop, settings, above);
    auto transport = std::make_unique<fake_websocket>();
    const auto record = transport->record();
    CHECK_THROWS(sessions.open("a", revision::v4, nullptr, std::move(transport)));
    CHECK(sessions.size() == 0);
    CHECK(record->closed);
    loop.end_turn();
}

TEST_CASE("registry: its end takes everything along without a word") {
    auto test = std::make_unique<session_fixture>();
    const auto log = test->log;
    const auto live = test->open<fake_polling>(revision::v4, "a");
    const auto closing = test->open<fake_websocket>(revision::v4, "b");
    const auto probing = test->probe(*live.session);
    closing.session->close();
    live.session->send(content_kind::text, "x");
    test.reset();
    CHECK(live.record->destroyed);
    CHECK(closing.record->destroyed);
    CHECK(probing.record->destroyed);
    CHECK(std::count(log->begin(), log->end(), "destroyed") == 2);
}

}  // namespace registry_test
