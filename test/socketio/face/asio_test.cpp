#include <kedge/asio.hpp>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <test/socketio/world.hpp>

namespace asio_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using boost::system::error_code;

static_assert(boost::asio::execution::is_executor<executor>::value);
static_assert(std::is_convertible_v<executor, boost::asio::any_io_executor>);

TEST_CASE("work given to a socket's executor runs in a turn, at once only within one") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    const auto home = executor_of(*here);
    CHECK(home == executor_of(all.of()));
    std::string order;
    boost::asio::dispatch(home, [&] { order += "b"; });
    order += "a";
    all.loop.run_posted();
    here->on("go", [&] {
        boost::asio::dispatch(home, [&] { order += "c"; });
        boost::asio::post(home, [&] { order += "e"; });
        order += "d";
    });
    there.send(R"(42["go"])");
    all.loop.run_posted();
    CHECK(order == "abcde");
}

TEST_CASE("a plain callback is a token: called where the result comes") {
    world all;
    all.of().on_connection([](const kedge::socket&) {});
    auto there = all.join();
    auto other = all.join();
    std::size_t found = 0;
    all.of().fetch_sockets()([&](error_code error, const std::vector<remote_socket>& sockets) {
        CHECK_FALSE(error);
        found = sockets.size();
    });
    all.loop.run_posted();
    CHECK(found == 2);
}

TEST_CASE("a callback that is bound to an executor is called there") {
    world all;
    auto there = all.join();
    boost::asio::io_context elsewhere;
    bool called = false;
    all.of().all_sockets()(boost::asio::bind_executor(
        elsewhere,
        [&](error_code, const std::vector<kedge::socket>& sockets) { called = sockets.size() == 1; }));
    all.loop.run_posted();
    CHECK_FALSE(called);
    elsewhere.run();  // it has work until then
    CHECK(called);
}

TEST_CASE("futures: results, and errors as exceptions") {
    world all;
    auto there = all.join();
    auto lists = all.of().fetch_sockets()(boost::asio::use_future);
    auto late = all.of().timeout(1s).emit_with_ack("poll")(boost::asio::use_future);
    all.loop.run_posted();
    CHECK(lists.get().size() == 1);
    all.loop.advance(1s);
    all.loop.run_posted();
    try {
        late.get();
        FAIL("it did not throw");
    } catch (const boost::system::system_error& error) {
        CHECK(error.code() == ack_error::cause::timed_out);
    }
}

TEST_CASE("callbacks and futures for the answer of one client, and of many") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    auto kept = here->timeout(1s).emit_with_ack("one")(boost::asio::use_future);
    std::string heard;
    here->timeout(1s).emit_with_ack("late")([&](error_code error, const value& answer) {
        CHECK(error == ack_error::cause::timed_out);
        CHECK(answer.is_null());
        heard += "late";
    });
    all.of().timeout(1s).emit_with_ack("many")([&](error_code error, const std::vector<value>& answers) {
        CHECK_FALSE(error);
        CHECK(answers == std::vector<value>{value("yes")});
        heard += "many ";
    });
    there.send({R"(430["hello"])", R"(432["yes"])"});
    all.loop.run_posted();
    CHECK(kept.get() == value("hello"));
    all.loop.advance(1s);
    all.loop.run_posted();
    CHECK(heard == "many late");
}

TEST_CASE("an answer that its socket cannot give any more is an error for every token") {
    world all;
    std::optional<kedge::socket> here;
    all.of().on_connection([&](const kedge::socket& one) { here = one; });
    auto there = all.join();
    error_code told;
    here->emit_with_ack("one")([&](error_code error, const value&) { told = error; });
    auto future = here->emit_with_ack("two")(boost::asio::use_future);
    there.vanish();
    all.loop.run_posted();
    CHECK(told == ack_error::cause::disconnected);
    CHECK_THROWS_AS(future.get(), boost::system::system_error);
}

TEST_CASE("a server closes by a callback too") {
    boost::asio::io_context mine;
    server io(mine, {.port = 0, .host = "127.0.0.1"});
    bool closed = false;
    kedge::close(io)([&](error_code error) {
        CHECK_FALSE(error);
        closed = true;
        mine.stop();
    });
    mine.run();
    CHECK(closed);
}

TEST_CASE("a server on the application's io_context: timers on its executor, and close by a token") {
    boost::asio::io_context mine;
    server io(mine, {.port = 0, .host = "127.0.0.1"});
    std::vector<std::string> told;
    boost::asio::co_spawn(
        executor_of(io),
        [&]() -> boost::asio::awaitable<void> {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
            told.emplace_back("timer");
            const auto sockets = co_await io.fetch_sockets();
            CHECK(sockets.empty());
            co_await kedge::close(io);
            told.emplace_back("closed");
            mine.stop();
        },
        boost::asio::detached);
    mine.run();
    CHECK(told == std::vector<std::string>{"timer", "closed"});
}

TEST_CASE("mt: futures of another thread, while the server runs on its own") {
    server io({.port = 0, .host = "127.0.0.1", .threads = 2});
    std::thread running([&] { io.run(); });
    CHECK(io.fetch_sockets()(boost::asio::use_future).get().empty());
    CHECK(io.all_sockets()(boost::asio::use_future).get().empty());
    auto closed = kedge::close(io)(boost::asio::use_future);
    CHECK_NOTHROW(closed.get());
    running.join();
}

}  // namespace asio_test
