#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <transports/server_under_test.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

TEST_CASE("sessions that are opened and never polled are limited") {
    transports::server_options options;
    options.max_unattended_sessions = 3;
    server_under_test on(options);
    witness other(on);
    polling_client first(on);
    polling_client second(on);
    polling_client third(on);
    const answer refused = on.connect().get(v4_polling);
    CHECK(refused.status == 503);
    CHECK(refused.header("connection") == "close");
    CHECK(on.server.stats().total.turned_away == 1);
    CHECK(on.server.stats().total.unattended == 3);
    const websocket_client socket(on);  // takes no part in this
    first.begin_poll();                 // is attended now
    polling_client fourth(on);
    CHECK(on.connect().get(v4_polling).status == 503);
    CHECK(second.post("1").body == "ok");  // leaves
    polling_client fifth(on);
    CHECK(other.undisturbed());
}

TEST_CASE("who does not read is closed when too much waits for it") {
    transports::server_options options;
    options.engine.max_buffered_bytes = 1'000'000;
    server_under_test on(options);
    witness other(on);
    websocket_client deaf(on);
    transports::session session = on.session(deaf.sid);
    const std::string chunk(100'000, 'x');
    for (int i = 0; i < 500 && session.open(); ++i) {
        session.send(chunk);
        CHECK(other.undisturbed());  // a turn has passed
    }
    CHECK(on.events.wait_for("close " + deaf.sid + " transport error: too much unsent data"));
    CHECK_NOTHROW(deaf.take_all());  // is cut, and what waited for it let go
    polling_client absent(on);
    transports::session waiting = on.session(absent.sid);
    for (int i = 0; i < 9; ++i) waiting.send(chunk);
    CHECK(other.undisturbed());
    while (on.server.stats().total.bytes_waiting < 900'000) CHECK(other.undisturbed());
    for (int i = 0; i < 5; ++i) waiting.send(chunk);
    CHECK(on.events.wait_for("close " + absent.sid + " transport error: too much unsent data"));
    CHECK(other.undisturbed());
}

TEST_CASE("who only asks by ping and never reads is closed too") {
    transports::server_options options;
    options.engine.max_buffered_bytes = 100'000;
    server_under_test on(options);
    witness other(on);
    websocket_client asking(on);
    std::string pings;
    for (int i = 0; i < 1000; ++i) pings += raw_client::masked_frame(0x89, std::string(125, 'x'));
    bool sending = true;
    for (int i = 0; i < 1000 && sending; ++i) sending = asking.send(pings);
    CHECK_FALSE(sending);
    CHECK(on.events.wait_for("close " + asking.sid + " transport error: too much unsent data"));
    CHECK(other.undisturbed());
}

TEST_CASE("what is refused and closed by force is logged with its reason") {
    std::mutex lock;
    std::vector<std::string> lines;
    transports::server_options options;
    options.log = [&](const transports::log_record& record) {
        std::string line(record.event);
        for (const auto& [name, value] : record.fields)
            line.append(" ").append(name).append("=").append(value);
        const std::lock_guard guard(lock);
        lines.push_back(line);
    };
    server_under_test on(options);
    on.connect().get("/engine.io/?EIO=4&transport=foo");
    websocket_client bad(on);
    bad.send_text("junk");
    CHECK(on.events.wait_for("close " + bad.sid + " parse error"));
    const std::lock_guard guard(lock);
    REQUIRE(lines.size() == 2);
    CHECK(
        lines[0] ==
        "request refused message=Transport unknown target=/engine.io/?EIO=4&transport=foo address=127.0.0.1");
    CHECK(lines[1] == "session closed sid=" + bad.sid + " reason=parse error description= address=127.0.0.1");
}

TEST_CASE("a port that is taken is named") {
    transports::engine_server first;
    transports::listen_address where;
    where.host = "127.0.0.1";
    first.listen(where);
    transports::engine_server second;
    where.port = first.port();
    try {
        second.listen(where);
        FAIL("two servers on one port");
    } catch (const std::system_error& problem) {
        CHECK(std::string(problem.what()).find(std::to_string(where.port)) != std::string::npos);
    }
}

TEST_CASE("a server on the application's io_context") {
    boost::asio::io_context host;
    transports::engine_server server(host);
    transports::listen_address where;
    where.host = "127.0.0.1";
    server.listen(where);
    std::thread::id handled;
    server.on_connection([&](transports::session opened) {
        handled = std::this_thread::get_id();
        opened.on_message([opened](const transports::received_message& message, const engine::request*) {
            opened.send(message.data);
        });
    });
    std::thread running([&] { host.run(); });
    {
        raw_client socket(server.port());
        CHECK(socket.upgrade(v4_websocket).status == 101);
        socket.read_text();
        socket.send_text("4x");
        CHECK(socket.read_text() == "4x");
        CHECK(handled == running.get_id());
        std::mutex lock;
        std::condition_variable changed;
        bool closed = false;
        boost::asio::post(host, [&] {
            server.close({}, [&] {
                const std::lock_guard guard(lock);
                closed = true;
                changed.notify_all();
            });
        });
        CHECK(socket.take(2) == "\x88\x00"s);
        socket.send_frame(0x88, "");
        std::unique_lock guard(lock);
        CHECK(changed.wait_for(guard, std::chrono::seconds(8), [&] { return closed; }));
    }
    running.join();  // the io_context has run out of work
    CHECK(server.clients_count() == 0);
}

TEST_CASE("several threads are not for the application's io_context") {
    boost::asio::io_context host;
    transports::server_options options;
    options.threads = 2;
    CHECK_THROWS_AS(transports::engine_server(host, options), std::invalid_argument);
}
