// Applications that throw whatever they like, from whatever they are called in: what must happen happens.
#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include <test/socketio/careless.hpp>

namespace careless_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

TEST_CASE("a log function that throws keeps no socket from leaving") {
    world all(log_badly);
    const auto ends = note_ends(all.of());
    SUBCASE("an undecodable packet") {
        all.join().send("4x");
    }
    SUBCASE("a broken rule") {
        all.join().send("42/elsewhere,[\"x\"]");
    }
    SUBCASE("nothing was joined in time") {
        all.of("/other");
        auto one = all.open();
        all.loop.advance(46s);
        CHECK(one.closed());
        all.join().vanish();
    }
    CHECK(ends->size() == 1);
    CHECK(all.of().sockets().empty());
    CHECK(all.of().room_list().empty());
    CHECK(all.sessions->size() == 0);
}

TEST_CASE("handlers that throw, and report to handlers and logs that throw") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        std::optional<socket> here;
        int passed = 0;
        all.of().on_error([&](const socket&, const socket_error&) { each.act(); });
        all.of().on_event("x", [&](const socket&) { each.act(); });
        all.of().on_connection([&](const socket&) { each.act(); });
        all.of().on_connection([&](const socket& one) {
            here = one;
            one.on("x", [&] { each.act(); });
            one.on("x", [&]() -> int {
                each.act();
                return 1;
            });
            one.on("x", [&] { ++passed; });
            one.on_any([&](std::string_view, const arguments&) { each.act(); });
            one.on_any_outgoing([&](std::string_view, const arguments&) { each.act(); });
            one.on_error([&](const socket_error&) { each.act(); });
            one.on_disconnecting([&](disconnect_reason) { each.act(); });
            one.on_disconnect([&](disconnect_reason) { each.act(); });
            one.on_disconnect([&](disconnect_reason) { passed += 10; });
        });
        auto there = all.join();
        there.send({R"(42["x"])", R"(42["x"])"});
        CHECK(passed == 2);
        here->emit("q", [&](const value&) { each.act(); });
        here->timeout(1s).emit("q", [&](ack_error, const value&) { each.act(); });
        here->timeout(1s).emit("q", [&](ack_error error) { passed += error ? 100 : 0; });
        here->emit_with_ack("q").then([&](ack_error, const value&) { each.act(); });
        CHECK(there.got().size() == 4);
        there.send(R"(430["answer"])");
        all.loop.advance(2s);
        CHECK(passed == 102);
        here->post([&] { each.act(); });
        here->after(1ms, [&] { each.act(); });
        here->post([&] { passed += 1000; });
        all.loop.run_posted();
        all.loop.advance(1ms);
        there.vanish();
        CHECK(passed == 1112);
        CHECK(all.of().sockets().empty());
    }
}

TEST_CASE("the middlewares of a namespace that throw: before they answer they refuse, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        all.of("/before").use([&](const socket&, const next&) { each.act(); });
        all.of("/after").use([&](const socket&, const next& go_on) {
            go_on();
            each.act();
        });
        all.of("/refused").use([&](const socket&, const next& go_on) {
            go_on(connect_error("no"));
            each.act();
        });
        std::optional<next> kept;
        all.of("/kept").use([&](const socket&, const next& go_on) {
            kept = go_on;
            each.act();
        });
        auto one = all.open();
        one.send("40/before,");
        CHECK(one.got() == lines{R"(44/before,{"message":"internal server error"})"});
        one.send("40/after,");
        CHECK(one.got().at(0).starts_with(R"(40/after,{"sid")"));
        one.send("40/refused,");
        CHECK(one.got() == lines{R"(44/refused,{"message":"no"})"});
        one.send("40/kept,");
        CHECK(one.got() == lines{R"(44/kept,{"message":"internal server error"})"});
        all.loop.turn([&] { (*kept)(); });
        CHECK(one.got().empty());
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("a predicate that throws: before it answers it refuses, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        std::string looked_at;
        all.above->add_parent([&](const std::string& name, const value& auth, const verdict& answer) {
            if (name == "/later") return;
            if (name == "/yes") answer(true);
            if (name == "/no") answer(false);
            looked_at = name + auth.to_json();  // which it may do when it has answered
            each.act();
        });
        auto one = all.open();
        one.send("40/yes,");
        CHECK(one.got() == lines{R"(40/yes,{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
        CHECK(looked_at.starts_with("/yes"));
        one.send("40/no,");
        CHECK(one.got() == lines{R"(44/no,{"message":"Invalid namespace"})"});
        one.send("40/mute,");
        CHECK(one.got() == lines{R"(44/mute,{"message":"Invalid namespace"})"});
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("who hears of a new namespace may send away the client that it was made for") {
    world all(log_badly);
    all.above->add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); });
    std::optional<socket> here;
    all.of().on_connection([&](const socket& one) { here = one; });
    all.above->new_namespace_handlers().change([&](auto& list) {
        list.push_back(std::make_shared<namespaces::new_namespace_handler>(
            [&](const hub::nsp_ptr&) { here->conn().close(true); }));
    });
    auto one = all.join();
    one.send("40/made,");
    CHECK(one.closed());
    CHECK(all.of("/made").sockets().empty());
}

TEST_CASE("middlewares of a socket that throw, before and behind the answer") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        lines heard;
        all.of().on_connection([&](const socket& one) {
            one.use([&](const event& passed, const next& go_on) {
                if (passed.name == "after") go_on();
                each.act();
            });
            one.on("after", [&] { heard.emplace_back("after"); });
            one.on("before", [&] { heard.emplace_back("before"); });
        });
        auto one = all.join();
        one.send({R"(42["before"])", R"(42["after"])"});
        CHECK(heard == lines{"after"});
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("completions, hooks of rooms and handlers of server events that throw cost nobody else anything") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        all.of().on_room_events({.on_create_room = [&](std::string_view) { each.act(); },
                                 .on_join_room = [&](std::string_view, std::string_view) { each.act(); },
                                 .on_leave_room = [&](std::string_view, std::string_view) { each.act(); },
                                 .on_delete_room = [&](std::string_view) { each.act(); }});
        auto one = all.join();
        all.of().sockets_join("red");
        CHECK(all.of().room_list().size() == 2);
        int completed = 0;
        const auto complete = [&](const auto&...) {
            ++completed;
            each.act();
        };
        all.of().fetch_sockets().then(complete);
        all.of().all_sockets().then(complete);
        all.of().timeout(1s).emit_with_ack("q").then(complete);
        all.of().server_side_emit_with_ack("s").then(complete);
        one.send(R"(430["answer"])");
        CHECK(completed == 4);
        all.of().sockets_leave("red");
        CHECK(all.of().room_list().size() == 1);
        one.vanish();
        CHECK(all.of().room_list().empty());
    }
}

}  // namespace careless_test
