// What strangers who reach Redis may write on the channels of a fleet: it is passed over and counted, and
// harms nobody.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <kedge/cluster.hpp>

#include <test/cluster/fleet_server.hpp>
#include <test/cluster/redis_server.hpp>
#include <test/cluster/redis_speaker.hpp>

namespace hostile_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::fleet_server;
using kedge::test::listener_by_hand;
using kedge::test::redis_server;
using kedge::test::redis_speaker;

namespace {

using words = std::vector<std::string>;

// In pieces, since a letter that follows would belong to the escape.
constexpr const char* broken_event =
    "\x93\xa1x\x83\xa4type\x02\xa4"
    "data\x91\xa7"
    "connect\xa3nsp\xa1/\x80";
constexpr const char* broken_rooms =
    "\x93\xa1x\x82\xa4type\x02\xa4"
    "data\x05\x81\xa5rooms\x05";

/// Nothing of it is a message; some nearly is.
words nonsense() {
    words all{
        "",
        "{",
        "{}",
        "[]",
        "null",
        "0",
        "nonsense",
        std::string(1, '\0'),
        R"({"type":3})",
        R"({"type":99,"nsp":"/","uid":"x"})",
        R"({"type":2,"opts":7})",
        R"({"uid":{},"requestId":7,"type":"5"})",
        R"({"requestId":{},"type":1})",
        R"({"type":3,"nsp":"/","uid":"x","data":{"packet":{"type":0,"data":["a"]}}})",
        R"({"type":3,"nsp":"/","uid":"x","data":{"packet":{"type":2,"nsp":"/","data":["connect"]},"opts":{}}})",
        R"({"type":3,"nsp":"/","uid":"x","data":7})",
        R"({"type":"heard","nsp":"/","uid":"x","data":[[[[]]]]})",
        std::string(5000, '['),
        "\xc1",
        "\x93",
        "\x93\xc0\xc0\xc0",
        "\xdf\xff\xff\xff\xff",
        "\xc6\xff\xff\xff\xff",
        broken_event,
        broken_rooms,
    };
    std::mt19937 chance(20261128);
    for (int i = 0; i < 40; ++i) {
        std::string each(chance() % 60, ' ');
        for (char& c : each) c = static_cast<char>(chance());
        all.push_back(std::move(each));
    }
    return all;
}

adapter_factory adapter_named(const std::string& name, redis_options redis) {
    if (name == "sharded") return sharded_redis_adapter({.redis = std::move(redis)});
    if (name == "streams") return redis_streams_adapter({.block_time = 200ms, .redis = std::move(redis)});
    return redis_adapter({.redis = std::move(redis)});
}

/// The commands that say one thing on every channel that somebody listens to, and wherever else servers look.
std::vector<words> ways_of(const std::string& adapter, redis_speaker& redis) {
    std::vector<words> all;
    for (const auto& each : redis.ask({"PUBSUB", "CHANNELS"})) all.push_back({"PUBLISH", each});
    if (adapter == "sharded")
        for (const auto& each : redis.ask({"PUBSUB", "SHARDCHANNELS"})) all.push_back({"SPUBLISH", each});
    if (adapter == "classic")
        for (const char* each : {"socket.io#/#", "socket.io#/#x", "socket.io#/#room#",
                                 "socket.io#/#kedge:mark:#", "socket.io#/#kedge:token:x#"})
            all.push_back({"PUBLISH", each});
    if (adapter != "streams") return all;
    for (const char* type : {"", "3", "5", "9", "99", "-1", "x"})
        all.push_back({"XADD", "socket.io", "*", "uid", "x", "nsp", "/", "type", type, "data"});
    all.push_back({"XADD", "socket.io", "*", "nsp"});
    all.push_back({"XADD", "socket.io", "*", "ticket", "1", "nsp", "/", "uid"});
    return all;
}

/// Marks and tokens are names and nothing else, and what is for another namespace is not looked at.
bool is_by_design(const words& way) {
    return way[1].find("kedge:") != std::string::npos || way.back() == "nsp";
}

}  // namespace

TEST_CASE("mt: nonsense on any channel of any adapter is counted, and harms nobody") {
    const auto all = nonsense();
    for (const std::string adapter : {"classic", "sharded", "streams"}) {
        CAPTURE(adapter);
        const redis_server redis;
        const auto figures = std::make_shared<redis_figures>();
        const auto recovery = adapter == "sharded" ? std::nullopt : std::optional(recovery_options{});
        fleet_server a(adapter_named(adapter, {.url = redis.url(), .figures = figures}), recovery);
        fleet_server b(adapter_named(adapter, {.url = redis.url(), .figures = figures}), recovery);
        listener_by_hand here(a.io->port());
        listener_by_hand there(b.io->port());
        REQUIRE(eventually([&] { return a.found() == 2 && b.found() == 2; }));
        a.io->sockets_join("room");
        REQUIRE(eventually([&] {
            b.io->to("room").emit("met");
            return here.count("met") > 0 && there.count("met") > 0;
        }));
        redis_speaker stranger(redis.path());
        const auto ways = ways_of(adapter, stranger);
        // Requests and answers, of all and of each server: a classic server has four, and two of its kind.
        CHECK(ways.size() >= (adapter == "classic" ? 12 : adapter == "sharded" ? 4 : 12));
        for (const auto& way : ways) {
            CAPTURE(way[1]);
            const auto before = figures->not_understood.value();
            for (const auto& each : all) {
                auto said = way;
                said.push_back(each);
                stranger.ask(said);
            }
            if (!is_by_design(way))
                CHECK(eventually([&] { return figures->not_understood.value() > before; }));
        }
        for (fleet_server* const speaker : {&a, &b}) {
            CHECK(eventually([&] { return speaker->found() == 2; }));
            const std::string name = speaker == &a ? "of-a" : "of-b";
            speaker->io->emit(name, 1);
            for (auto* const each : {&here, &there})
                CHECK(eventually([&] { return each->count(name) == 1; }));
        }
        for (auto* const each : {&here, &there})
            CHECK(each->count("42[") ==
                  each->count("[\"met\"") + each->count("[\"of-a\"") + each->count("[\"of-b\""));
    }
}

}  // namespace hostile_test
