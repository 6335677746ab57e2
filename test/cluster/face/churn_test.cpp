// What a fleet weighs behind thousands of comings and goings: what it did before.
#include <doctest/doctest.h>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <kedge/cluster.hpp>

#include <test/cluster/fleet_server.hpp>
#include <test/cluster/redis_server.hpp>
#include <test/cluster/redis_speaker.hpp>

namespace churn_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::fleet_server;
using kedge::test::listener_by_hand;
using kedge::test::redis_server;
using kedge::test::redis_speaker;

namespace {

constexpr int threads = 4;
constexpr int guests_at_once = 10;                   // of each thread
constexpr std::size_t slack = std::size_t{2} << 20;  // what queues and tables keep for the next storm

/// What can be counted of two servers in this process, and of their Redis.
struct weight {
    static weight of(redis_speaker& redis) {
        weight made;
        made.descriptors =
            static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
        made.keys = redis.count({"DBSIZE"});
        made.channels = redis.ask({"PUBSUB", "CHANNELS"}).size();
        made.sharded = redis.ask({"PUBSUB", "SHARDCHANNELS"}).size();
        made.patterns = redis.count({"PUBSUB", "NUMPAT"});
        return made;
    }
    friend bool operator==(const weight&, const weight&) = default;

    std::size_t descriptors = 0;
    long long keys = 0;
    std::size_t channels = 0;
    std::size_t sharded = 0;
    long long patterns = 0;
};

std::size_t heap_in_use() {
    return ::mallinfo2().uordblks;
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool gives_back = false;  // what was freed is kept to find its late users
#else
constexpr bool gives_back = true;
#endif

std::size_t resident() {
    std::ifstream from("/proc/self/statm");
    std::size_t all = 0;
    std::size_t pages = 0;
    from >> all >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

adapter_factory adapter_named(const std::string& name, const redis_server& redis) {
    if (name == "sharded") return sharded_redis_adapter({.url = redis.url()});
    if (name == "streams")
        return redis_streams_adapter({.url = redis.url(), .max_len = 500, .block_time = 200ms});
    return redis_adapter({.url = redis.url()});
}

std::unique_ptr<fleet_server> server_with(const std::string& adapter, const redis_server& redis) {
    recovery_options brief;
    brief.max_disconnection_duration = 300ms;
    brief.max_stored_packets = 500;
    auto made = std::make_unique<fleet_server>(adapter_named(adapter, redis),
                                               adapter == "sharded" ? std::nullopt : std::optional(brief));
    made->io->on_connection([](const kedge::socket& one) {
        one.join({"all", "room of " + one.id()});
        one.broadcast().to("all").emit("came", one.id());
        one.emit("welcome", std::string(500, 'x'));
    });
    return made;
}

/// So many guests come, and go without a word.
void storm(const std::vector<std::uint16_t>& ports, int rounds) {
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&ports, rounds] {
            for (int round = 0; round < rounds; ++round) {
                std::vector<std::unique_ptr<listener_by_hand>> guests;
                for (int guest = 0; guest < guests_at_once; ++guest)
                    guests.push_back(std::make_unique<listener_by_hand>(
                        ports[static_cast<std::size_t>(guest) % ports.size()]));
            }
        });
    }
    for (auto& each : all) each.join();
}

}  // namespace

TEST_CASE("release: behind thousands of comings and goings a fleet weighs what it did before") {
    for (const std::string adapter : {"classic", "sharded", "streams"}) {
        CAPTURE(adapter);
        const redis_server redis;
        const auto a = server_with(adapter, redis);
        const auto b = server_with(adapter, redis);
        redis_speaker asker(redis.path());
        const std::vector<std::uint16_t> ports{a->io->port(), b->io->port()};
        const auto empty = [&] { return a->found() == 0 && b->found() == 0; };
        {
            const listener_by_hand first(ports[0]);
            const listener_by_hand second(ports[1]);
            REQUIRE(eventually([&] { return a->found() == 2 && b->found() == 2; }));
        }
        storm(ports, 3);
        REQUIRE(eventually(empty));
        weight before;
        REQUIRE(eventually([&] {  // sessions are kept for a while
            before = weight::of(asker);
            return before.keys == (adapter == "streams" ? 1 : 0) && before.sharded <= 6;
        }));
        const auto heap = heap_in_use();
        const auto memory = resident();
        storm(ports, 20);
        REQUIRE(eventually(empty));
        CHECK(eventually([&] { return weight::of(asker) == before; }));
        CHECK(eventually([&] { return heap_in_use() <= heap + slack; }));
        if (gives_back) CHECK(resident() <= memory + 8 * slack);
    }
}

}  // namespace churn_test
