#include <kedge/socketio/face/server.hpp>

#include <atomic>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <doctest/doctest.h>

#include <kedge/socketio/face/pattern.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace server_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::socket;

TEST_CASE("a server listens in its constructor, and says there when it cannot") {
    server first({.port = 0, .host = "127.0.0.1"});
    CHECK(first.port() != 0);
    CHECK_THROWS_AS(server({.port = first.port(), .host = "127.0.0.1"}), std::system_error);
    server later;
    CHECK(later.port() == 0);
    later.listen(0);
    CHECK(later.port() != 0);
}

TEST_CASE("the server is its main namespace") {
    const server io;
    CHECK(io.name() == "/");
    CHECK(io.of("") == static_cast<const nsp&>(io));
    CHECK(io.of("chat").name() == "/chat");
    CHECK(io.path() == "/socket.io");
}

TEST_CASE("namespaces are told of when they are made") {
    const server io;
    std::vector<std::string> made;
    io.on_new_namespace([&](const nsp& one) { made.push_back(one.name()); });
    (void)io.of("/a");
    (void)io.of("/a");
    (void)io.of(pattern("^/room-\\d+$"));
    (void)io.of([](const std::string&, const value&) { return false; });
    (void)io.of("/room-1");
    CHECK(made == std::vector<std::string>{"/a", "/room-1"});
    std::vector<std::string> all;
    for (const nsp& each : io.all_namespaces()) all.push_back(each.name());
    CHECK(all == std::vector<std::string>{"/", "/a", "/room-1"});
}

TEST_CASE("close, from a task of its own, lets run() return") {
    server io({.port = 0, .host = "127.0.0.1"});
    std::vector<std::string> order;
    io.post([&] { order.emplace_back("post"); });
    io.after(1ms, [&] {
        order.emplace_back("after");
        io.close({}, [&] { order.emplace_back("closed"); });
    });
    io.post([] { throw std::runtime_error("harms nobody"); });
    io.run();
    CHECK(io.closing());
    CHECK(order == std::vector<std::string>{"post", "after", "closed"});
}

TEST_CASE("mt: close from another thread ends a server with several workers") {
    server io({.port = 0, .host = "127.0.0.1", .threads = 4});
    std::atomic<bool> up = false;
    std::atomic<bool> closed = false;
    io.post([&] { up = true; });
    std::thread other([&] {
        while (!up) std::this_thread::yield();
        io.emit("nobody", 1);
        io.close({}, [&] { closed = true; });
    });
    io.run();
    other.join();
    CHECK(closed);
}

TEST_CASE("nothing that is registered outlives its server, whatever it holds") {
    for (const unsigned threads : {1U, 4U}) {
        CAPTURE(threads);
        const auto held = std::make_shared<int>();
        {
            server io({.port = 0, .host = "127.0.0.1", .threads = threads});
            const nsp chat = io.of("/chat");
            chat.on_connection([chat, held](const socket&) {});
            const nsp main = io.of("/");
            io.use([main, held](const socket&, const next& go_on) { go_on(); });
            io.on_new_namespace([main, held](const nsp&) {});
            const nsp parent = io.of([main, held](const std::string&, const value&) { return true; });
            parent.on_event("x", [parent, held](const socket&) {});
            const nsp rooms = io.of(pattern("^/room-\\d+$"));
            rooms.on_connection([rooms, held](const socket&) {});
            io.of("/room-1").on("y", [child = io.of("/room-1"), held] {});
            io.after(1ms, [&io] { io.close(); });
            io.run();
            CHECK(held.use_count() > 1);
        }
        CHECK(held.use_count() == 1);
    }
}

TEST_CASE("limits of the engine are options of the server") {
    const server io({.drain_limit = 1,
                     .drain_timeout = 2ms,
                     .close_frame_timeout = 3ms,
                     .max_unattended_sessions = 4,
                     .max_unattended_sessions_per_address = 3});
    const auto& below = io.engine().options();
    CHECK(below.drain_limit == 1);
    CHECK(below.drain_timeout == 2ms);
    CHECK(below.close_frame_timeout == 3ms);
    CHECK(below.max_unattended_sessions == 4);
    CHECK(below.max_unattended_sessions_per_address == 3);
    const server usual;
    const transports::server_options defaults;
    CHECK(usual.engine().options().drain_limit == defaults.drain_limit);
    CHECK(usual.engine().options().drain_timeout == defaults.drain_timeout);
    CHECK(usual.engine().options().close_frame_timeout == defaults.close_frame_timeout);
    CHECK(usual.engine().options().max_unattended_sessions == defaults.max_unattended_sessions);
    CHECK(usual.engine().options().max_unattended_sessions_per_address ==
          defaults.max_unattended_sessions_per_address);
}

TEST_CASE("a server with options that contradict each other says so") {
    CHECK_THROWS_AS(server({.cookie = cookie_options{.name = "bad name;"}}), std::invalid_argument);
    CHECK_THROWS_WITH_AS(server({.path = "chat"}), "path: \"chat\" has to begin with '/'",
                         std::invalid_argument);
    CHECK_THROWS_AS(server({.transports = {}}), std::invalid_argument);
    CHECK_THROWS_AS(server({.ping_interval = 0ms}), std::invalid_argument);
    CHECK_THROWS_AS(server({.ping_timeout = 0ms}), std::invalid_argument);
}

TEST_CASE("a task that is put off for ever does not run, and holds up no other") {
    server io;
    bool ran = false;
    io.after(engine::duration::max(), [&] { ran = true; });
    io.after(2ms, [&] { io.close(); });
    io.run();
    CHECK_FALSE(ran);
}

}  // namespace server_test
