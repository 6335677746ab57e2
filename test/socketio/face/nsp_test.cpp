#include <kedge/socketio/face/nsp.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

#include <doctest/doctest.h>

#include <kedge/socketio/face/pattern.hpp>

#include <test/socketio/world.hpp>

namespace nsp_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

nsp add_parent(world& all, std::string prefix) {
    return nsp(all.above->add_parent([prefix](const std::string& name, const value&, const verdict& answer) {
        answer(name.starts_with(prefix));
    }));
}

/// One of everything that can be registered on a namespace, each with a handle to the namespace itself.
void register_all(const nsp& on, const std::shared_ptr<int>& held) {
    on.use([on, held](const socket&, const next& go_on) { go_on(); });
    on.on_connection([on, held](const socket&) {});
    on.on_error([on, held](const socket&, const socket_error&) {});
    on.on_event("x", [on, held](const socket&) {});
    on.on("y", [on, held] {});
    const auto hook = [on, held](std::string_view) {};
    on.on_room_events(
        {.on_create_room = hook, .on_join_room = {}, .on_leave_room = {}, .on_delete_room = hook});
}

}  // namespace

TEST_CASE("a missing slash is added, and a name means one namespace") {
    world all;
    CHECK(all.of("adm").name() == "/adm");
    CHECK(all.of("/adm") == all.of("adm"));
    CHECK(all.of("") == all.of("/"));
}

TEST_CASE("parents are asked in order, with name and auth; the first that allows makes the child") {
    world all;
    lines asked;
    const auto parent = [&](const std::string& tag, bool allow) {
        return nsp(all.above->add_parent(
            [&asked, tag, allow](const std::string& name, const value& auth, const verdict& answer) {
                asked.push_back(tag + name + auth.to_json());
                answer(allow);
            }));
    };
    parent("1", false);
    const auto second = parent("2", true);
    parent("3", true);
    lines entered;
    second.on_connection([&](const socket& one) { entered.push_back(one.nsp().name()); });
    auto one = all.open();
    one.send(R"(40/x,{"a":1})");
    CHECK(asked == lines{"1/x{\"a\":1}", "2/x{\"a\":1}"});
    CHECK(entered == lines{"/x"});
    CHECK(one.got() == lines{R"(40/x,{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
    auto two = all.open();
    two.send("40/x,");
    CHECK(asked.size() == 2);
    CHECK(entered.size() == 2);
}

TEST_CASE("a predicate may answer later; a client that has gone meanwhile makes nothing") {
    world all;
    std::vector<verdict> waiting;
    const nsp parent(all.above->add_parent(
        [&](const std::string&, const value&, const verdict& answer) { waiting.push_back(answer); }));
    auto one = all.open();
    auto two = all.open();
    one.send("40/a,");
    two.send("40/b,");
    two.vanish();
    all.loop.turn([&] {
        waiting[1](true);
        waiting[0](true);
    });
    CHECK(one.got().size() == 1);
    CHECK(parent.state()->children().size() == 1);
}

TEST_CASE("a child has its parent's middlewares and handlers of the moment it is made") {
    world all;
    const auto parent = add_parent(all, "/room");
    lines order;
    all.above->new_namespace_handlers().change([&](auto& handlers) {
        handlers.push_back(std::make_shared<namespaces::new_namespace_handler>(
            [&](const hub::nsp_ptr& made) { order.push_back("new " + made->name()); }));
    });
    parent.use([&](const socket&, const next& go_on) {
        order.emplace_back("use");
        go_on();
    });
    parent.on_connection([&](const socket&) { order.emplace_back("connection"); });
    parent.on_event("x", [&](const socket& from) { order.push_back("x in " + from.nsp().name()); });
    auto one = all.open();
    one.send("40/room1,");
    one.send(R"(42/room1,["x"])");
    CHECK(order == lines{"new /room1", "use", "connection", "x in /room1"});
    parent.on_connection([&](const socket&) { order.emplace_back("second"); });
    auto two = all.open();
    two.send("40/room1,");
    CHECK(order.back() == "connection");
    two.send("40/room2,");
    CHECK(order.back() == "second");
}

TEST_CASE("what is emitted to a parent reaches all children") {
    world all;
    const auto parent = add_parent(all, "/room");
    auto one = all.open();
    one.send("40/room1,");
    one.send("40/room2,");
    one.ignore();
    all.loop.turn([&] { parent.emit("x", 1); });
    CHECK(one.got() == lines{R"(42/room1,["x",1])", R"(42/room2,["x",1])"});
    all.loop.turn([&] { parent.to("nobody").emit("x"); });
    CHECK(one.got().empty());
    CHECK_THROWS_WITH_AS((void)parent.fetch_sockets(),
                         "fetch_sockets() is not supported on parent namespaces", std::logic_error);
    CHECK_THROWS_AS((void)parent.timeout(1s).emit_with_ack("x"), std::logic_error);
    all.loop.turn([&] { parent.disconnect_sockets(); });
    CHECK(one.got() == lines{"41/room1,", "41/room2,"});
}

TEST_CASE("a namespace made by name becomes the child of a pattern that matches") {
    world all;
    const nsp parent(all.above->add_parent(
        [](const std::string&, const value&, const verdict& answer) { answer(false); }));
    const pattern numbers("^/n-\\d+$");
    all.above->add_pattern_parent(parent.state(),
                                  [numbers](std::string_view name) { return numbers.matches(name); });
    int entered = 0;
    parent.on_connection([&](const socket&) { ++entered; });
    all.of("/n-1");
    all.of("/other");
    auto one = all.open();
    one.send("40/n-1,");
    one.send("40/other,");
    CHECK(entered == 1);
}

TEST_CASE("empty children go when they are to be cleaned up, and only then") {
    for (const bool cleaned : {false, true}) {
        CAPTURE(cleaned);
        world all([&](hub_settings& settings) { settings.cleanup_empty_child_namespaces = cleaned; });
        const auto parent = add_parent(all, "/room");
        bool refuse = false;
        parent.use([&](const socket&, const next& go_on) { refuse ? go_on(connect_error("no")) : go_on(); });
        auto one = all.open();
        auto two = all.open();
        one.send("40/room1,");
        two.send("40/room1,");
        one.send("41/room1,");
        CHECK(parent.state()->children().size() == 1);
        two.vanish();
        CHECK(parent.state()->children().size() == (cleaned ? 0 : 1));
        CHECK(all.above->all().size() == (cleaned ? 1 : 2));
        refuse = true;
        one.send("40/room1,");
        CHECK(parent.state()->children().size() == (cleaned ? 0 : 1));
        refuse = false;
        one.ignore();
        one.send("40/room1,");
        CHECK(one.got().front().starts_with("40/room1,"));
    }
}

TEST_CASE("handlers that hold their own namespace go with the server") {
    const auto sentinel = std::make_shared<int>();
    const std::weak_ptr<nsp_state> watched = [&] {
        world all;
        const auto chat = all.of("/chat");
        register_all(chat, sentinel);
        all.join("40/chat,").send("42/chat,[\"x\"]");  // the workers have seen what is registered
        CHECK(sentinel.use_count() > 1);
        return std::weak_ptr(chat.state());
    }();
    CHECK(sentinel.use_count() == 1);
    CHECK(watched.expired());
}

TEST_CASE("a handle that outlives the server registers nothing any more") {
    const auto sentinel = std::make_shared<int>();
    std::optional<nsp> kept;
    {
        world all;
        kept = all.of("/chat");
    }
    register_all(*kept, sentinel);
    CHECK(sentinel.use_count() == 1);
}

TEST_CASE("handlers that hold a cleaned up child go with it, but not while they run") {
    world all([&](hub_settings& settings) { settings.cleanup_empty_child_namespaces = true; });
    const auto parent = add_parent(all, "/room");
    std::weak_ptr<nsp_state> watched;
    bool ran_to_its_end = false;
    all.above->new_namespace_handlers().change([&](auto& handlers) {
        handlers.push_back(std::make_shared<namespaces::new_namespace_handler>([&](const hub::nsp_ptr& made) {
            const nsp child(made);
            watched = made;
            auto mark = std::make_shared<std::string>("still here");
            child.on_event("leave", [child, mark, &ran_to_its_end](const socket& one) {
                one.disconnect();
                ran_to_its_end = *mark == "still here" && child.name() == "/room1";
            });
        }));
    });
    auto one = all.open();
    one.send("40/room1,");
    CHECK_FALSE(watched.expired());
    one.send("42/room1,[\"leave\"]");
    CHECK(ran_to_its_end);
    CHECK(parent.state()->children().empty());
    CHECK(watched.expired());
}

TEST_CASE("sockets and rooms of a namespace, and their events") {
    world all;
    lines told;
    all.of().on_room_events({
        .on_create_room = [&](std::string_view room) { told.push_back("create " + std::string(room)); },
        .on_join_room = [&](std::string_view room,
                            std::string_view) { told.push_back("join " + std::string(room)); },
        .on_leave_room = [&](std::string_view room,
                             std::string_view) { told.push_back("leave " + std::string(room)); },
        .on_delete_room = [&](std::string_view room) { told.push_back("delete " + std::string(room)); },
    });
    all.of().on_connection([](const socket& one) { one.join("red"); });
    auto one = all.join();
    const auto sockets = all.of().sockets();
    REQUIRE(sockets.size() == 1);
    const auto id = sockets[0].id();
    CHECK(all.of().find_socket(id) == sockets[0]);
    CHECK_FALSE(all.of().find_socket("red"));
    CHECK(all.of().room_list() == lines{id, "red"});
    one.vanish();
    CHECK(told == lines{"create " + id, "join " + id, "create red", "join red", "leave " + id, "delete " + id,
                        "leave red", "delete red"});
    CHECK(all.of().sockets().empty());
    CHECK_FALSE(all.of().find_socket(id));
}

TEST_CASE("closing disconnects all for `server shutting down`, without a packet") {
    world all;
    lines reasons;
    for (const char* name : {"/", "/adm"})
        all.of(name).on_connection([&](const socket& one) {
            one.on_disconnect([&](disconnect_reason reason) { reasons.emplace_back(to_string(reason)); });
        });
    auto one = all.join();
    one.send("40/adm,");
    one.ignore();
    bool done = false;
    all.loop.turn([&] { all.above->close([&] { done = true; }); });
    CHECK(done);
    CHECK(reasons == lines{"server shutting down", "server shutting down"});
    CHECK(one.got().empty());
}

}  // namespace nsp_test
