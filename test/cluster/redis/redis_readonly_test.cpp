#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis/link_bench.hpp>

namespace redis_readonly_test {

using namespace kedge::cluster;
using bench = kedge::testing::link_bench;
using namespace std::chrono_literals;

namespace {

constexpr const char* readonly = "-READONLY You can't write against a read only replica.\r\n";

std::string add(const std::string& what) {
    return make_command({"XADD", "stream", "*", "data", what});
}

void come_back(bench& b, kedge::engine::duration pause) {
    b.loop.advance(pause);
    b.it.on_connected();
    b.it.on_bytes("%0\r\n");
    b.net.take();
    b.it.on_bytes("+PONG\r\n");
}

}  // namespace

TEST_CASE("who may not be written to is left, and what it has refused is asked of the next") {
    bench b;
    b.greet();
    b.it.send(add("one"), b.remember());
    b.it.send(make_command({"PUBLISH", "c", "x"}), b.remember());
    b.it.send(add("two"));
    b.it.send(make_command({"SET", "k", "v"}), b.remember());
    b.net.take();
    b.it.on_bytes(readonly);
    CHECK(b.net.hang_ups == 1);
    CHECK(b.user.down == 1);
    REQUIRE(b.user.troubles.size() == 1);
    CHECK(b.user.troubles[0].starts_with("the connection to Redis was lost: READONLY"));
    CHECK(b.answers == std::vector<std::string>{"-the connection to Redis was lost"});  // the PUBLISH alone
    b.it.send(add("three"));
    come_back(b, 50ms);
    CHECK(b.net.take() == add("one") + add("two") + make_command({"SET", "k", "v"}) + add("three"));
    b.it.on_bytes("$3\r\n1-0\r\n$3\r\n2-0\r\n+OK\r\n$3\r\n3-0\r\n");
    CHECK(b.answers == std::vector<std::string>{"-the connection to Redis was lost", "1-0", "OK"});
}

TEST_CASE("what is a replica for long is asked with growing pauses, and what waits is bounded") {
    bench b({.max_waiting = 2000});
    b.greet();
    b.it.send(add("first"));
    b.it.on_bytes(readonly);
    for (const auto pause : {50ms, 100ms, 200ms}) {
        const int before = b.net.connects;
        b.loop.advance(pause - 1ms);
        CHECK(b.net.connects == before);
        come_back(b, 1ms);
        CHECK(b.net.take() == add("first"));
        b.it.on_bytes(readonly);
    }
    come_back(b, 400ms);
    b.net.take();
    b.it.on_bytes("$3\r\n1-0\r\n");
    // It is a master again: pauses are short, and much that it then refuses drops the oldest.
    for (int i = 0; i < 100; ++i) b.it.send(add(std::to_string(i)));
    b.net.take();
    b.it.on_bytes(readonly);
    come_back(b, 50ms);
    const std::string sent = b.net.take();
    CHECK(sent.find(add("99")) != std::string::npos);
    CHECK(sent.find(add("0")) == std::string::npos);
    CHECK(b.it.figures().dropped.value() > 50);
}

TEST_CASE("a refusal within a transaction is told, and the connection is another then") {
    bench b;
    b.greet();
    b.it.ask(make_command({"MULTI"}), {});
    b.it.ask(make_command({"DEL", "k"}), b.remember());
    b.it.ask(make_command({"EXEC"}), b.remember());
    b.it.on_bytes("+OK\r\n");
    b.it.on_bytes(readonly);
    CHECK(b.net.hang_ups == 1);
    CHECK(b.answers == std::vector<std::string>{"-READONLY You can't write against a read only replica.",
                                                "-the connection to Redis was lost"});
    b.it.stop();
}

}  // namespace redis_readonly_test
