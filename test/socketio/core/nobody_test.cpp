#include <kedge/socketio/core/nobody.hpp>

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <doctest/doctest.h>
#include <kedge/socketio/face/asio.hpp>

#include <test/socketio/world.hpp>

namespace nobody_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;

TEST_CASE("the calls of an empty socket do nothing") {
    const kedge::socket none;
    CHECK_FALSE(none);
    CHECK(none == kedge::socket());
    CHECK(none.id().empty());
    CHECK(none.disconnected());
    CHECK_FALSE(none.recovered());
    CHECK(none.rooms().empty());
    CHECK(none.request() == nullptr);
    CHECK(none.handshake().query["x"].empty());
    CHECK(none.handshake().auth == value::object());
    CHECK(none.conn().id().empty());
    none.conn().on_packet([](const conn_packet&) {});
    none.conn().close();
    none.data("name", 1);
    CHECK(none.data("name").is_null());
    int called = 0;
    const auto call = [&](auto&&...) { ++called; };
    none.emit("x", 1);
    none.emit("x", [&](ack_error) { ++called; });
    none.send("x");
    none.emit_with_ack("x").then(call);
    none.timeout(1s).emit("x", [&](ack_error) { ++called; });
    none.volatile_().compress(false).emit("x");
    none.broadcast().emit("x");
    none.to("red").emit("x");
    none.join("red");
    none.leave("red");
    none.off(none.on("x", [&](int) { ++called; }));
    none.off(none.on_any([&](std::string_view, const arguments&) { ++called; }));
    none.use([&](event&, const next&) { ++called; });
    none.on_disconnect([&](disconnect_reason) { ++called; });
    none.on_error([&](const socket_error&) { ++called; });
    none.off();
    CHECK(none.listener_count("x") == 0);
    none.post([&] { ++called; });
    none.after(0ms, [&] { ++called; });
    none.expires_at(std::chrono::system_clock::now());
    none.never_expires();
    none.disconnect(true);
    none.nsp().emit("x");
    none.nsp().on_connection([&](const kedge::socket&) { ++called; });
    CHECK(none.nsp().sockets().empty());
    CHECK(std::unordered_set<kedge::socket>{none, kedge::socket()}.size() == 1);
    boost::asio::post(executor_of(none), [&] { ++called; });
    CHECK(called == 0);
}

TEST_CASE("a socket that was not found, and the socket of an event of the server") {
    world all;
    bool told = false;
    all.of().on("ours", [&](const kedge::socket& one, int number) {
        one.emit("x", number);
        one.disconnect();
        told = true;
    });
    tape laid_out;
    laid_out.begin_array(1);
    laid_out.integer(7);
    laid_out.end_array();
    all.of().state()->raise("ours", laid_out.root().as_array(), nullptr);
    CHECK(told);
    all.of().find_socket("gone").emit("x");
    all.of().find_socket("gone").disconnect();
    auto one = all.join();
    CHECK(one.got().empty());
}

TEST_CASE("what was to be done later goes with its socket, and all that it holds") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    const auto held = std::make_shared<int>();
    int called = 0;
    const std::weak_ptr<socket_state> state = here->state();
    here->after(1s, [held, one = *here, &called] {
        ++called;
        one.after(1s, [held, one, &called] { ++called; });
    });
    here->after(1h, [held, one = *here] { one.disconnect(); });
    all.loop.advance(1s);
    CHECK(called == 1);
    CHECK(held.use_count() == 3);
    here.reset();
    there.vanish();
    CHECK(held.use_count() == 1);
    CHECK(state.expired());
    all.loop.advance(2h);
    CHECK(called == 1);
}

TEST_CASE("what is done later may make its socket leave, in the same moment as other things are due") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    int called = 0;
    for (int i = 0; i < 3; ++i)
        here->after(1s, [&] {
            ++called;
            here->disconnect();
        });
    all.loop.advance(1s);
    CHECK(called == 1);
    here->after(1s, [&] { ++called; });
    all.loop.advance(1s);
    CHECK(called == 1);
}

TEST_CASE("what is done later may be taken back, and what is done again and again goes with its socket") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    const auto held = std::make_shared<int>();
    const auto once = here->after(1s, [held] { ++*held; });
    const auto ticks = here->every(1s, [held] { *held += 10; });
    const auto others = here->every(1s, [held] { *held += 100; });
    once.cancel();
    all.loop.advance(1s);
    CHECK(*held == 110);
    others.cancel();
    all.loop.advance(1s);
    CHECK(*held == 120);
    CHECK(ticks.pending());
    there.vanish();
    all.loop.advance(10s);
    CHECK(*held == 120);
    CHECK(held.use_count() == 1);
    CHECK_FALSE(ticks.pending());
    CHECK_THROWS_AS(here->every(0s, [] {}), std::invalid_argument);
}

TEST_CASE("a middleware may answer later, by the socket's own clock") {
    world all;
    all.of().use([](const kedge::socket& one, const next& go_on) { one.after(1s, [go_on] { go_on(); }); });
    auto one = all.open();
    one.send("40");
    CHECK(one.got().empty());
    all.loop.advance(1s);
    CHECK(one.got().size() == 1);
    auto two = all.open();
    all.of("post").use([](const kedge::socket& who, const next& go_on) { who.post([go_on] { go_on(); }); });
    two.send("40/post");
    all.loop.run_posted();
    CHECK(two.got().size() == 1);
}

TEST_CASE("times beyond all times: never, or at once") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    int called = 0;
    here->after(engine::duration::max(), [&] { called += 1; });
    here->after(engine::duration::min(), [&] { called += 10; });
    all.above->after(engine::duration::max(), [&] { called += 1000; });
    here->expires_at(std::chrono::system_clock::time_point::max());
    there.ignore();
    all.loop.advance(20s);
    CHECK(called == 10);
    CHECK(here->connected());
    here->expires_at(std::chrono::system_clock::time_point::min());
    all.loop.advance(1ms);
    CHECK(there.got() == lines{R"(42["expired",)" +
                                   std::to_string(std::chrono::floor<engine::duration>(
                                                      std::chrono::system_clock::time_point::min())
                                                      .time_since_epoch()
                                                      .count()) +
                                   "]",
                               "41"});
}

}  // namespace nobody_test
