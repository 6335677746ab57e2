#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>
#include <kedge/cluster/redis/subscriptions.hpp>

#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace subscriptions_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

/// The end of a link with subscriptions, played by the test.
struct bench {
    bench() { them.use(it); }

    void connect() {
        it.on_connected();
        net.take();
        it.on_bytes("%0\r\n");
    }
    channel_listener listen() {
        return [this](std::string_view channel, std::string_view message) {
            heard.push_back(std::string(channel) + "=" + std::string(message));
        };
    }

    kedge::testing::fake_loop loop;
    kedge::testing::scripted_wire net;
    kedge::testing::fixed_random chance;
    std::vector<std::string> heard;
    std::vector<std::string> told;
    subscriptions them{{.on_live = [this](bool again) { told.emplace_back(again ? "again" : "live"); },
                        .on_down = [this] { told.emplace_back("down"); },
                        .on_trouble = [this](std::string_view what,
                                             std::string_view) { told.emplace_back(std::string(what)); }}};
    redis_link it{loop, net, chance, {.answers = false}, them};
};

std::string confirmed(const std::string& verb, const std::string& name) {
    return ">3\r\n" + ("+" + verb) + "\r\n$" + std::to_string(name.size()) + "\r\n" + name + "\r\n:1\r\n";
}

}  // namespace

TEST_CASE("what is wanted before there is a connection is asked for on it, and told when it is heard") {
    bench b;
    int effective = 0;
    b.them.add(channel_kind::pattern, "p*", b.listen(), [&] { ++effective; });
    b.them.add(channel_kind::plain, "a", b.listen(), [&] { ++effective; });
    b.it.start();
    b.connect();
    CHECK(b.net.take() == make_command({"SUBSCRIBE", "a"}) + make_command({"PSUBSCRIBE", "p*"}));
    CHECK(b.told.empty());
    b.it.on_bytes(confirmed("subscribe", "a"));
    CHECK(effective == 1);
    b.it.on_bytes(confirmed("psubscribe", "p*"));
    CHECK(effective == 2);
    CHECK(b.told == std::vector<std::string>{"live"});
    // RESP2 says the same in arrays.
    b.it.on_bytes(
        "*3\r\n+message\r\n+a\r\n+1\r\n>4\r\n+pmessage\r\n+p*\r\n+px\r\n+2\r\n>3\r\n+message\r\n+other\r\n+"
        "3\r\n");
    CHECK(b.heard == std::vector<std::string>{"a=1", "px=2"});
}

TEST_CASE("whoever listens is told on each new connection that it is heard") {
    bench b;
    int effective = 0;
    b.them.add(channel_kind::pattern, "p*", b.listen(), [&] { ++effective; });
    b.it.start();
    for (const int times : {1, 2}) {
        b.connect();
        CHECK(effective == times - 1);
        b.it.on_bytes(confirmed("psubscribe", "p*"));
        b.it.on_bytes(confirmed("psubscribe", "p*"));
        CHECK(effective == times);
        b.it.on_lost("reset");
        b.loop.advance(50ms);
    }
}

TEST_CASE("a new connection hears what was wanted last, and says that something may be lost") {
    bench b;
    b.it.start();
    b.connect();
    CHECK(b.told == std::vector<std::string>{"live"});
    b.them.add(channel_kind::sharded, "s", b.listen());
    b.them.add(channel_kind::plain, "gone", b.listen());
    CHECK(b.net.take() == make_command({"SSUBSCRIBE", "s"}) + make_command({"SUBSCRIBE", "gone"}));
    b.them.remove(channel_kind::plain, "gone");
    CHECK(b.net.take() == make_command({"UNSUBSCRIBE", "gone"}));
    CHECK_FALSE(b.them.has(channel_kind::plain, "gone"));
    b.it.on_bytes(confirmed("ssubscribe", "s") + confirmed("subscribe", "gone"));
    b.it.on_lost("reset");
    b.loop.advance(50ms);
    b.connect();
    CHECK(b.net.take() == make_command({"SSUBSCRIBE", "s"}));
    b.it.on_bytes(confirmed("ssubscribe", "s"));
    CHECK(b.told == std::vector<std::string>{"live", "the connection to Redis was lost", "down", "again"});
}

TEST_CASE("many are asked for in few commands") {
    bench b;
    for (int i = 0; i < 450; ++i) b.them.add(channel_kind::plain, "c" + std::to_string(i), b.listen());
    b.it.start();
    b.connect();
    const std::string sent = b.net.take();
    std::size_t commands = 0;
    for (std::size_t at = 0; (at = sent.find("SUBSCRIBE", at)) != std::string::npos; ++at) ++commands;
    CHECK(commands == 3);
}

TEST_CASE("what is refused or makes no sense is harmless") {
    bench b;
    b.it.start();
    b.connect();
    b.it.on_bytes("-NOPERM no\r\n+PONG\r\n*0\r\n>1\r\n*1\r\n:1\r\n>2\r\n+message\r\n+x\r\n:7\r\n");
    CHECK(b.told.back() == "Redis refused a subscription");
    CHECK(b.it.ready());
}

TEST_CASE("a listener may end its own subscription") {
    bench b;
    b.them.add(channel_kind::plain, "a", [&](std::string_view, std::string_view) {
        b.heard.emplace_back("once");
        b.them.remove(channel_kind::plain, "a");
    });
    b.it.start();
    b.connect();
    b.it.on_bytes(confirmed("subscribe", "a") +
                  ">3\r\n+message\r\n+a\r\n+1\r\n>3\r\n+message\r\n+a\r\n+2\r\n");
    CHECK(b.heard.size() == 1);
}

}  // namespace subscriptions_test
