#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis/failing_redis.hpp>
#include <test/cluster/redis/link_bench.hpp>

namespace redis_link_failures_test {

using namespace kedge::cluster;
using kedge::testing::failing_redis;
using bench = kedge::testing::link_bench;

namespace {

using words = std::vector<std::string>;

/// A list in Redis. What stands in a transaction is appended at its end, if the connection is still the same.
struct played_list {
    std::optional<std::string> carry_out(const words& command, int connection) {
        if (connection != std::exchange(of, connection)) queued.reset();
        if (command[0] == "MULTI") {
            queued.emplace();
            return "+OK\r\n";
        }
        if (command[0] == "EXEC") {
            if (!queued) return "-ERR EXEC without MULTI\r\n";
            all.insert(all.end(), queued->begin(), queued->end());
            queued.reset();
            return "*0\r\n";
        }
        (queued ? *queued : all).push_back(command[1]);
        return queued ? "+QUEUED\r\n" : ":1\r\n";
    }
    bool has(const std::string& what) const { return std::count(all.begin(), all.end(), what) != 0; }

    words all;
    std::optional<words> queued;
    int of = 0;
};

/// Appends ten things, the fifth of which are two in a transaction; what each was answered.
std::map<std::string, words> append_all(bench& b, failing_redis& redis) {
    std::map<std::string, words> told;
    const auto push = [&](const std::string& what) {
        b.it.send(make_command({"RPUSH", what}), [&told, what](resp_value reply) {
            told[what].emplace_back(reply.is_error() ? "no" : "yes");
        });
    };
    b.it.start();
    for (const char each : std::string("0123456789")) {
        if (each == '4') {
            b.it.send(make_command({"MULTI"}));
            push("4a");
            push("4b");
            b.it.send(make_command({"EXEC"}),
                      [&told](resp_value reply) { told["4"].emplace_back(reply.is_error() ? "no" : "yes"); });
        } else {
            push(std::string(1, each));
        }
        redis.pass(std::chrono::milliseconds(50));
    }
    redis.pass(std::chrono::seconds(20));
    return told;
}

}  // namespace

TEST_CASE(
    "whichever step fails, and however, each command is answered once, and done once at most, in order") {
    int steps = 0;
    for (const auto how : failing_redis::all_failures) {
        for (int step = 0;; ++step, ++steps) {
            CAPTURE(step);
            CAPTURE(static_cast<int>(how));
            bench b;
            played_list list;
            failing_redis redis(b.loop, b.net, b.it,
                                [&](const auto& command) { return list.carry_out(command, b.net.connects); });
            redis.fail(step, how);
            const auto told = append_all(b, redis);
            if (!redis.failed()) break;
            CHECK(told.size() == 12);
            for (const auto& each : told) {
                const auto& what = each.first;
                const auto& answers = each.second;
                CAPTURE(what);
                REQUIRE(answers.size() == 1);
                if (answers[0] == "yes" && what.size() == 1 && what != "4") CHECK(list.has(what));
            }
            if (how != failing_redis::failure::refused) {
                CHECK(list.has("4a") == list.has("4b"));
                if (told.at("4")[0] == "yes") CHECK(list.has("4b"));
            }
            CHECK(std::adjacent_find(list.all.begin(), list.all.end(), std::greater_equal<>()) ==
                  list.all.end());
            CHECK(list.all.size() >= 8);
        }
    }
    CHECK(steps > 50);
}

}  // namespace redis_link_failures_test
