#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <test/transports/server_under_test.hpp>

namespace engine_server_limits_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

/// Options that write each line of the log as one text, "event name=value ...".
transports::server_options logging_to(event_log& lines) {
    transports::server_options options;
    options.log = [&lines](const kedge::log_record& record) {
        std::string line(record.event);
        for (const auto& [name, value] : record.fields)
            line.append(" ").append(name).append("=").append(value);
        lines.add(std::move(line));
    };
    return options;
}

}  // namespace

TEST_CASE("sessions that are opened and never polled make room for others") {
    transports::server_options options;
    options.max_unattended_sessions = 3;
    server_under_test on(options);
    witness other(on);
    polling_client first(on);
    polling_client second(on);
    polling_client third(on);
    CHECK(on.server.stats().total.unattended == 3);
    const websocket_client socket(on);  // takes no part in this
    second.begin_poll();                // is attended now
    polling_client fourth(on);
    CHECK(on.server.stats().total.evicted == 0);
    polling_client fifth(on);
    CHECK(on.events.wait_for("close " + first.sid + " transport error: no poll came, and others did"));
    CHECK(on.server.stats().total.evicted == 1);
    CHECK(first.poll().status == 400);
    CHECK(on.server.stats().total.unattended == 3);
    CHECK(second.post("4here").body == "ok");
    CHECK(second.end_poll().body == "4here");  // was polled: it makes room for nobody from here on
    polling_client sixth(on);
    CHECK(third.poll().status == 400);
    CHECK(other.undisturbed());
}

TEST_CASE("where all sessions were polled, and are between two polls, there is no room") {
    transports::server_options options;
    options.max_unattended_sessions = 3;
    server_under_test on(options);
    witness other(on);
    std::vector<std::unique_ptr<polling_client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<polling_client>(on));
        clients.back()->post("4x");
        CHECK(clients.back()->poll().body == "4x");
    }
    const answer refused = on.connect().get(v4_polling);
    CHECK(refused.status == 503);
    CHECK(refused.header("connection") == "close");
    CHECK(on.server.stats().total.turned_away == 1);
    CHECK(on.server.stats().total.unattended == 3);
    CHECK(clients[1]->post("1").body == "ok");  // leaves
    const polling_client next(on);
    CHECK(other.undisturbed());
}

TEST_CASE("one connection, or one address, takes nobody else's place") {
    transports::server_options options;
    options.max_unattended_sessions = 64;
    options.max_unattended_sessions_per_address = 16;
    options.keep_alive_timeout = std::chrono::minutes(10);  // however slow the machine
    options.trust_proxy = transports::trust_proxy::networks({"loopback"});
    server_under_test on(options);
    const auto from = [](int host) { return "X-Forwarded-For: 10.0.0." + std::to_string(host) + "\r\n"; };
    polling_client innocent(on, v4_polling, from(1));
    std::string flood;
    for (int i = 0; i < 1000; ++i) flood += raw_client::head("GET", v4_polling, from(2));
    raw_client one = on.connect();
    one.send(flood);
    for (int i = 0; i < 1000; ++i) CHECK(one.read_answer().status == 200);
    CHECK(on.server.stats().total.unattended == 1 + 4);  // a quarter by one connection
    for (int each = 0; each < 20; ++each) {
        raw_client another = on.connect();
        for (int i = 0; i < 8; ++i) CHECK(another.get(v4_polling, from(2)).status == 200);
    }
    CHECK(on.server.stats().total.unattended == 1 + 16);
    for (int i = 0; i < 2; ++i) {
        CHECK(innocent.post("4x").body == "ok");
        CHECK(innocent.poll().body == "4x");
    }
    // Who polls once as well gets no further: its own address is turned away, and nobody else.
    std::vector<std::unique_ptr<polling_client>> many;
    for (int i = 0; i < 16; ++i) {
        many.push_back(std::make_unique<polling_client>(on, v4_polling, from(2)));
        many.back()->post("4x");
        CHECK(many.back()->poll().body == "4x");
    }
    CHECK(on.connect().get(v4_polling, from(2)).status == 503);
    CHECK(on.connect().get(v4_polling, from(3)).status == 200);
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

TEST_CASE("when too much waits for all together, the slowest are closed and nobody else") {
    event_log lines;
    transports::server_options options = logging_to(lines);
    options.engine.max_buffered_bytes_total = 8'000'000;
    server_under_test on(options);
    witness other(on);
    const std::string chunk(100'000, 'x');
    websocket_client slow(on);
    websocket_client slower(on);
    polling_client absent(on);
    transports::session little = on.session(absent.sid);
    for (int i = 0; i < 3; ++i) little.send(chunk);
    transports::session first = on.session(slow.sid);
    transports::session second = on.session(slower.sid);
    for (int i = 0; i < 1000 && second.open(); ++i) {
        second.send(chunk);
        if (i % 4 == 0) first.send(chunk);
        CHECK(other.undisturbed());
    }
    CHECK(on.events.wait_for("close " + slower.sid + " transport error: too much unsent data"));
    CHECK(lines.wait_for("too much waits to be sent: the slowest sessions were closed closed=1"));
    CHECK(first.open());
    CHECK(little.open());
    CHECK(other.undisturbed());
    CHECK(absent.poll().body.size() >= 300'000);
}

namespace {

/// Three quarters of a request for a session whose body never ends.
void begin_post(raw_client& by, const std::string& target) {
    by.send("POST " + target + " HTTP/1.1\r\nHost: test\r\nContent-Length: 900000\r\n\r\n4" +
            std::string(700'000, 'x'));
}

}  // namespace

TEST_CASE("when too much arrives for all together, what takes longest is cut off and nobody else") {
    event_log lines;
    transports::server_options options = logging_to(lines);
    options.engine.max_buffered_bytes_total = 8'000'000;
    server_under_test on(options);
    witness other(on);
    const auto arriving = [&on] { return on.server.stats().total.bytes_arriving; };
    const auto wait_for = [&](std::uint64_t bytes) {
        while (arriving() < bytes) CHECK(other.undisturbed());
    };
    polling_client oldest(on);
    begin_post(oldest.posts, oldest.address);
    wait_for(700'000);
    websocket_client older(on);
    older.send(raw_client::masked_frame(0x01, "4" + std::string(800'000, 'x')));
    wait_for(1'500'000);
    std::vector<std::unique_ptr<websocket_client>> crowd;
    while (on.server.stats().total.arrivals_cut < 2) {
        crowd.push_back(std::make_unique<websocket_client>(on));
        const std::uint64_t cut = on.server.stats().total.arrivals_cut;
        const std::uint64_t before = arriving();
        crowd.back()->send(raw_client::masked_frame(0x01, "4" + std::string(600'000, 'x')));
        while (arriving() < before + 600'000 && on.server.stats().total.arrivals_cut == cut)
            CHECK(other.undisturbed());
    }
    CHECK(on.events.wait_for("close " + oldest.sid +
                             " transport error: data request connection closed prematurely"));
    CHECK(on.events.wait_for("close " + older.sid +
                             " transport error: too much arrives, and this took longest"));
    const auto is_told = [&lines] {
        const auto all = lines.all();
        return std::any_of(all.begin(), all.end(), [](const std::string& line) {
            return line.starts_with("too much arrives and does not end: what took longest was cut off cut=");
        });
    };
    while (!is_told()) CHECK(other.undisturbed());
    CHECK(oldest.posts.ends());
    // Who came last is told by nobody to go, and ends its message.
    crowd.back()->send(raw_client::masked_frame(0x80, "!"));
    CHECK(crowd.back()->read_text().size() == 600'002);
    crowd.clear();
    while (arriving() > 0) CHECK(other.undisturbed());
    const auto all = on.events.all();
    CHECK(std::none_of(all.begin(), all.end(),
                       [](const std::string& each) { return each.ends_with("too much unsent data"); }));
}

TEST_CASE("heads and bodies for the application that do not end are counted") {
    event_log lines;
    transports::server_options options = logging_to(lines);
    options.engine.max_buffered_bytes_total = 4'000'000;
    server_under_test on(options, [](transports::engine_server& server) {
        server.on_request(
            [](const transports::exchange& asked) { asked.reply(200, {}, std::string("all")); });
    });
    witness other(on);
    std::vector<raw_client> crowd;
    for (int i = 0; i < 300 && on.server.stats().total.arrivals_cut == 0; ++i) {
        crowd.push_back(on.connect());
        crowd.back().send("GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(15'000, 'x'));
        CHECK(other.undisturbed());
    }
    while (on.server.stats().total.arrivals_cut == 0) CHECK(other.undisturbed());
    CHECK(crowd.front().ends());
    crowd.clear();
    raw_client sender = on.connect();
    sender.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n" + std::string(99'999, 'x'));
    while (on.server.stats().total.bytes_arriving < 99'999) CHECK(other.undisturbed());
    sender.send("x");
    CHECK(sender.read_answer().body == "all");
    CHECK(on.server.stats().total.bytes_arriving == 0);
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
    event_log lines;
    server_under_test on(logging_to(lines));
    on.connect().get("/engine.io/?EIO=4&transport=foo");
    CHECK(
        lines.wait_for("request refused message=Transport unknown target=/engine.io/?EIO=4&transport=foo "
                       "address=127.0.0.1"));
    websocket_client bad(on);
    bad.send_text("junk");
    CHECK(on.events.wait_for("close " + bad.sid + " parse error"));
    CHECK(lines.wait_for("session closed sid=" + bad.sid +
                         " reason=parse error description= address=127.0.0.1"));

    raw_client garbled = on.connect();
    garbled.send("GET / HTTP/3.0\r\n\r\n");
    CHECK(lines.wait_for("bad request reason=HPE_INVALID_VERSION address=127.0.0.1"));
    raw_client keyless = on.connect();
    keyless.get("/engine.io/?EIO=4&transport=websocket", "Connection: upgrade\r\nUpgrade: websocket\r\n");
    CHECK(lines.wait_for(
        "websocket refused message=Missing or invalid Sec-WebSocket-Key header address=127.0.0.1"));
    CHECK(lines.all().size() == 5);  // these, and where the server listens
}

TEST_CASE("connections that say nothing, or are refused by a limit, are counted and logged") {
    event_log lines;
    transports::server_options options = logging_to(lines);
    options.first_byte_timeout = engine::duration(30);
    options.keep_alive_timeout = engine::duration(30);
    options.limits.connections = 2;
    server_under_test on(std::move(options));
    raw_client polite = on.connect();
    CHECK(polite.get("/").status == 404);
    raw_client silent = on.connect();
    CHECK(on.connect().take_all().empty());
    CHECK(lines.wait_for("connection refused reason=too many connections address=127.0.0.1"));
    CHECK(silent.ends());
    CHECK(lines.wait_for("connection ended reason=nothing came in time address=127.0.0.1"));
    CHECK(polite.ends());  // it has spoken
    CHECK(on.server.stats().total.silent == 1);
    CHECK(on.server.stats().refused_connections == 1);
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

}  // namespace engine_server_limits_test
