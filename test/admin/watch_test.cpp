#include <kedge/admin/watch.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <kedge/admin/census.hpp>
#include <kedge/admin/snapshot.hpp>

#include <test/socketio/world.hpp>

namespace watch_test {

using namespace kedge;
using namespace kedge::testing;
using kedge::socket;

namespace {

/// A world that an operator looks at.
struct watched_world : world {
    watched_world() {
        shown->count_operators();
        admin::watch(shown, of());
        admin::watch(shown, of("/admin"));
        oper.send("40/admin,");
        sees();
    }

    /// What the operator was told since the last look, the times left out; of sockets only their ids.
    std::vector<std::string> sees() {
        loop.run_posted();
        std::vector<std::string> told;
        for (const auto& line : oper.got()) {
            if (!line.starts_with("42/admin,")) continue;
            const auto all = value::parse(std::string_view(line).substr(9));
            REQUIRE(all);
            std::string text(std::as_const(*all)[0].as_string());
            for (std::size_t i = 1; i < all->size(); ++i) {
                const value& part = std::as_const(*all)[i];
                if (text == "socket_connected" && i == 1) last = part;
                if (i + 1 == all->size() && part.as_string().ends_with('Z')) continue;
                text += ' ' + (part["handshake"].is_object() ? part["id"] : part).to_json();
            }
            told.push_back(std::move(text));
        }
        return told;
    }

    std::shared_ptr<admin::page> shown = std::make_shared<admin::page>(of("/admin"));
    peer oper = open();
    value last;  // socket that came
};

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

}  // namespace

TEST_CASE("an operator sees a socket come, speak and be spoken to, and go, its rooms last") {
    watched_world all;
    all.of().on_connection([](const socket& one) {
        one.emit("welcome", 1);
        one.on("say", [](const std::string&) { return "ok"; });
    });
    auto client = all.join();
    const auto came = all.sees();
    const auto id = std::string(all.last["id"].as_string());
    REQUIRE(!id.empty());
    CHECK(came == lines{"room_joined \"/\" " + quoted(id) + ' ' + quoted(id),
                        "socket_connected " + quoted(id),
                        "event_sent \"/\" " + quoted(id) + " [\"welcome\",1]"});
    client.send(R"(420["say","hello"])");
    CHECK(all.sees() == lines{"event_received \"/\" " + quoted(id) + " [\"say\",\"hello\"]"});
    all.of().to("nobody").emit("x");
    all.of().emit("news", "a", 2);
    CHECK(all.sees() == lines{"event_sent \"/\" " + quoted(id) + " [\"news\",\"a\",2]"});
    client.send("41");
    CHECK(all.sees() == lines{"socket_disconnected \"/\" " + quoted(id) + " \"client namespace disconnect\"",
                              "room_left \"/\" " + quoted(id) + ' ' + quoted(id)});
}

TEST_CASE("a socket is shown as the reference shows it") {
    watched_world all;
    const std::array<engine::header_field, 2> headers{
        {{"user-agent", "test"}, {"x-forwarded-for", "1.2.3.4"}}};
    all.first = std::make_shared<engine::request>("GET", "/socket.io/?EIO=4&transport=websocket", 1, headers,
                                                  engine::origin{}, false);
    all.of().use([](const socket& one, const next& go_on) {
        one.data("name", "Ada");
        go_on();
    });
    auto client = all.join(R"(40{"token":"secret"})");
    all.sees();
    const value& seen = all.last;
    lines names;
    for (const auto& each : seen.as_object()) names.push_back(each.key);
    CHECK(names == lines{"id", "clientId", "transport", "nsp", "data", "handshake", "rooms"});
    CHECK(seen["clientId"] == value("session2"));
    CHECK(seen["transport"] == value("websocket"));
    CHECK(seen["data"] == value::object({{"name", "Ada"}}));
    CHECK(seen["rooms"] == value::array({seen["id"]}));
    const value& from = seen["handshake"];
    CHECK(from["address"] == value("1.2.3.4"));
    CHECK(from["headers"]["user-agent"] == value("test"));
    CHECK(from["query"]["EIO"] == value("4"));
    CHECK_FALSE(from.contains("auth"));
    CHECK(from.size() == 8);
    CHECK(seen.to_json().find("secret") == std::string::npos);
}

TEST_CASE("data that has changed is told of, once a turn, and the program may do with it what it likes") {
    watched_world all;
    socket one;
    all.of().on_connection([&](const socket& came) { one = came; });
    auto client = all.join();
    const auto id = (all.sees(), one.id());
    one.data("a", 1);
    one.data("b", 2);
    CHECK(all.sees() == lines{R"(socket_updated {"id":")" + id + R"(","nsp":"/","data":{"a":1,"b":2}})"});
    CHECK(one.data("a") == value(1));
    one.data()["a"] = 1;
    CHECK(all.sees().empty());
    one.data() = value::object({{"c", 3}});
    CHECK(all.sees() == lines{R"(socket_updated {"id":")" + id + R"(","nsp":"/","data":{"c":3}})"});
    CHECK(one.data().contains("_admin"));
    one.data() = value(5);
    CHECK(all.sees() == lines{R"(socket_updated {"id":")" + id + R"(","nsp":"/","data":{}})"});
    CHECK(one.data() == value(5));
}

TEST_CASE("a client that upgrades is told of") {
    watched_world all;
    auto client = all.open<fake_polling>();
    client.send("40");
    all.sees();
    CHECK(all.last["transport"] == value("polling"));
    auto made = std::make_unique<fake_websocket>();
    auto& to = *made;
    all.loop.turn([&] { all.sessions->upgrade(client.session(), std::move(made)); });
    all.loop.turn([&] { to.receive("2probe"); });
    all.loop.turn([&] { client.transport().poll(); });
    all.loop.turn([&] { to.receive("5"); });
    const auto id = std::string(all.last["id"].as_string());
    CHECK(all.sees() == lines{R"(socket_updated {"id":")" + id + R"(","nsp":"/","transport":"websocket"})"});
    CHECK(all.of().find_socket(id).data()["_admin"]["transport"] == value("websocket"));
    CHECK(all.sees().empty());
}

TEST_CASE("rooms that sockets join and leave are told of") {
    watched_world all;
    all.of().on_connection([](const socket& one) {
        one.on("enter", [one](const std::string& room) { one.join(room); });
        one.on("leave", [one](const std::string& room) { one.leave(room); });
    });
    auto client = all.join();
    all.sees();
    const auto id = std::string(all.last["id"].as_string());
    client.send(R"(42["enter","red"])");
    CHECK(all.sees()[1] == "room_joined \"/\" \"red\" " + quoted(id));
    client.send(R"(42["leave","red"])");
    CHECK(all.sees()[1] == "room_left \"/\" \"red\" " + quoted(id));
}

TEST_CASE("what operators are told is not told of, but they are sockets themselves") {
    watched_world all;
    auto second = all.open();
    second.send("40/admin,");
    const auto told = all.sees();
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("room_joined \"/admin\""));
    CHECK(told[1].starts_with("socket_connected"));
    second.send(R"(42/admin,["x"])");
    CHECK(all.sees().empty());
}

TEST_CASE("the watch is none of the program's handlers") {
    watched_world all;
    std::vector<std::string> hints;
    socket one;
    int heard = 0;
    all.of().on_connection([&](const socket& came) {
        one = came;
        CHECK(one.listeners_any() == 0);
        one.on_any([&](std::string_view, const arguments&) { ++heard; });
        CHECK(one.listeners_any() == 1);
        one.off_any();
        one.off(listener{});
        one.off_any_outgoing();
        CHECK(one.listeners_any() == 0);
        CHECK(one.listeners_any_outgoing() == 0);
    });
    auto client = all.join();
    all.sees();
    client.send(R"(42["x"])");
    one.emit("y");
    CHECK(heard == 0);
    CHECK(all.sees().size() == 2);
}

TEST_CASE("an event without a handler is still said to have none") {
    lines logged;
    world all(
        [&](hub_settings& to) { to.log = [&](const log_record& line) { logged.emplace_back(line.event); }; });
    admin::watch(std::make_shared<admin::page>(all.of("/admin")), all.of());
    auto client = all.join();
    client.send(R"(42["x"])");
    CHECK(logged == lines{"an event without a handler"});
}

TEST_CASE("nothing is made for operators while there are none") {
    world all;
    const auto shown = std::make_shared<admin::page>(all.of("/admin"));
    shown->count_operators();
    CHECK_FALSE(shown->watched());
    auto oper = all.open();
    oper.send("40/admin,");
    CHECK(shown->watched());
    oper.send("41/admin,");
    CHECK_FALSE(shown->watched());
    oper.send("40/admin,");
    oper.vanish();
    CHECK_FALSE(shown->watched());
}

TEST_CASE("who comes is shown all sockets, each newcomer as they are then") {
    watched_world all;
    const auto looking = std::make_shared<admin::census>([&] {
        return std::vector<nsp>{all.of(), all.of("/admin")};
    });
    auto client = all.join();
    all.sees();
    std::vector<socket> operators = all.of("/admin").sockets();
    REQUIRE(operators.size() == 1);
    looking->show(operators.front());
    const auto told = all.oper.got();
    REQUIRE(told.size() == 1);
    const auto said = value::parse(std::string_view(told.front()).substr(9));
    REQUIRE(said);
    const value& sockets = std::as_const(*said)[1];
    CHECK(sockets.size() == 2);
    CHECK(std::as_const(sockets)[0]["clientId"] == value("session2"));
    CHECK(std::as_const(sockets)[1]["nsp"] == value("/admin"));
    CHECK(std::as_const(sockets)[1]["rooms"].size() == 1);
    CHECK_FALSE(std::as_const(sockets)[0]["data"].contains("_admin"));
}

TEST_CASE("moments are written as JavaScript writes them") {
    using namespace std::chrono;
    CHECK(admin::iso_time(system_clock::time_point(milliseconds(1'763'691'984'007))) ==
          "2025-11-21T02:26:24.007Z");
    CHECK(admin::iso_time({}) == "1970-01-01T00:00:00.000Z");
}

}  // namespace watch_test
