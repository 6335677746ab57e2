#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis/link_bench.hpp>

namespace redis_link_test {

using namespace kedge::cluster;
using bench = kedge::testing::link_bench;
using namespace std::chrono_literals;

namespace {

std::string command(std::initializer_list<std::string_view> words) {
    return make_command(words);
}

}  // namespace

TEST_CASE("a link greets in RESP3 and is ready") {
    bench b({.user = "fleet", .password = "pw", .database = 2, .name = "kedge"});
    b.it.start();
    CHECK(b.net.connects == 1);
    CHECK_FALSE(b.it.ready());
    b.it.on_connected();
    CHECK(b.net.take() == command({"HELLO", "3", "AUTH", "fleet", "pw", "SETNAME", "kedge"}));
    b.it.on_bytes("%0\r\n");
    CHECK(b.net.take() == command({"SELECT", "2"}));
    CHECK(b.user.ready == 0);
    b.it.on_bytes("+OK\r\n");
    CHECK(b.net.take() == command({"PING"}));
    CHECK(b.user.ready == 0);
    b.it.on_bytes("+PONG\r\n");
    CHECK(b.user.ready == 1);
    CHECK(b.it.ready());
}

TEST_CASE("a server that does not know HELLO is greeted in RESP2") {
    bench b({.password = "pw", .database = 1, .name = "n"});
    b.it.start();
    b.it.on_connected();
    CHECK(b.net.take() == command({"HELLO", "3", "AUTH", "default", "pw", "SETNAME", "n"}));
    b.it.on_bytes("-ERR unknown command `HELLO`, with args beginning with: `3`\r\n");
    CHECK(b.net.take() == command({"AUTH", "pw"}));
    b.it.on_bytes("+OK\r\n");
    CHECK(b.net.take() == command({"CLIENT", "SETNAME", "n"}));
    b.it.on_bytes("+OK\r\n");
    CHECK(b.net.take() == command({"SELECT", "1"}));
    b.it.on_bytes("+OK\r\n");
    CHECK(b.net.take() == command({"PING"}));
    b.it.on_bytes("+PONG\r\n");
    CHECK(b.it.ready());
}

TEST_CASE("who is refused says why and tries again later") {
    bench b({.password = "wrong"});
    b.it.start();
    b.it.on_connected();
    b.it.on_bytes("-WRONGPASS invalid username-password pair\r\n");
    CHECK(b.net.hang_ups == 1);
    REQUIRE(b.user.troubles.size() == 1);
    CHECK(b.user.troubles[0] == "Redis cannot be reached: WRONGPASS invalid username-password pair");
    CHECK(b.user.down == 0);
    b.loop.advance(50ms);
    CHECK(b.net.connects == 2);
}

TEST_CASE("Redis that still loads what it had is given nothing, and asked again later") {
    bench b;
    b.it.start();
    b.it.send("waits", b.remember());
    for (const char* loading : {"-LOADING Redis is loading the dataset in memory\r\n", "-NOAUTH\r\n"}) {
        b.it.on_connected();
        b.it.on_bytes("%0\r\n");
        b.net.take();
        b.it.on_bytes(loading);
        CHECK(b.net.take().empty());
        CHECK_FALSE(b.it.ready());
        b.loop.advance(200ms);
    }
    CHECK(b.net.connects == 3);
    b.it.on_connected();
    b.it.on_bytes("%0\r\n");
    b.net.take();
    b.it.on_bytes("-NOPERM this user has no permissions to run the 'ping' command\r\n");
    CHECK(b.net.take() == "waits");
    CHECK(b.answers.empty());
}

TEST_CASE("answers come to who asked, in order, errors too") {
    bench b;
    b.greet();
    b.it.send(command({"GET", "a"}), b.remember());
    b.it.send(command({"PUBLISH", "c", "x"}));
    b.it.ask(command({"GET", "b"}), b.remember());
    CHECK(b.net.take() == command({"GET", "a"}) + command({"PUBLISH", "c", "x"}) + command({"GET", "b"}));
    b.it.on_bytes("$1\r\n1\r\n-NOPERM no\r\n>1\r\n+invalidate\r\n-ERR b\r\n");
    CHECK(b.answers == std::vector<std::string>{"1", "-ERR b"});
    CHECK(b.user.pushed == std::vector<std::string>{"invalidate"});
    CHECK(b.user.troubles == std::vector<std::string>{"Redis refused a command: NOPERM no"});
    CHECK(b.it.figures().refused.value() == 2);
}

TEST_CASE("pauses between attempts double up to the longest, with chance in them") {
    bench b({.shortest_pause = 50ms, .longest_pause = 200ms});
    b.it.start();
    for (const auto pause : {50ms, 100ms, 200ms, 200ms}) {
        const int before = b.net.connects;
        b.it.on_lost("refused");
        b.loop.advance(pause - 1ms);
        CHECK(b.net.connects == before);
        b.loop.advance(1ms);
        CHECK(b.net.connects == before + 1);
    }
    b.chance.value = std::byte{0};  // the shortest that chance makes of 200 ms
    b.it.on_lost("refused");
    const int before = b.net.connects;
    b.loop.advance(100ms);
    CHECK(b.net.connects == before + 1);
    // A connection that is greeted begins anew with the shortest.
    b.it.on_connected();
    b.greeted();
    b.it.on_lost("reset");
    b.loop.advance(25ms);
    CHECK(b.net.connects == before + 2);
}

TEST_CASE("a server that does not answer the connection or the greeting is given up") {
    bench b({.greeting_within = 1000ms});
    b.it.start();
    b.loop.advance(1000ms);
    CHECK(b.net.hang_ups == 1);
    b.loop.advance(50ms);
    CHECK(b.net.connects == 2);
    b.it.on_connected();
    b.loop.advance(1000ms);
    CHECK(b.net.hang_ups == 2);
    CHECK(b.user.troubles.back() == "Redis cannot be reached: no answer");
}

TEST_CASE("silence is asked about, and ends the connection when nothing is said to that") {
    bench b({.ping_after = 2000ms, .lost_after = 3000ms});
    b.greet();
    b.loop.advance(1999ms);
    CHECK(b.net.take().empty());
    b.loop.advance(1ms);
    CHECK(b.net.take() == command({"PING"}));
    b.it.on_bytes("+PONG\r\n");
    b.loop.advance(2000ms);
    CHECK(b.net.take() == command({"PING"}));
    b.it.send(command({"GET", "a"}), b.remember());
    b.loop.advance(2999ms);
    CHECK(b.it.ready());
    b.loop.advance(1ms);
    CHECK_FALSE(b.it.ready());
    CHECK(b.user.down == 1);
    CHECK(b.answers == std::vector<std::string>{"-the connection to Redis was lost"});
    CHECK(b.it.figures().unanswered.value() == 2);
}

TEST_CASE("a server that was held up itself looks at what came meanwhile first") {
    bench b({.ping_after = 2000ms, .lost_after = 3000ms});
    b.greet();
    b.loop.timers().run(b.loop.now() + 60s);
    CHECK(b.it.ready());
    CHECK(b.net.take() == command({"PING"}));
}

TEST_CASE("what cannot be sent waits, in order, and leaves before what comes later") {
    bench b;
    b.it.start();
    b.it.send("a");
    b.it.send("b", b.remember());
    b.it.send_or_drop("volatile");
    b.it.ask("question", b.remember());
    CHECK(b.answers == std::vector<std::string>{"-Redis is not there"});
    CHECK(b.it.figures().dropped.value() == 1);
    b.greet();
    b.it.on_lost("reset");
    b.it.send("c");
    b.loop.advance(50ms);
    b.it.on_connected();
    b.net.take();
    b.greeted();
    CHECK(b.net.take() == "c");  // a and b left on the first connection; nothing is said twice
    CHECK(b.answers.back() == "-the connection to Redis was lost");
}

TEST_CASE("above the limit the oldest are dropped, counted, and told") {
    bench b({.max_waiting = 1000});
    b.it.start();
    b.it.send(std::string(300, 'a'), b.remember());
    b.it.send(std::string(300, 'b'));
    b.it.send(std::string(300, 'c'));
    CHECK(b.answers == std::vector<std::string>{"-too much waits for Redis"});
    b.it.send(std::string(2000, 'd'), b.remember());
    CHECK(b.answers.size() == 2);
    CHECK(b.it.figures().dropped.value() == 2);
    b.it.on_connected();
    b.net.take();
    b.greeted();
    CHECK(b.net.take() == std::string(300, 'b') + std::string(300, 'c'));
}

TEST_CASE("a transaction leaves as one, and is dropped as one") {
    const std::vector<std::string> parts{command({"MULTI"}), command({"GET", "k"}), command({"EXEC"})};
    const std::string last(850, 'x');
    for (const bool crowded : {false, true}) {
        CAPTURE(crowded);
        bench b({.max_waiting = 1000});
        b.it.start();
        for (const auto& each : parts) b.it.send(each, b.remember());
        if (crowded) b.it.send(last);
        CHECK(b.answers == std::vector<std::string>(crowded ? 3 : 0, "-too much waits for Redis"));
        CHECK(b.it.figures().dropped.value() == (crowded ? 3 : 0));
        b.it.on_connected();
        b.net.take();
        b.greeted();
        CHECK(b.net.take() == (crowded ? last : parts[0] + parts[1] + parts[2]));
        b.it.on_bytes(crowded ? ":1\r\n" : "+OK\r\n+QUEUED\r\n*1\r\n$1\r\nv\r\n");
        if (!crowded) CHECK(b.answers == std::vector<std::string>{"OK", "QUEUED", ""});
    }
}

TEST_CASE("while the kernel refuses bytes the rest waits, and volatile ones go") {
    bench b({.max_unsent = 1000});
    b.greet();
    b.net.stuck = 2000;
    b.it.send_or_drop("v");
    b.it.send("a");
    CHECK(b.net.take().empty());
    CHECK(b.it.figures().dropped.value() == 1);
    b.net.stuck = 0;
    b.it.on_drained();
    CHECK(b.net.take() == "a");
}

TEST_CASE("bytes that are no RESP end the connection; what comes after them is not read") {
    bench b;
    b.greet();
    b.it.send("x", b.remember());
    b.it.on_bytes(":1\r\nnonsense\r\n:2\r\n");
    CHECK(b.answers == std::vector<std::string>{"1"});
    CHECK(b.user.down == 1);
    CHECK(b.net.hang_ups == 1);
}

TEST_CASE("who answers what was not asked is not believed any more") {
    bench b;
    b.greet();
    b.it.send("x", b.remember());
    b.it.on_bytes(":1\r\n:2\r\n");
    CHECK(b.answers == std::vector<std::string>{"1"});
    CHECK(b.user.troubles.back() == "the connection to Redis was lost: it answered what was not asked");
    CHECK(b.net.hang_ups == 1);
}

TEST_CASE("a link that is stopped stays away, also from inside an answer") {
    bench b;
    b.greet();
    b.it.send("x", [&](resp_value) { b.it.stop(); });
    b.it.send("y", b.remember());
    b.it.on_bytes(":1\r\n:2\r\n");
    CHECK(b.answers == std::vector<std::string>{"-the connection to Redis was lost"});
    b.it.on_lost("late");
    b.loop.advance(1min);
    CHECK(b.net.connects == 1);
    b.it.send("z", b.remember());
    CHECK(b.answers.back() == "-Redis is not there");
}

}  // namespace redis_link_test
