#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <kedge/engine/sid.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/tls.hpp>
#include <test/transports/server_under_test.hpp>

namespace engine_server_workers_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

constexpr unsigned workers = 4;

transports::server_options on_workers() {
    transports::server_options options = with_eio3();
    options.threads = workers;
    return options;
}

unsigned home(const std::string& sid) {
    return engine::home_of(sid, workers).value();
}

/// Polling sessions, at least one on each worker.
std::vector<std::unique_ptr<polling_client>> clients_everywhere(server_under_test& on) {
    std::vector<std::unique_ptr<polling_client>> clients;
    std::set<unsigned> homes;
    std::vector<raw_client>
        fillers;  // a client takes two connections, which would leave every other worker out
    for (int i = 0; i < 100 && homes.size() < workers; ++i) {
        if (i % 2 == 0) fillers.push_back(on.connect());
        clients.push_back(std::make_unique<polling_client>(on));
        homes.insert(home(clients.back()->sid));
    }
    REQUIRE(homes.size() == workers);
    return clients;
}

}  // namespace

TEST_CASE("mt: requests of a session find its worker, whatever connection they come on") {
    server_under_test on(on_workers());
    witness other(on);
    const auto clients = clients_everywhere(on);
    for (int round = 0; round < 3; ++round) {
        for (const auto& each : clients) {
            raw_client post = on.connect();
            CHECK(post.post(each->address, "4hello").body == "ok");
            raw_client poll = on.connect();
            CHECK(poll.get(each->address).body == "4hello");
        }
    }
    CHECK(on.server.stats().total.moved > 0);
    CHECK(other.undisturbed());
}

TEST_CASE("mt: a proxy's connection with requests of many sessions, one after the other and pipelined") {
    server_under_test on(on_workers());
    const auto clients = clients_everywhere(on);
    raw_client proxy = on.connect();
    for (const auto& each : clients) CHECK(proxy.post(each->address, "4" + each->sid).body == "ok");
    for (const auto& each : clients) CHECK(proxy.get(each->address).body == "4" + each->sid);
    std::string all;
    for (const auto& each : clients)
        all += raw_client::head("POST", each->address, {}, "4a" + each->sid) +
               raw_client::head("GET", each->address) + raw_client::head("GET", "/elsewhere");
    proxy.send(all);
    for (const auto& each : clients) {
        CHECK(proxy.read_answer().body == "ok");
        CHECK(proxy.read_answer().body == "4a" + each->sid);
        CHECK(proxy.read_answer().status == 404);
    }
}

TEST_CASE("mt: a request that arrives in pieces moves whole") {
    server_under_test on(on_workers());
    const auto clients = clients_everywhere(on);
    raw_client slow = on.connect();
    for (const auto& each : clients) {
        const std::string body = "4" + std::string(100'000, 'x');
        const std::string request = raw_client::head("POST", each->address, {}, body);
        slow.send(request.substr(0, 20));
        CHECK(slow.quiet(5));
        slow.send(request.substr(20, 60));
        slow.send(request.substr(80, 50'000));
        CHECK(slow.quiet(5));
        slow.send(request.substr(50'080));
        CHECK(slow.read_answer().body == "ok");
        CHECK(each->poll().body == body);
    }
}

TEST_CASE("mt: upgrades and frames sent right behind them") {
    server_under_test on(on_workers());
    const auto clients = clients_everywhere(on);
    for (const auto& each : clients) {
        raw_client socket = on.connect();
        socket.send(raw_client::head("GET", of(v4_websocket, each->sid), raw_client::upgrade_headers) +
                    raw_client::masked_frame(0x81, "2probe"));
        CHECK(socket.read_answer().status == 101);
        CHECK(socket.read_text() == "3probe");
        socket.send_text("5");
        CHECK(on.events.wait_for("upgrade " + each->sid));
        socket.send_text("4x");
        CHECK(socket.read_text() == "4x");
    }
}

TEST_CASE("mt: JSONP") {
    server_under_test on(on_workers());
    for (int i = 0; i < 12; ++i) {
        raw_client opening = on.connect();
        std::string plain;
        for (const char c : opening.get("/engine.io/?EIO=3&transport=polling&b64=1&j=2").body)
            if (c != '\\') plain.push_back(c);
        const std::string address = "/engine.io/?EIO=3&transport=polling&b64=1&j=2&sid=" + sid_in(plain);
        CHECK(on.connect()
                  .post(address, "d=2%3A4x", "Content-Type: application/x-www-form-urlencoded\r\n")
                  .body == "ok");
        CHECK(on.connect().get(address).body == "___eio[2](\"2:4x\");");
    }
}

TEST_CASE("mt: ids of the application's own making live where their hash says") {
    transports::server_options options = on_workers();
    options.cookie.emplace();
    options.cors.emplace();
    options.generate_id = [](const engine::request& asking) { return asking.query("name").value_or(""); };
    std::atomic<int> asked = 0;
    options.allow_request = [&](engine::request_ptr, transports::admission answer) {
        ++asked;
        answer.allow();
    };
    server_under_test on(options);
    for (int i = 0; i < 40; ++i) {
        const std::string name = "client-number-" + std::to_string(1000 + i);
        raw_client polling = on.connect();
        const answer opening =
            polling.get("/engine.io/?EIO=4&transport=polling&name=" + name, "Origin: http://a\r\n");
        CHECK(opening.body.starts_with("0{\"sid\":\"" + name));
        CHECK(opening.header("set-cookie").starts_with("io=" + name));
        CHECK(opening.header("access-control-allow-origin") == "*");
        CHECK(opening.count("access-control-allow-origin") == 1);
        CHECK(polling.post(of(v4_polling, name), "4x").body == "ok");
        CHECK(on.connect().get(of(v4_polling, name)).body == "4x");
        raw_client socket = on.connect();
        CHECK(socket.upgrade("/engine.io/?EIO=4&transport=websocket&name=socket-" + name).status == 101);
        CHECK(socket.read_text().starts_with("0{\"sid\":\"socket-" + name));
    }
    CHECK(asked == 80);  // each once, though connections moved
    for (unsigned i = 0; i < workers; ++i) CHECK(on.server.stats().workers[i].sessions > 0);
}

TEST_CASE("mt: overlaps across workers") {
    server_under_test on(on_workers());
    for (const auto& each : clients_everywhere(on)) {
        raw_client first = on.connect();
        raw_client second = on.connect();
        first.send(raw_client::head("GET", each->address));
        second.send(raw_client::head("GET", each->address));
        const std::set<std::string> bodies{first.read_answer().body, second.read_answer().body};
        CHECK(bodies == std::set<std::string>{"", "1"});  // which one came first is not known
        CHECK(on.events.wait_for("close " + each->sid + " transport error: overlap from client"));
    }
}

TEST_CASE("mt: sends and closes from other threads") {
    server_under_test on(on_workers());
    std::vector<std::unique_ptr<websocket_client>> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<websocket_client>(on));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i)
                for (const auto& each : clients)
                    on.session(each->sid).send(std::to_string(t) + ":" + std::to_string(i));
        });
    for (std::thread& each : threads) each.join();
    for (const auto& each : clients) {
        int next[3] = {};
        for (int i = 0; i < 150; ++i) {
            const std::string got = each->read_text();
            const int thread = got[1] - '0';
            CHECK(got == "4" + std::to_string(thread) + ":" + std::to_string(next[thread]++));
        }
    }
    std::thread closer([&] {
        for (const auto& each : clients) on.session(each->sid).close();
    });
    closer.join();
    for (const auto& each : clients) CHECK(each->take(2) == "\x88\x00"s);
    CHECK(on.server.clients_count() == 0);
}

TEST_CASE("mt: 2000 sessions coming and going") {
    server_under_test on(on_workers());
    witness other(on);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            try {
                for (int i = 0; i < 250; ++i) {
                    polling_client polling(on, i % 2 ? v3_polling : v4_polling);
                    if (polling.post(i % 2 ? "2:4x" : "4x").body != "ok") ++wrong;
                    if (i % 3 == 0 && polling.poll().body != (i % 2 ? "2:4x" : "4x")) ++wrong;
                    if (i % 5 == 0) polling.post(i % 2 ? "1:1" : "1");
                    websocket_client socket(on, i % 2 ? v3_websocket : v4_websocket);
                    socket.send_text("4" + std::to_string(t));
                    if (socket.read_text() != "4" + std::to_string(t)) ++wrong;
                    if (i % 7 == 0) on.session(socket.sid).close();
                }
            } catch (const std::exception&) {
                ++wrong;
            }
        });
    for (std::thread& each : threads) each.join();
    CHECK(wrong == 0);
    CHECK(other.undisturbed());
    CHECK(on.server.stats().total.sessions_opened == 2001);
}

TEST_CASE("mt: the end of a server while clients come and talk") {
    server_under_test on(on_workers());
    std::atomic<bool> ended = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            while (!ended) try {
                    polling_client polling(on);
                    polling.post("4x");
                    websocket_client socket(on);
                    socket.send_text("4y");
                    socket.read_text();
                } catch (const std::exception&) {
                    // The server is on its way out.
                }
        });
    websocket_client first(on);
    first.send_text("4x");
    CHECK(first.read_text() == "4x");
    std::thread closer(
        [&] { on.server.close({.grace = engine::duration(100)}, [&on] { on.events.add("closed"); }); });
    CHECK(on.events.wait_for("closed"));
    ended = true;
    closer.join();
    for (std::thread& each : threads) each.join();
    CHECK(on.server.clients_count() == 0);
}

// What outlives a turn owns its bytes: by the time the connection moves, another has read into the worker's
// buffer.
TEST_CASE("mt: a request that moves after a late consent is its own, not another's") {
    std::mutex lock;
    std::vector<transports::admission> waiting;
    transports::server_options options = with_eio3();
    options.threads = 2;
    options.generate_id = [](const engine::request& asking) {
        const unsigned here = transports::worker::current()->index();
        std::string made(asking.query("name").value_or(""));
        while (engine::hashed_home(made, 2) == here) made += "a";  // an odd letter moves the hash
        return made;
    };
    options.allow_request = [&](const engine::request_ptr& asking, transports::admission answer) {
        if (asking->query("late")) {
            const std::lock_guard guard(lock);
            waiting.push_back(std::move(answer));
        } else {
            answer.refuse();
        }
    };
    server_under_test on(options);
    std::vector<std::string> seen;
    on.greet = [&](transports::session opened) {
        const std::lock_guard guard(lock);
        seen.push_back(opened.id() + " " + opened.request().header("cookie").value_or("none"));
    };
    for (const bool websocket : {false, true}) {
        const std::string name = websocket ? "socket" : "poller";
        const std::string target =
            std::string(websocket ? v4_websocket : v4_polling).append("&late=1&name=").append(name);
        raw_client mine = on.connect();
        on.request(mine, raw_client::head("GET", target,
                                          std::string(websocket ? raw_client::upgrade_headers : "") +
                                              "Cookie: owner=" + name + "\r\n"));
        for (int i = 0; i < 4; ++i) {
            raw_client other = on.connect();
            CHECK(other
                      .get(std::string(v4_polling).append("&name=stranger"),
                           "Cookie: owner=stranger-stranger-stranger-stranger-stranger\r\n")
                      .status == 403);
        }
        std::unique_lock guard(lock);
        REQUIRE(waiting.size() == 1);
        const transports::admission answer = std::move(waiting.front());
        waiting.clear();
        guard.unlock();
        answer.allow();
        CHECK(mine.read_answer().status == (websocket ? 101 : 200));
        if (websocket) CHECK(mine.read_text().starts_with("0{\"sid\":\"socket"));
        guard.lock();
        REQUIRE(seen.size() == 1);
        CHECK(seen.front().starts_with(name));
        CHECK(seen.front().ends_with("owner=" + name));
        seen.clear();
    }
    CHECK(on.server.stats().total.moved == 2);
}

}  // namespace engine_server_workers_test
