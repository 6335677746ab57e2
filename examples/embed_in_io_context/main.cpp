// A server on the program's own io_context, beside whatever else happens there: one thread, no locks.
//
//     example_embed_in_io_context [--port N]

#include <chrono>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <kedge/server.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;

int main(int count, char** arguments) {
    boost::asio::io_context mine;
    kedge::server io(mine, {.port = example::switches(count, arguments).port()});
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
    example::say_where(io.port());
    mine.run();
}
