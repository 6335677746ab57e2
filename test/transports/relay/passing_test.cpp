#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <future>
#include <string>
#include <string_view>

#include <kedge/transports/net/listen_socket.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <test/transports/relay/two_nodes.hpp>

namespace passing_test {

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr std::string_view unknown_sid = R"({"code":1,"message":"Session ID unknown"})";

/// A node, and a home that a test plays.
struct played_home {
    played_home() {
        entry.know({.own = 1, .others = {{0, at_port(home.port())}}});
        transports::random_openssl random;
        engine::sid_source ids(random, 0);
        ids.node(0);
        address = of(v4_polling, ids.next());
    }
    /// The next connection of the node.
    raw_client accept() {
        pollfd waiting{home.descriptor(), POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, raw_client::patience_ms) == 1);
        return raw_client::over(::accept4(home.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    void post(const std::string& body) {
        client.send("POST " + address + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    void poll() { client.send(raw_client::head("GET", address)); }
    /// The home answers, and the client hears it.
    void answer(raw_client& at) {
        at.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        CHECK(client.read_answer().body == "ok");
    }
    /// Does it while the node does nothing else: what comes meanwhile comes in one turn.
    template <class Work>
    void in_one_turn(Work work) {
        std::promise<void> held;
        std::promise<void> go_on;
        entry.on.server.loops().front()->post([&held, until = go_on.get_future().share()] {
            held.set_value();
            until.wait();
        });
        held.get_future().wait();
        work();
        go_on.set_value();
    }

    transports::listen_socket home{loopback()};
    node_under_test entry;
    raw_client client = entry.on.connect();
    std::string address;
};

}  // namespace

TEST_CASE("a poll goes by a fresh connection when the used one is closed without an answer") {
    played_home on;
    on.post("4x");
    raw_client first = on.accept();
    first.take_until("4x");
    on.answer(first);
    on.poll();
    first.take_until("GET ");
    first.drop();
    raw_client second = on.accept();
    second.take_until("GET ");
    on.answer(second);
    CHECK(on.entry.stats().passing_failed == 0);
}

TEST_CASE("what tells something goes by a fresh connection when nobody can have read it on the used one") {
    played_home on;
    on.post("4x");
    raw_client first = on.accept();
    first.take_until("4x");
    on.answer(first);
    on.in_one_turn([&] {
        on.post("4told");
        first.drop();
    });
    raw_client second = on.accept();
    CHECK(second.take_until("4told").find("POST") != std::string::npos);
    on.answer(second);
    CHECK(on.entry.stats().passing_failed == 0);
}

TEST_CASE(
    "what tells something is not said twice to who may have read it, nor anything on a fresh connection") {
    played_home on;
    on.post("4x");
    raw_client first = on.accept();
    first.take_until("4x");
    on.answer(first);
    on.post("4told");
    first.take_until("4told");
    first.drop();
    CHECK(on.client.read_answer().body == unknown_sid);
    on.poll();
    raw_client second = on.accept();
    second.take_until("GET ");
    second.drop();
    CHECK(on.client.read_answer().body == unknown_sid);
    CHECK(on.entry.stats().passing_failed == 2);
}

TEST_CASE("an answer that has begun is not asked for once more") {
    played_home on;
    on.post("4x");
    raw_client first = on.accept();
    first.take_until("4x");
    on.answer(first);
    on.poll();
    first.take_until("GET ");
    first.send("HTTP/1.1 2");
    CHECK(on.client.quiet());
    first.drop();
    CHECK(on.client.read_answer().body == unknown_sid);
}

}  // namespace passing_test
