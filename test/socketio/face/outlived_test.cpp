// Handles, executors and timers that a program keeps for longer than the server they came from: nothing that
// is asked of them does anything.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <kedge/socketio/face/asio.hpp>
#include <kedge/socketio/face/server.hpp>

#include <test/transports/raw_client.hpp>

namespace outlived_test {

using namespace kedge;
using namespace std::chrono_literals;

namespace {

/// What a careless program has kept.
struct keepsakes {
    std::optional<nsp> main;
    std::optional<nsp> parent;
    kedge::socket one;
    std::optional<kedge::conn> below;
    std::optional<boost::asio::any_io_executor> home;
    std::unique_ptr<boost::asio::steady_timer> timer;
    std::optional<fetched_sockets> question;
    std::optional<single_reply> asked;
    ack late;
    std::optional<next> waiting;
    std::vector<remote_socket> found;
};

/// A server with one client that has entered "/" and waits at the door of "/door".
template <class Server>
void keep_all(Server& io, keepsakes& all, const std::function<void()>& kept) {
    all.main = io.of("/");
    all.parent = io.of([](const std::string&, const value&) { return false; });
    io.of("/door").use([&, kept](const kedge::socket&, const next& go_on) {
        all.waiting = go_on;
        kept();
    });
    io.on_connection([&](const kedge::socket& one) {
        all.one = one;
        all.below = one.conn();
        all.home = executor_of(one);
        all.timer = std::make_unique<boost::asio::steady_timer>(*all.home, 1h);
        all.timer->async_wait([one](boost::system::error_code) { one.emit("never"); });
        all.question = io.fetch_sockets();
        all.asked = one.emit_with_ack("q");
        one.on("late", [&](ack answer) { all.late = std::move(answer); });
        io.fetch_sockets().then([&](std::vector<remote_socket> list) { all.found = std::move(list); });
        one.after(1h, [one] { one.emit("never"); });
        one.expires_at(std::chrono::system_clock::now() + 1h);
        one.join("red");
    });
}

void enter(test::raw_client& client) {
    REQUIRE(client.upgrade("/socket.io/?EIO=4&transport=websocket").status == 101);
    for (const char* const text : {"40", "420[\"late\"]", "40/door,"})
        client.send(test::raw_client::masked_frame(0x81, text));
}

/// Asks everything of everything.
void use(keepsakes& all) {
    const auto& main = *all.main;
    CHECK(main.sockets().empty());
    CHECK(main.room_list().empty());
    CHECK_FALSE(main.find_socket(all.one.id()));
    main.emit("x", 1);
    main.to("red").except("blue").emit("x");
    main.on_connection([](const kedge::socket&) {});
    main.use([](const kedge::socket&, const next&) {});
    main.off(main.on("x", [] {}));
    main.sockets_join("green");
    main.disconnect_sockets(true);
    main.server_side_emit("x");
    bool completed = false;
    const auto complete = [&](const auto&...) { completed = true; };
    main.fetch_sockets().then(complete);
    main.all_sockets().then(complete);
    main.timeout(1s).emit_with_ack("q").then(complete);
    main.adapter().fetch_sockets({}, complete);
    main.adapter().server_count(complete);
    completed = false;  // that it knows
    all.parent->emit("x");
    std::move(*all.question).then(complete);
    std::move(*all.asked).then(complete);
    const auto& one = all.one;
    CHECK(one.disconnected());
    CHECK(one.rooms().empty());
    one.emit("x", [&](ack_error) { completed = true; });
    one.emit_with_ack("q").then(complete);
    one.join("green");
    one.leave("red");
    one.broadcast().emit("x");
    one.on("x", [] {});
    one.post([&] { completed = true; });
    one.after(0ms, [&] { completed = true; });
    one.expires_at(std::chrono::system_clock::now());
    one.disconnect(true);
    one.nsp().emit("x");
    CHECK(one.handshake().query["EIO"] == "4");
    all.below->close(true);
    all.below->on_drain([] {});
    CHECK(all.below->id().empty());
    all.late("too late");
    (*all.waiting)();
    for (const auto& each : all.found) {
        each.emit("x");
        each.join("green");
        each.disconnect(true);
    }
    boost::asio::post(*all.home, [&] { completed = true; });
    boost::asio::steady_timer fresh(*all.home, 0ms);
    fresh.async_wait(complete);
    fresh.cancel();
    all.timer->cancel();
    CHECK(all.timer->expiry() > std::chrono::steady_clock::now());
    all.timer.reset();
    CHECK_FALSE(completed);
}

}  // namespace

TEST_CASE("mt: handles that outlive a server with threads of its own do nothing") {
    keepsakes all;
    {
        server io({.port = 0, .host = "127.0.0.1"});
        std::atomic<bool> kept = false;
        keep_all(io, all, [&] { kept = true; });
        std::thread serving([&] { io.run(); });
        test::raw_client client(io.port());
        enter(client);
        while (!kept) std::this_thread::yield();
        io.stop();
        serving.join();
    }
    use(all);
}

TEST_CASE("handles that outlive a server on the application's io_context do nothing") {
    boost::asio::io_context mine;
    keepsakes all;
    {
        std::optional<server> io;
        io.emplace(mine, server_options{.port = 0, .host = "127.0.0.1"});
        bool kept = false;
        keep_all(*io, all, [&] { kept = true; });
        std::thread visiting([port = io->port()] {
            test::raw_client client(port);
            enter(client);
            (void)client.ends();
        });
        while (!kept) mine.run_one();
        io.reset();
        visiting.join();
    }
    use(all);
    mine.restart();
    mine.poll();
}

}  // namespace outlived_test
