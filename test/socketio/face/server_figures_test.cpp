#include <kedge/socketio/face/server_figures.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include <kedge/socketio/events/next.hpp>
#include <test/socketio/world.hpp>

namespace server_figures_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;
using transports::figure;

namespace {

/// The figure whose labels end in this, or of that name alone.
std::optional<figure> find(const world& in, std::string_view name, std::string_view end = "") {
    for (const figure& each : figures_of(in.above)())
        if (each.name == name && each.labels.ends_with(end)) return each;
    return std::nullopt;
}
std::uint64_t number(const world& in, std::string_view name, std::string_view end = "") {
    const auto found = find(in, name, end);
    REQUIRE(found);
    return found->value;
}
std::uint64_t timed(const world& in) {
    const auto found = find(in, "handler_seconds");
    REQUIRE(found);
    std::uint64_t sum = 0;
    for (const auto each : found->times->counts) sum += each;
    return sum;
}

}  // namespace

TEST_CASE("sockets are counted by namespace, while they are in") {
    world all;
    all.of("/news");
    auto one = all.join();
    auto other = all.join();
    other.send("40/news,");
    CHECK(number(all, "sockets", R"(namespace="/")") == 2);
    CHECK(number(all, "sockets", R"(namespace="/news")") == 1);
    other.vanish();
    CHECK(number(all, "sockets", R"(namespace="/")") == 1);
    CHECK(number(all, "sockets", R"(namespace="/news")") == 0);
    CHECK(number(all, "sockets_opened_total", R"(worker="0")") == 3);
}

TEST_CASE("names that clients choose make no more than a hundred lines; the others stand together") {
    world all;
    const nsp parent(all.above->add_parent(
        [](const std::string&, const kedge::value&, const verdict& answer) { answer(true); }));
    auto one = all.open();
    for (int i = 0; i < 120; ++i) one.send("40/" + std::to_string(i) + ',');
    std::size_t count = 0;
    for (const figure& each : figures_of(all.above)()) count += each.name == "sockets";
    CHECK(count == 101);
    CHECK(number(all, "sockets", R"_(namespace="(others)")_") == 20);
}

TEST_CASE("events are counted as they come and go, a broadcast for each that it is sent to") {
    world all;
    all.of().on_connection(
        [](const socket& each) { each.on("ask", [](const socket& from) { from.emit("told", 1); }); });
    auto one = all.join();
    auto other = all.join();
    one.send({R"(42["ask"])", R"(42["nobody hears"])"});
    all.loop.turn([&] { all.of().emit("news"); });
    CHECK(number(all, "events_received_total") == 2);
    CHECK(number(all, "events_unheard_total") == 1);
    CHECK(number(all, "events_sent_total") == 3);
}

TEST_CASE("the time of handlers is taken of one event in seventeen") {
    world all;
    all.of().on_connection([](const socket& each) { each.on("ask", [] {}); });
    auto one = all.join();
    for (int i = 0; i < 18; ++i) one.send(R"(42["ask"])");
    CHECK(timed(all) == 2);
}

TEST_CASE("what goes wrong is counted by its cause") {
    world all;
    all.of().on_connection([](const socket& each) {
        each.on("throw", [] { throw std::runtime_error("no"); });
        each.on("number", [](int) {});
        each.timeout(10ms).emit("answer me", [](ack_error) {});
    });
    auto one = all.join();
    one.send({R"(42["throw"])", R"(42["number","x"])"});
    all.loop.advance(20ms);
    CHECK(number(all, "socket_errors_total", R"(cause="exception")") == 1);
    CHECK(number(all, "socket_errors_total", R"(cause="wrong_argument")") == 1);
    CHECK(number(all, "socket_errors_total", R"(cause="too_many_acks")") == 0);
    CHECK(number(all, "acks_timed_out_total") == 1);
}

TEST_CASE("of a broadcast each answer is counted that does not come in time") {
    world all;
    auto one = all.join();
    auto other = all.join();
    auto third = all.join();
    std::size_t came = 0;
    all.loop.turn([&] {
        all.of().timeout(10ms).emit(
            "poll", [&](ack_error, const std::vector<value>& answers) { came = answers.size(); });
    });
    one.send("430[1]");
    CHECK(number(all, "acks_timed_out_total") == 0);
    all.loop.advance(20ms);
    CHECK(came == 1);
    CHECK(number(all, "acks_timed_out_total") == 2);
}

TEST_CASE("who is not let in is counted by who refused") {
    world all;
    all.of("/closed").use([](const socket&, const next& go_on) { go_on(connect_error("no")); });
    auto one = all.open();
    one.send({"40/closed,", "40/nowhere,"});
    CHECK(number(all, "sockets_refused_total", R"(by="middleware")") == 1);
    CHECK(number(all, "sockets_refused_total", R"(by="unknown_namespace")") == 1);
    CHECK(number(all, "sockets_opened_total") == 0);
}

TEST_CASE("who comes back is counted by what became of it") {
    world all([](hub_settings& made) { made.recovery = recovery_options(); });
    auto one = all.open();
    one.send("40");
    const std::string greeting = one.got().front();
    const auto at = greeting.find(R"("pid":")");
    const std::string pid = greeting.substr(at, greeting.find('"', at + 7) + 1 - at);
    one.vanish();
    all.open().send("40{" + pid + "}");
    all.open().send(R"(40{"pid":"never heard of","offset":"x"})");
    CHECK(number(all, "recoveries_total", R"(outcome="recovered")") == 1);
    CHECK(number(all, "recoveries_total", R"(outcome="came_anew")") == 1);
    CHECK(number(all, "recoveries_total", R"(outcome="fell_behind")") == 0);
}

TEST_CASE("figures outlive the server") {
    transports::figure_source kept;
    {
        world all;
        auto one = all.join();
        kept = figures_of(all.above);
    }
    CHECK_FALSE(kept().empty());
}

}  // namespace server_figures_test
