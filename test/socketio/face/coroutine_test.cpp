#include <kedge/coroutine.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <kedge/socketio/core/socket_state.hpp>

#include <test/socketio/world.hpp>

namespace coroutine_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::use_awaitable;

namespace {

/// A world with one client in "/" and its socket.
struct meeting {
    meeting() : meeting([](hub_settings&) {}) {}
    template <class Change>
    explicit meeting(Change&& change) : all(change) {
        all.of().on_connection([this](const kedge::socket& one) {
            if (!here) here = one;
        });
        there.emplace(all.join());
    }
    lines answer_to(const std::string& packet) {
        there->send(packet);
        return after_posts();
    }
    lines after_posts() {
        all.loop.run_posted();
        return there->got();
    }

    world all;
    kedge::socket here;
    std::optional<peer> there;
    std::vector<std::string> heard;
};

/// Says when it is destroyed.
struct witness {
    explicit witness(bool& gone) : gone_(&gone) {}
    witness(witness&& other) noexcept : gone_(std::exchange(other.gone_, nullptr)) {}
    witness& operator=(witness&&) = delete;
    ~witness() {
        if (gone_) *gone_ = true;
    }
    bool* gone_;
};

}  // namespace

TEST_CASE("what a coroutine co_returns is the answer, now or later") {
    meeting two;
    two.here.on("add", [](int a, int b) -> awaitable<int> { co_return a + b; });
    two.here.on("ask", [socket = two.here](std::string what) -> awaitable<std::string> {
        auto answer = co_await socket.emit_with_ack("question", what);
        co_return std::string(answer.as_string()) + "!";
    });
    two.here.on("nothing", [](kedge::socket) -> awaitable<void> { co_return; });
    CHECK(two.answer_to(R"(421["add",1,2])") == lines{"431[3]"});
    CHECK(two.answer_to(R"(422["ask","why"])") == lines{R"(420["question","why"])"});
    CHECK(two.answer_to(R"(430["because"])") == lines{R"(432["because!"])"});
    CHECK(two.answer_to(R"(423["nothing"])").empty());
}

TEST_CASE("a coroutine that takes kedge::ack answers itself; kedge::arguments answer with several") {
    meeting two;
    two.here.on("own", [](kedge::ack answer) -> awaitable<void> {
        answer("a", 2);
        co_return;
    });
    two.here.on("all", [](kedge::arguments args) -> awaitable<kedge::arguments> { co_return args; });
    CHECK(two.answer_to(R"(421["own"])") == lines{R"(431["a",2])"});
    CHECK(two.answer_to(R"(422["all",1,"two"])") == lines{R"(432[1,"two"])"});
}

TEST_CASE("a coroutine runs up to its first wait at once, before the next event") {
    meeting two;
    two.here.on("first", [&, socket = two.here]() -> awaitable<void> {
        two.heard.emplace_back("first");
        co_await socket.emit_with_ack("wait");
        two.heard.emplace_back("first again");
    });
    two.here.on("second", [&] { two.heard.emplace_back("second"); });
    two.there->send({R"(42["first"])", R"(42["second"])", "430[]"});
    two.after_posts();
    CHECK(two.heard == lines{"first", "second", "first again"});
}

TEST_CASE("events whose handlers are coroutines are bounded as those behind a middleware are") {
    meeting two([](hub_settings& settings) { settings.max_kept_bytes_per_client = 64 * 1024; });
    int begun = 0;
    int ended = 0;
    two.here.on("wait", [&, socket = two.here](kedge::arguments) -> awaitable<void> {
        ++begun;
        co_await socket.emit_with_ack("go on?");
        ++ended;
    });
    const auto send = [&](std::size_t times) {
        for (std::size_t i = 0; i < times && !two.there->closed(); ++i) two.answer_to(R"(42["wait"])");
    };
    send(30);
    CHECK_FALSE(two.there->closed());
    SUBCASE("those that have ended are counted no more") {
        for (int i = 0; i < 300; ++i) {
            two.answer_to("43" + std::to_string(i) + "[]");
            two.answer_to(R"(42["wait"])");
        }
        CHECK(ended == 300);
        CHECK_FALSE(two.there->closed());
    }
    SUBCASE("too many end the session, and with it all of them") {
        send(1000);
        CHECK(two.there->closed());
        CHECK(begun <= 64);
        CHECK_FALSE(two.here.connected());
    }
}

TEST_CASE("an exception that leaves a coroutine is reported with its event; nobody is answered") {
    meeting two;
    two.here.on_error([&](const socket_error& error) {
        CHECK(error.why == socket_error::cause::exception);
        two.heard.push_back(error.event + ": " + error.message);
    });
    two.here.on("now", []() -> awaitable<int> {
        throw std::runtime_error("no");
        co_return 1;
    });
    two.here.on("later", [socket = two.here]() -> awaitable<int> {
        co_await socket.emit_with_ack("wait");
        throw std::runtime_error("not any more");
    });
    CHECK(two.answer_to(R"(421["now"])").empty());
    two.answer_to(R"(422["later"])");
    CHECK(two.answer_to("430[]").empty());
    CHECK(two.heard == lines{"now: no", "later: not any more"});
}

TEST_CASE("an answer that does not come in time is an error of its own category") {
    meeting two;
    two.here.on("ask", [&, socket = two.here]() -> awaitable<void> {
        try {
            co_await socket.timeout(2s).emit_with_ack("question");
        } catch (const boost::system::system_error& error) {
            CHECK(error.code() == ack_error::cause::timed_out);
            CHECK(error.code().message() == "operation has timed out");
            two.heard.emplace_back("late");
        }
    });
    two.answer_to(R"(42["ask"])");
    two.all.loop.advance(1999ms);
    two.after_posts();
    CHECK(two.heard.empty());
    two.all.loop.advance(1ms);
    two.after_posts();
    CHECK(two.heard == lines{"late"});
}

TEST_CASE("the answers to a broadcast, with those that came in time when some did not") {
    meeting two;
    auto other = two.all.join();
    two.here.on("poll", [&, io = two.all.of()]() -> awaitable<void> {
        auto [error, replies] =
            co_await io.timeout(2s).emit_with_ack("poll")(boost::asio::as_tuple(use_awaitable));
        CHECK(error == ack_error::cause::timed_out);
        CHECK(replies.size() == 1);
        auto sockets = co_await io.fetch_sockets();
        CHECK(sockets.size() == 2);
        auto here = co_await io.all_sockets();
        CHECK(here.size() == 2);
        two.heard.emplace_back("done");
    });
    two.answer_to(R"(42["poll"])");
    two.answer_to(R"(430["yes"])");
    two.all.loop.advance(2s);
    two.after_posts();
    CHECK(two.heard == lines{"done"});
}

TEST_CASE("a coroutine is cancelled with its socket, and what it captured lives until then") {
    meeting two;
    boost::asio::io_context timers;
    bool gone = false;
    int errors = 0;
    two.here.on_error([&](const socket_error&) { ++errors; });
    two.here.on("sleep", [&, kept = std::make_shared<witness>(gone), socket = two.here]() -> awaitable<void> {
        boost::asio::steady_timer timer(timers, 1h);
        try {
            co_await timer.async_wait(use_awaitable);
        } catch (const boost::system::system_error& error) {
            CHECK(error.code() == boost::asio::error::operation_aborted);
            CHECK_FALSE(gone);
            CHECK_FALSE(socket.connected());
            two.heard.emplace_back("cancelled");
            throw;
        }
    });
    two.answer_to(R"(42["sleep"])");
    two.there->vanish();
    CHECK_FALSE(gone);
    two.all.loop.run_posted();
    timers.poll();
    two.all.loop.run_posted();
    CHECK(two.heard == lines{"cancelled"});
    CHECK(errors == 0);
    CHECK(gone);
}

TEST_CASE("operations of Kedge are cancelled as well, and an answer that comes then is nobody's") {
    meeting two;
    auto other = two.all.join();
    two.here.on("poll", [&, io = two.all.of()]() -> awaitable<void> {
        try {
            co_await io.timeout(1h).emit_with_ack("poll");
        } catch (const boost::system::system_error& error) {
            if (error.code() == boost::asio::error::operation_aborted) two.heard.emplace_back("cancelled");
        }
    });
    two.answer_to(R"(42["poll"])");
    two.there->vanish();
    two.all.loop.run_posted();
    CHECK(two.heard == lines{"cancelled"});
    other.send("430[1]");
    two.all.loop.run_posted();
    CHECK(two.heard.size() == 1);
}

TEST_CASE("an answer to a client that has gone meanwhile is nobody's") {
    meeting two;
    auto other = two.all.join();
    two.here.on("ask", [io = two.all.of()]() -> awaitable<int> {
        boost::asio::this_coro::executor_t executor;
        (void)co_await executor;
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        co_await io.fetch_sockets()(boost::asio::as_tuple(use_awaitable));
        co_return 1;
    });
    two.there->send(R"(421["ask"])");
    two.there->vanish();
    two.all.loop.run_posted();
    CHECK(other.got().empty());
}

TEST_CASE("middlewares of a namespace that are coroutines") {
    world all;
    std::vector<std::string> entered;
    all.of("/a").use([&](kedge::socket who) -> awaitable<void> {
        const auto token = who.handshake().auth["token"];
        auto sockets = co_await all.of("/").fetch_sockets();
        if (token == value("bad")) throw connect_error("not authorized", value("E1"));
        if (token == value("broken")) throw std::runtime_error("the database is away");
        who.data("found", sockets.size());
    });
    all.of("/b").use(
        [](kedge::socket) -> awaitable<std::optional<connect_error>> { co_return connect_error("never"); });
    all.of("/a").on_connection([&](const kedge::socket& who) { entered.emplace_back(who.nsp().name()); });
    auto who = all.open();
    const auto answer_to = [&](const std::string& packet) {
        who.ignore();
        who.send(packet);
        all.loop.run_posted();
        return who.got();
    };
    CHECK(answer_to(R"(40/a,{"token":"good"})").front().starts_with("40/a,{\"sid\""));
    CHECK(entered == lines{"/a"});
    CHECK(answer_to("41/a,").empty());
    CHECK(answer_to(R"(40/a,{"token":"bad"})") == lines{R"(44/a,{"message":"not authorized","data":"E1"})"});
    CHECK(answer_to(R"(40/a,{"token":"broken"})") == lines{R"(44/a,{"message":"internal server error"})"});
    CHECK(answer_to("40/b,") == lines{R"(44/b,{"message":"never"})"});
    CHECK(entered.size() == 1);
}

TEST_CASE("a middleware is cancelled when its client goes before it has decided") {
    world all;
    boost::asio::io_context timers;
    bool ended = false;
    all.of().use([&](kedge::socket) -> awaitable<void> {
        witness local(ended);
        boost::asio::steady_timer timer(timers, 1h);
        co_await timer.async_wait(use_awaitable);
    });
    auto who = all.open();
    who.send("40");
    CHECK_FALSE(ended);
    who.vanish();
    all.loop.run_posted();
    timers.poll();
    all.loop.run_posted();
    CHECK(ended);
}

TEST_CASE("middlewares of a socket that are coroutines change, pass on and refuse events") {
    meeting two;
    two.here.use([&, io = two.all.of()](event& passed) -> awaitable<void> {
        co_await io.fetch_sockets();
        if (passed.name == "bad") throw connect_error("refused");
        passed.args.push_back(value("added"));
    });
    two.here.on("good", [](std::string added) { return added; });
    two.here.on_error([&](const socket_error& error) {
        CHECK(error.why == socket_error::cause::refused_event);
        two.heard.push_back(error.event + ": " + error.message);
    });
    CHECK(two.answer_to(R"(421["good"])") == lines{R"(431["added"])"});
    CHECK(two.answer_to(R"(422["bad"])").empty());
    CHECK(two.heard == lines{"bad: refused"});
}

TEST_CASE("what is done on connection may be a coroutine") {
    world all;
    all.of().on_connection([](kedge::socket who) -> awaitable<void> {
        auto name = co_await who.emit_with_ack("who?");
        who.emit("welcome", name);
    });
    auto who = all.open();
    who.send("40");
    CHECK(who.got().back() == R"(420["who?"])");
    who.send(R"(430["Ada"])");
    all.loop.run_posted();
    CHECK(who.got() == lines{R"(42["welcome","Ada"])"});
}

TEST_CASE("handlers of a whole namespace and of the server may be coroutines") {
    meeting two;
    two.all.of().on_event("twice", [](kedge::socket, int a) -> awaitable<int> { co_return 2 * a; });
    // A handle to the namespace would be kept by the namespace itself.
    two.all.of().on("told", [&](std::string what) -> awaitable<void> {
        const auto io = two.all.of();
        co_await io.fetch_sockets();
        two.heard.push_back(what);
    });
    CHECK(two.answer_to(R"(421["twice",4])") == lines{"431[8]"});
    tape laid_out;
    const arguments args{value("news")};
    two.all.of().state()->raise("told", lay_out(args, laid_out), nullptr);
    two.after_posts();
    CHECK(two.heard == lines{"news"});
}

TEST_CASE("a handler may end while its server does") {
    bool ended = false;
    {
        meeting two;
        two.here.on("sleep", [&, socket = two.here]() -> awaitable<void> {
            witness local(ended);
            co_await socket.emit_with_ack("never answered");
        });
        two.answer_to(R"(42["sleep"])");
        CHECK_FALSE(ended);
    }
    CHECK(ended);
}

// Under AddressSanitizer these would show what g++ 12 is known to destroy twice.
TEST_CASE("temporaries of all kinds in a co_await expression") {
    meeting two;
    auto other = two.all.join();
    const std::string longer_than_inline(100, 'x');
    two.here.on("go", [&, socket = two.here, io = two.all.of()](std::string text) -> awaitable<std::string> {
        auto first =
            co_await socket.timeout(5s).emit_with_ack("a", text + text, std::vector<std::string>(3, text));
        auto second =
            co_await socket.emit_with_ack(text, value(text), kedge::binary(std::vector<std::byte>(3)));
        const room_names rooms{"red", "blue", socket.id()};
        auto third = co_await io.to(rooms).except(std::string(text)).timeout(5s).emit_with_ack("c", text);
        auto fourth = co_await io.in("green").fetch_sockets();
        CHECK(fourth.empty());
        co_return std::string(first.as_string()) + std::string(second.as_string()) +
            std::string(third.at(0).as_string());
    });
    two.answer_to(R"(427["go",")" + longer_than_inline + R"("])");
    two.answer_to(R"(430["1"])");
    two.answer_to(R"(431["2"])");
    CHECK(two.answer_to(R"(432["3"])") == lines{R"(437["123"])"});
}

TEST_CASE("parameters that point into the message are refused for coroutines") {
    const auto view = [](std::string_view) -> awaitable<void> { co_return; };
    const auto span = [](std::span<const std::byte>) -> awaitable<void> { co_return; };
    const auto nested = [](std::vector<std::string_view>) -> awaitable<void> { co_return; };
    const auto reference = [](const std::string&) -> awaitable<void> { co_return; };
    const auto owned = [](std::string, std::vector<std::byte>) -> awaitable<void> { co_return; };
    const auto plain = [](std::string_view, const std::string&) {};
    CHECK_FALSE(event_callable<decltype(view)>);
    CHECK_FALSE(event_callable<decltype(span)>);
    CHECK_FALSE(event_callable<decltype(nested)>);
    CHECK_FALSE(event_callable<decltype(reference)>);
    CHECK(event_callable<decltype(owned)>);
    CHECK(event_callable<decltype(plain)>);
}

}  // namespace coroutine_test
