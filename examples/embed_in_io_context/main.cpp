// A server on the program's own io_context, beside whatever else happens there: one thread, no locks.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <socketio/server.hpp>

using namespace std::chrono_literals;

int main(int count, char** arguments) {
    const auto port = static_cast<std::uint16_t>(count > 1 ? std::atoi(arguments[1]) : 3000);
    boost::asio::io_context mine;
    kedge::server io(mine, {.port = port});
    io.on_connection([](const kedge::socket& socket) {
        socket.on("echo", [](const kedge::arguments& all, kedge::ack answer) { answer(all); });
    });

    int ticks = 0;
    boost::asio::steady_timer clock(mine);
    const std::function<void()> tick = [&] {
        clock.expires_after(1s);
        clock.async_wait([&](const boost::system::error_code& error) {
            if (error) return;
            io.emit("tick", ++ticks);
            tick();
        });
    };
    tick();

    boost::asio::signal_set signals(mine, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error) io.close({}, [&] { mine.stop(); });
    });
    std::cout << "http://localhost:" << io.port() << std::endl;
    mine.run();
}
