#include <socketio/server.hpp>

#include <atomic>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <doctest/doctest.h>

#include <socketio/pattern.hpp>

using namespace kedge;
using namespace std::chrono_literals;

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
}

TEST_CASE("close, from a task of its own, lets run() return") {
    server io({.port = 0, .host = "127.0.0.1"});
    std::vector<std::string> order;
    io.post([&] { order.push_back("post"); });
    io.after(1ms, [&] {
        order.push_back("after");
        io.close({}, [&] { order.push_back("closed"); });
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

TEST_CASE("a server with options that contradict each other says so") {
    CHECK_THROWS_AS(server({.cookie = cookie_options{.name = "bad name;"}}), std::invalid_argument);
}
