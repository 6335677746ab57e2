#include <kedge/socketio/core/hub.hpp>

#include <doctest/doctest.h>

#include <test/socketio/world.hpp>

namespace hub_test {

using namespace kedge;
using namespace kedge::testing;
using kedge::socket;

namespace {

/// A world that writes down its log: the event and the facts of each line.
struct talkative {
    lines said;
    world all{[this](hub_settings& settings) {
        settings.log = [this](const log_record& line) {
            CHECK(line.level == log_level::warning);
            std::string text(line.event);
            for (const auto& [name, fact] : line.fields) {
                if (name != "socket") text.append(" ").append(name).append("=").append(fact);
            }
            said.push_back(text);
        };
    }};
};

}  // namespace

TEST_CASE("an event for which there is no handler is said in the log") {
    talkative some;
    some.all.of().on_connection([](const socket& one) { one.on("known", [] {}); });
    auto one = some.all.open();
    one.send("40");
    one.send(R"(42["known"])");
    CHECK(some.said.empty());
    one.send(R"(42["knwon",1])");
    CHECK(some.said == lines{"an event without a handler event=knwon namespace=/"});
}

TEST_CASE("a handler of the namespace, or one of all events, hears what no other does") {
    talkative some;
    int heard = 0;
    some.all.of().on_event("shared", [&](const socket&) { ++heard; });
    some.all.of("watched").on_connection(
        [&](const socket& one) { one.on_any([&](std::string_view, const arguments&) { ++heard; }); });
    auto one = some.all.open();
    one.send("40");
    one.send(R"(42["shared"])");
    one.send("40/watched");
    one.send(R"(42/watched,["anything"])");
    CHECK(heard == 2);
    CHECK(some.said.empty());
}

TEST_CASE("a namespace that does not exist is said in the log") {
    talkative some;
    some.all.open().send("40/nope");
    CHECK(some.said == lines{"a namespace that does not exist namespace=/nope"});
}

TEST_CASE("a client that causes such lines cannot fill the log") {
    talkative some;
    some.all.of();
    auto one = some.all.open();
    one.send("40");
    for (int i = 0; i < 1000; ++i) one.send(R"(42["nothing"])");
    CHECK(some.said.size() >= 5);
    CHECK(some.said.size() < 50);  // five a second, however slow this machine is
}

}  // namespace hub_test
