#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/redis/node_lease.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis/failing_redis.hpp>
#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace node_lease_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;
using kedge::testing::failing_redis;

namespace {

struct silent_user final : link_user {
    void on_ready() override {}
    void on_trouble(std::string_view, std::string_view) override {}
};

/// A node, and Redis played by the test.
struct bench {
    explicit bench(unsigned first = 7) {
        chance.value = static_cast<std::byte>(first);
        it.start();
        connect();
    }
    void connect() {
        it.on_connected();
        net.take();
        it.on_bytes("%0\r\n");
        net.take();
        it.on_bytes("+PONG\r\n");
    }
    /// Redis answers what was asked for with these keys.
    void answer_all(const std::map<unsigned, std::string>& keys) {
        REQUIRE(net.take().find("MGET") != std::string::npos);
        std::string reply = "*255\r\n";
        for (unsigned i = 0; i < node_lease::numbers; ++i) {
            const auto found = keys.find(i);
            reply += found == keys.end()
                         ? "$-1\r\n"
                         : "$" + std::to_string(found->second.size()) + "\r\n" + found->second + "\r\n";
        }
        it.on_bytes(reply);
    }
    std::string set(unsigned number) const {
        return make_command({"SET", "fleet:" + std::to_string(number), own, "NX", "PX", "15000"});
    }
    /// Lets it have a number.
    void join(const std::map<unsigned, std::string>& others = {}) {
        lease.start();
        answer_all(others);
        net.take();
        it.on_bytes("+OK\r\n");
        net.take();
        it.on_bytes(":1\r\n");
    }

    kedge::testing::fake_loop loop;
    kedge::testing::scripted_wire net;
    kedge::testing::fixed_random chance;
    silent_user user;
    redis_link it{loop, net, chance, {.ping_after = std::chrono::hours(1)}, user};
    std::vector<std::string> told;
    std::vector<std::string> logged;
    node_lease lease{loop,
                     it,
                     chance,
                     "fleet",
                     "10.0.0.1:7000",
                     {.on_change =
                          [this](std::uint8_t number, const node_lease::addresses& others) {
                              std::string now = std::to_string(number);
                              for (const auto& [which, where] : others)
                                  now += " " + std::to_string(which) + "=" + where.host + ":" +
                                         std::to_string(where.port);
                              told.push_back(now);
                          },
                      .log = [this](kedge::log_level, std::string_view what,
                                    std::string_view) { logged.emplace_back(what); }}};
    const std::string own = "10.0.0.1:7000,________________";
};

const std::string another = "10.0.0.2:7000,xyz";

}  // namespace

TEST_CASE("addresses of nodes are read") {
    CHECK(parse_node_address("10.0.0.1:7000")->host == "10.0.0.1");
    CHECK(parse_node_address("[::1]:7000")->host == "::1");
    CHECK(parse_node_address("a.node:1")->port == 1);
    for (const char* bad : {"", ":1", "host", "host:", "host:x", "host:70000", "::1:7000", "host:1x"})
        CHECK_FALSE(parse_node_address(bad).has_value());
}

TEST_CASE("a node takes a number that is free, says so, and knows the others") {
    bench b;
    b.lease.start();
    b.answer_all({{7, another}, {3, "[::1]:7001,abc"}});
    CHECK(b.told == std::vector<std::string>{"255 3=::1:7001 7=10.0.0.2:7000"});
    CHECK(b.net.take() == b.set(8));
    b.it.on_bytes("+OK\r\n");
    CHECK(b.told.back() == "8 3=::1:7001 7=10.0.0.2:7000");
    CHECK(b.net.take() == make_command({"PUBLISH", "fleet", "8 " + b.own}));
    CHECK(b.logged == std::vector<std::string>{"joined the fleet"});
}

TEST_CASE("a number that another node takes first is left to it") {
    bench b;
    b.lease.start();
    b.answer_all({});
    CHECK(b.net.take() == b.set(7));
    b.it.on_bytes("$-1\r\n");
    CHECK(b.told.empty());
    b.loop.advance(100ms);
    b.answer_all({{7, another}});
    CHECK(b.net.take() == b.set(8));
}

TEST_CASE("a number is renewed every five seconds, and taken again when Redis has forgotten it") {
    bench b;
    b.join();
    b.loop.advance(4999ms);
    CHECK(b.net.take().empty());
    b.loop.advance(1ms);
    b.answer_all({{7, b.own}});
    CHECK(b.net.take() == make_command({"PEXPIRE", "fleet:7", "15000"}));
    b.it.on_bytes(":1\r\n");
    b.loop.advance(5s);
    b.answer_all({});
    CHECK(b.net.take() == b.set(7));
    CHECK(b.told == std::vector<std::string>{"7"});
}

TEST_CASE("a node whose number another has takes a new one") {
    bench b;
    b.join();
    b.lease.on_announced("9 " + another);
    b.answer_all({{7, another}, {9, another}});
    CHECK(b.told[b.told.size() - 1] == "255 7=10.0.0.2:7000 9=10.0.0.2:7000");
    CHECK(b.net.take() == b.set(8));
    b.it.on_bytes("+OK\r\n");
    CHECK(b.told.back().starts_with("8 "));
}

TEST_CASE("who comes is known at once, and who goes in good order too") {
    bench b;
    b.join();
    b.lease.on_announced("3 " + another);
    CHECK(b.told.back() == "7 3=10.0.0.2:7000");
    b.answer_all({{7, b.own}, {3, another}});
    CHECK(b.told.size() == 2);
    b.net.take();
    b.it.on_bytes(":1\r\n");
    b.lease.on_announced("3");
    b.answer_all({{7, b.own}});
    CHECK(b.told.back() == "7");
    const auto before = b.told;
    for (const char* nonsense : {"", "x", "255", "300 a:1,b", "-1", "3 ", "3 nonsense", "3 host:x,y"})
        CHECK_FALSE(b.lease.on_announced(nonsense));
    CHECK(b.lease.on_announced("7 10.0.0.9:1,z"));
    CHECK(b.told == before);
}

TEST_CASE("what is announced and not true is put right by Redis at once") {
    bench b;
    b.join({{3, another}});
    const auto before = b.told;
    for (const char* announced : {"3", "3 10.0.0.66:7000,evil"}) {
        b.lease.on_announced(announced);
        b.answer_all({{7, b.own}, {3, another}});
        b.net.take();
        b.it.on_bytes(":1\r\n");
        CHECK(b.told == before);
    }
    b.lease.on_announced("4 10.0.0.66:7000,evil");
    CHECK(b.told.back() == "7 3=10.0.0.2:7000 4=10.0.0.66:7000");
    b.answer_all({{7, b.own}, {3, another}});
    CHECK(b.told.back() == before.back());
}

TEST_CASE("who comes while Redis is asked is not missed in an answer that is older") {
    bench b;
    b.join({{3, another}});
    b.loop.advance(5s);
    b.lease.on_announced("4 10.0.0.4:7000,new");
    b.answer_all({{7, b.own}, {3, another}});
    CHECK(b.told.back() == "7 3=10.0.0.2:7000 4=10.0.0.4:7000");
    b.net.take();
    b.it.on_bytes(":1\r\n");
    CHECK(b.told.back() == "7 3=10.0.0.2:7000 4=10.0.0.4:7000");
}

TEST_CASE("a node that is missed is forgotten when it has been missed for a while") {
    bench b;
    b.join({{3, another}});
    CHECK(b.told.back() == "7 3=10.0.0.2:7000");
    for (int i = 0; i < 2; ++i) {
        b.loop.advance(5s);
        b.answer_all({{7, b.own}});
        b.net.take();
        b.it.on_bytes(":1\r\n");
        CHECK(b.told.back() == "7 3=10.0.0.2:7000");
    }
    b.loop.advance(5s);
    b.answer_all({{7, b.own}});
    CHECK(b.told.back() == "7");
}

TEST_CASE("without Redis all stays as it was, and nothing is asked") {
    bench b;
    b.join({{3, another}});
    const auto before = b.told;
    b.it.on_lost("gone");
    b.net.take();
    b.loop.advance(60s);
    CHECK(b.told == before);
    CHECK(b.net.take().find("MGET") == std::string::npos);
    b.connect();
    b.loop.advance(100ms);
    b.answer_all({});  // a Redis that knows nobody: this node comes again, and the other is waited for
    CHECK(b.told == before);
    CHECK(b.net.take() == b.set(7));
}

TEST_CASE("a node that ends gives its number back") {
    bench b;
    b.join();
    b.lease.release();
    CHECK(b.net.take() == make_command({"DEL", "fleet:7"}) + make_command({"PUBLISH", "fleet", "7"}));
    b.loop.advance(60s);
    CHECK(b.net.take().find("MGET") == std::string::npos);
    b.lease.on_announced("3 " + another);
    CHECK(b.told == std::vector<std::string>{"7"});
}

TEST_CASE("an error of Redis is told, and asked again") {
    bench b;
    b.lease.start();
    b.net.take();
    b.it.on_bytes("-NOPERM no rights\r\n");
    CHECK(b.logged == std::vector<std::string>{"the nodes of the fleet are not known"});
    b.loop.advance(5s);
    CHECK(b.net.take().find("MGET") != std::string::npos);
    CHECK(b.told.empty());
}

namespace {

/// The keys of a fleet, which run out.
struct played_keys {
    explicit played_keys(kedge::testing::fake_loop& clock) : loop(clock) {}

    std::optional<std::string> carry_out(const std::vector<std::string>& command) {
        std::erase_if(keys, [&](const auto& each) { return each.second.ends <= loop.now(); });
        if (command[0] == "PUBLISH") return ":1\r\n";
        if (command[0] == "DEL") return ":" + std::to_string(keys.erase(command[1])) + "\r\n";
        if (command[0] == "SET") {
            const bool done = keys.try_emplace(command[1], key{command[2], in(command[5])}).second;
            return done ? "+OK\r\n" : "_\r\n";
        }
        if (command[0] == "PEXPIRE") {
            const auto found = keys.find(command[1]);
            if (found != keys.end()) found->second.ends = in(command[2]);
            return found != keys.end() ? ":1\r\n" : ":0\r\n";
        }
        std::string all = "*255\r\n";
        for (std::size_t i = 1; i < command.size(); ++i) {
            const auto found = keys.find(command[i]);
            const auto value = found == keys.end() ? std::string() : found->second.value;
            all += value.empty() ? "_\r\n" : "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
        }
        return all;
    }
    kedge::engine::time_point in(const std::string& milliseconds) const {
        return loop.now() + kedge::engine::duration(std::stol(milliseconds));
    }

    struct key {
        std::string value;
        kedge::engine::time_point ends;
    };
    kedge::testing::fake_loop& loop;
    std::map<std::string, key> keys;
};

}  // namespace

TEST_CASE("whichever step fails, and however, a node has one number in the end, and nobody else's") {
    int steps = 0;
    for (const auto how : failing_redis::all_failures) {
        for (int step = 0;; ++step, ++steps) {
            INFO(step << " in way " << static_cast<int>(how));
            bench b;
            played_keys fleet(b.loop);
            fleet.keys["fleet:7"] = {another, b.loop.now() + 1h};
            failing_redis redis(b.loop, b.net, b.it,
                                [&](const auto& command) { return fleet.carry_out(command); });
            redis.fail(step, how);
            b.lease.start();
            redis.pass(60s);
            if (!redis.failed() || step > 25) break;
            redis.pass(60s);  // what it took and did not know of has run out
            std::vector<std::string> own;
            for (const auto& [name, each] : fleet.keys)
                if (each.value == b.own) own.push_back(name);
            REQUIRE(own.size() == 1);
            CHECK(b.told.back() == own[0].substr(6) + " 7=10.0.0.2:7000");
            CHECK(fleet.keys["fleet:7"].value == another);
        }
    }
    CHECK(steps > 60);
}

}  // namespace node_lease_test
