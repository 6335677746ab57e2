#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/stomp/relay/system_line.hpp>
#include <test/cluster/redis/scripted_wire.hpp>
#include <test/stomp/relay/scripted_broker.hpp>

namespace system_line_test {

using namespace kedge::stomp;
using namespace kedge::stomp::testing;
using namespace std::chrono_literals;

namespace {

using acts = std::vector<std::string>;

struct system_bench : system_line_user {
    explicit system_bench(system_line::terms terms = {})
        : line(loop, net, chance, std::move(terms), counted, *this) {}

    void on_available() override { told.emplace_back("available"); }
    void on_unavailable(std::string_view why) override { told.push_back("unavailable: " + std::string(why)); }

    void greet() {
        line.link().on_connected();
        loop.turn([&] { line.link().on_bytes(bytes_of("CONNECTED|version:1.2||^")); });
    }
    void send(const std::string& body) {
        loop.turn([&] { line.send("/queue/a", {{"content-type", "text/plain"}}, body); });
    }
    static std::string sent(const std::string& body) {
        return "SEND|destination:/queue/a|content-type:text/plain|content-length:" +
               std::to_string(body.size()) + "||" + body + '^';
    }

    kedge::testing::fake_loop loop;
    kedge::testing::fixed_random chance;
    scripted_broker net;
    relay_figures counted;
    acts told;
    system_line line;
};

}  // namespace

TEST_CASE("what is sent before the broker is there waits for it, in order") {
    system_bench one;
    one.line.start();
    one.send("1");
    one.send("2");
    CHECK(one.net.take() == acts{"connect"});
    one.greet();
    one.send("3");
    const acts done = one.net.take();
    CHECK(acts(done.begin() + 1, done.end()) == acts{one.sent("1"), one.sent("2"), one.sent("3")});
    CHECK(one.told == acts{"available"});
    CHECK(one.counted.available);
    CHECK(one.counted.passed_on == 3);
}

TEST_CASE("a broker that is not there is tried again with growing pauses, and missed once") {
    system_bench one({.shortest_pause = 100ms, .longest_pause = 300ms});
    one.line.start();
    one.net.take();
    for (const auto pause : {100ms, 200ms, 300ms, 300ms}) {
        one.line.link().on_lost("refused");
        one.loop.advance(pause - 1ms);
        CHECK(one.net.take().empty());
        one.loop.advance(1ms);
        CHECK(one.net.take() == acts{"connect"});
    }
    CHECK(one.told == acts{"unavailable: refused"});
    CHECK(one.counted.missed);
    CHECK(one.counted.failures == 4);
    one.greet();
    CHECK_FALSE(one.counted.missed);
    one.line.link().on_lost("gone");
    CHECK_FALSE(one.counted.missed);  // there is somebody, who may let others in
    CHECK(one.told == acts{"unavailable: refused", "available", "unavailable: gone"});
    one.net.take();
    one.loop.advance(100ms);
    CHECK(one.net.take() == acts{"connect"});
}

TEST_CASE("what waits for a broker is bounded") {
    system_bench one({.max_waiting = 5'000});
    one.line.start();
    for (int each = 0; each < 10; ++each) one.send(std::string(1'000, 'x'));
    const auto dropped = one.counted.dropped.load();
    CHECK(dropped >= 5);
    CHECK(dropped < 9);
    one.greet();
    CHECK(one.counted.passed_on + dropped == 10);
    one.send("later");
    CHECK(one.net.take().back() == one.sent("later"));
}

TEST_CASE("a congested broker gets the rest when it has room") {
    system_bench one({.link = {.max_unsent = 10}});
    one.line.start();
    one.greet();
    one.net.take();
    one.net.stuck = 11;
    one.send("1");
    one.send("2");
    CHECK(one.net.take() == acts{one.sent("1"), "want drain"});
    one.net.stuck = 0;
    one.loop.turn([&] { one.line.link().on_drained(); });
    CHECK(one.net.take() == acts{one.sent("2")});
}

TEST_CASE("the end says goodbye, and what waits is dropped") {
    system_bench one;
    one.line.start();
    one.greet();
    one.net.take();
    one.line.stop();
    CHECK(one.net.take() == acts{"DISCONNECT||^", "finish"});
    CHECK_FALSE(one.counted.available);
    one.loop.advance(100s);
    CHECK(one.net.take().empty());
    system_bench other;
    other.line.start();
    other.send("1");
    other.line.stop();
    CHECK(other.counted.dropped == 1);
}

}  // namespace system_line_test
