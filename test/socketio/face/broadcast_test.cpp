#include <kedge/socketio/face/broadcast_operator.hpp>

#include <algorithm>
#include <stdexcept>

#include <doctest/doctest.h>

#include <test/socketio/world.hpp>

namespace broadcast_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

/// A world with three clients in "/".
struct crowd {
    crowd() {
        all.of().on_connection([this](const socket& one) { here.push_back(one); });
        for (int i = 0; i < 3; ++i) there.push_back(all.join());
    }
    /// Who got something in a turn: "0 2".
    template <class Act>
    std::string reached(Act&& act) {
        all.loop.turn(act);
        std::string who;
        for (std::size_t i = 0; i < there.size(); ++i) {
            const auto got = there[i].got();
            if (got.empty()) continue;
            CHECK(got.size() == 1);
            who += (who.empty() ? "" : " ") + std::to_string(i);
        }
        return who;
    }

    world all;
    std::vector<socket> here;
    std::vector<peer> there;
};

}  // namespace

TEST_CASE("an event reaches those in any of the rooms, none of those excepted, each once") {
    crowd some;
    const auto io = some.all.of();
    some.here[0].join("red");
    some.here[1].join({"red", "blue"});
    CHECK(some.reached([&] { io.emit("x"); }) == "0 1 2");
    CHECK(some.reached([&] { io.to("red").emit("x"); }) == "0 1");
    CHECK(some.reached([&] { io.in("red").to("blue").emit("x"); }) == "0 1");
    CHECK(some.reached([&] { io.to({"red", "blue"}).except("blue").emit("x"); }) == "0");
    CHECK(some.reached([&] { io.except("red").emit("x"); }) == "2");
    CHECK(some.reached([&] { io.except(some.here[2].id()).emit("x"); }) == "0 1");
    CHECK(some.reached([&] { io.to(some.here[2].id()).emit("x"); }) == "2");
    CHECK(some.reached([&] { io.to("nobody").emit("x"); }).empty());
    CHECK(some.reached([&] { io.local().send("x"); }) == "0 1 2");
}

TEST_CASE("a socket's broadcasts leave itself out") {
    crowd some;
    for (const auto& each : some.here) each.join("red");
    CHECK(some.reached([&] { some.here[0].broadcast().emit("x"); }) == "1 2");
    CHECK(some.reached([&] { some.here[0].to("red").emit("x"); }) == "1 2");
    CHECK(some.reached([&] { some.here[0].to("red").except(some.here[1].id()).emit("x"); }) == "2");
    CHECK(some.reached([&] { some.here[0].to(some.here[0].id()).emit("x"); }).empty());
    CHECK(some.reached([&] { some.here[0].volatile_().to("red").emit("x"); }) == "1 2");
    some.here[1].leave("red");
    CHECK(some.reached([&] { some.here[0].to("red").emit("x"); }) == "2");
}

TEST_CASE("operators are immutable") {
    crowd some;
    some.here[0].join("red");
    some.here[1].join("blue");
    const auto red = some.all.of().to("red");
    const auto both = red.to("blue");
    CHECK(some.reached([&] { red.emit("x"); }) == "0");
    CHECK(some.reached([&] { both.emit("x"); }) == "0 1");
    CHECK(some.reached([&] { both.except("red").emit("x"); }) == "1");
    CHECK(some.reached([&] { both.emit("x"); }) == "0 1");
}

TEST_CASE("a broadcast is encoded once, binary included, for every namespace's own clients") {
    crowd some;
    const auto adm = some.all.of("/adm");
    auto other = some.all.open();
    other.send("40/adm,");
    other.ignore();
    some.all.loop.turn([&] { adm.emit("b", binary("\x01", 1)); });
    CHECK(other.got() == lines{R"(451-/adm,["b",{"_placeholder":true,"num":0}])", "bAQ=="});
    CHECK(some.there[0].got().empty());
}

TEST_CASE("a socket that is still joining receives nothing") {
    crowd some;
    std::vector<next> waiting;
    some.all.of().use([&](const socket& one, const next& go_on) {
        one.join("red");
        waiting.push_back(go_on);
    });
    auto late = some.all.open();
    late.send("40");
    some.all.loop.turn([&] { some.all.of().to("red").emit("x"); });
    CHECK(late.got().empty());
    some.all.loop.turn([&] { waiting[0](); });
    some.all.loop.turn([&] { some.all.of().to("red").emit("x"); });
    CHECK(late.got().size() == 2);
}

TEST_CASE("answers of a broadcast: the first argument of each, under one id") {
    crowd some;
    ack_error error;
    std::vector<value> answers;
    int called = 0;
    const auto done = [&](ack_error what, std::vector<value> got) {
        ++called;
        error = what;
        answers = std::move(got);
    };
    SUBCASE("all answer") {
        some.all.loop.turn([&] { some.all.of().timeout(1s).emit("poll", 1, done); });
        for (auto& each : some.there) CHECK(each.got() == lines{R"(420["poll",1])"});
        some.there[0].send(R"(430["r1","r2"])");
        some.there[0].send(R"(430["twice"])");
        some.there[1].send("430[2]");
        CHECK(called == 0);
        some.there[2].send("430[]");
        CHECK(called == 1);
        CHECK_FALSE(error);
        CHECK(value(answers).to_json() == R"(["r1",2,null])");
    }
    SUBCASE("some are too late") {
        some.all.loop.turn([&] { some.all.of().timeout(1s).emit_with_ack("poll").then(done); });
        some.there[1].send("430[2]");
        some.all.loop.advance(1s);
        CHECK(called == 1);
        CHECK(error.message() == "operation has timed out");
        CHECK(value(answers).to_json() == "[2]");
        some.there[0].send("430[1]");
        CHECK(called == 1);
    }
    SUBCASE("a client that leaves is still waited for") {
        some.all.loop.turn([&] { some.all.of().timeout(1s).emit("poll", done); });
        some.there[0].send("430[1]");
        some.there[1].send("430[2]");
        some.there[2].vanish();
        CHECK(called == 0);
        some.all.loop.advance(1s);
        CHECK(answers.size() == 2);
    }
    SUBCASE("nobody is asked") {
        some.all.loop.turn([&] { some.all.of().to("nobody").timeout(1s).emit("poll", done); });
        CHECK(called == 1);
        CHECK_FALSE(error);
        CHECK(answers.empty());
    }
    SUBCASE("without a time it is refused") {
        CHECK_THROWS_AS(some.all.of().emit("poll", done), std::logic_error);
    }
    some.all.loop.advance(2s);
    CHECK(called <= 1);
}

TEST_CASE("fetch_sockets tells of each; what it finds can be acted upon") {
    crowd some;
    some.here[0].join("red");
    some.here[0].data("name", "Ada");
    std::vector<remote_socket> found;
    some.all.of().in("red").fetch_sockets().then(
        [&](std::vector<remote_socket> got) { found = std::move(got); });
    REQUIRE(found.size() == 1);
    const auto& ada = found[0];
    CHECK(ada.id() == some.here[0].id());
    CHECK(ada.rooms() == lines{some.here[0].id(), "red"});
    CHECK(ada.data()["name"].as_string() == "Ada");
    CHECK(ada.handshake()["auth"].to_json() == "{}");
    CHECK(ada.handshake()["issued"].as_integer() > 0);
    CHECK(some.reached([&] { ada.emit("x", 1); }) == "0");
    value answer;
    some.all.loop.turn([&] {
        ada.timeout(1s).emit(
            "q", [&](ack_error error, value got) { answer = error ? value("failed") : std::move(got); });
    });
    CHECK(some.there[0].got() == lines{R"(420["q"])"});
    some.there[0].send("430[7]");
    CHECK(answer == value(7));
    ada.leave("red");
    ada.join("blue");
    CHECK(some.here[0].rooms() == lines{some.here[0].id(), "blue"});
    some.all.loop.turn([&] { ada.disconnect(); });
    CHECK_FALSE(some.here[0].connected());
}

TEST_CASE("sockets are joined, moved and disconnected together") {
    crowd some;
    const auto io = some.all.of();
    some.here[0].join("red");
    some.here[1].join("red");
    io.in("red").sockets_join({"a", "b"});
    CHECK(some.reached([&] { io.to("b").emit("x"); }) == "0 1");
    io.in("red").sockets_leave("b");
    CHECK(some.reached([&] { io.to("b").emit("x"); }).empty());
    CHECK(some.reached([&] { io.in("a").disconnect_sockets(); }) == "0 1");
    CHECK(io.sockets().size() == 1);
    CHECK(some.reached([&] { io.disconnect_sockets(true); }) == "2");
    CHECK(some.there[2].closed());
    CHECK(io.sockets().empty());
}

TEST_CASE("a disconnect in the middle of a broadcast takes nobody else's event away") {
    crowd some;
    some.here[0].on_disconnect([&] { some.here[1].disconnect(); });
    some.here[0].on_any_outgoing([&](std::string_view, const arguments&) { some.here[0].disconnect(); });
    some.all.loop.turn([&] { some.all.of().emit("x"); });
    CHECK(some.there[2].got() == lines{R"(42["x"])"});
    CHECK_FALSE(some.here[1].connected());
}

TEST_CASE("server_side_emit reaches no other server here, and says so in the log") {
    lines logged;
    world all([&](hub_settings& settings) {
        settings.log = [&](const log_record& line) { logged.emplace_back(line.event); };
    });
    all.of().server_side_emit("hello", 1);
    REQUIRE(logged.size() == 1);
    CHECK(logged[0] == "this adapter does not support the server_side_emit() functionality");
    int called = 0;
    all.of().server_side_emit_with_ack("hello").then(
        [&](ack_error error, const std::vector<value>& answers) { called += !error && answers.empty(); });
    CHECK(called == 1);
    CHECK_THROWS_AS(all.of().server_side_emit("connection"), std::invalid_argument);
}

TEST_CASE("events of the server reach handlers of on()") {
    world all;
    lines heard;
    all.of().on("hello", [&](std::string name) { heard.push_back(name); });
    value sent = value::array({"Ada"});
    tape laid_out;
    sent.write(laid_out);
    all.of().state()->raise("hello", laid_out.root().as_array(), nullptr);
    CHECK(heard == lines{"Ada"});
}

}  // namespace broadcast_test
