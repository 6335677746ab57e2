// Questions and answers, both ways: results as acknowledgements, kedge::ack, callbacks, co_await.
//
//     example_acks_and_coroutines [--port N]

#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <kedge/coroutine.hpp>
#include <kedge/server.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::use_awaitable;

namespace {

/// Asks the client that asked us, and tells it what we made of the answer.
awaitable<std::string> greet(kedge::socket socket, std::string greeting) {
    const kedge::value name = co_await socket.timeout(5s).emit_with_ack("what is your name");
    co_return greeting + ", " + std::string(name.as_string());
}

/// Asks a whole room. Those who are too slow do not spoil the votes of the others.
awaitable<std::vector<kedge::value>> vote(kedge::server& io, std::string question) {
    const auto asked = io.to("voters").timeout(300ms);
    auto [error, answers] =
        co_await asked.emit_with_ack("vote", question)(boost::asio::as_tuple(use_awaitable));
    if (error) std::cerr << "not all have voted: " << error.message() << '\n';
    co_return std::move(answers);
}

awaitable<std::string> sleep(int milliseconds) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(std::chrono::milliseconds(milliseconds));
    co_await timer.async_wait(use_awaitable);
    co_return "slept";
}

void serve(kedge::server& io, const kedge::socket& socket) {
    // What a handler returns is the answer.
    socket.on("add", [](double a, double b) { return a + b; });
    // So is what is given to kedge::ack, now or later.
    socket.on("later", [socket](std::string text, kedge::ack answer) {
        socket.after(50ms, [text, answer] { answer("you said", text); });
    });
    // A callback gets the client's answer, or learns that there is none.
    socket.on("ask me", [socket] {
        socket.timeout(2s).emit("how old are you", [socket](kedge::ack_error error, int age) {
            socket.emit("told", error ? "nothing" : "you are " + std::to_string(age));
        });
    });
    // Coroutines do the same in a straight line. They end when the socket goes.
    socket.on("greet", greet);
    socket.on("vote", [&io](std::string question) { return vote(io, std::move(question)); });
    socket.on("sleep", sleep);
    socket.on("join voters", [socket] {
        socket.join("voters");
        return true;
    });
    socket.on_error(
        [](const kedge::socket_error& error) { std::cerr << error.event << ": " << error.message << '\n'; });
}

}  // namespace

int main(int count, char** arguments) try {
    kedge::server io({.port = example::switches(count, arguments).port()});
    io.on_connection([&io](const kedge::socket& socket) { serve(io, socket); });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
