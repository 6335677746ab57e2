#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/client/lane.hpp>
#include <kedge/cluster/client/spread_way.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace spread_way_test {

using namespace kedge::cluster;

namespace {

using words = std::vector<std::string>;

/// One of the ways, as the test plays it.
struct played_way final : redis_way, command_port, channel_port {
    explicit played_way(redis_way::hooks to) : told(std::move(to)) {}

    void start(bool) override {}
    void stop() override {}
    command_port& commands() noexcept override { return *this; }
    channel_port& channels() noexcept override { return *this; }
    std::unique_ptr<reading> read(const std::string&, const stream_reader::settings&) override { return {}; }

    bool ready() const noexcept override { return is_ready; }
    void send(std::string_view command, answer) override { sent.emplace_back(command); }
    void send_or_drop(std::string_view command) override { sent.emplace_back(command); }
    void ask(std::string_view command, answer) override { sent.emplace_back(command); }
    void add(channel_kind, const std::string& name, channel_listener, std::function<void()>) override {
        heard.insert(name);
    }
    void remove(channel_kind, const std::string& name) override { heard.erase(name); }
    bool has(channel_kind, std::string_view name) const override { return heard.contains(std::string(name)); }

    redis_way::hooks told;
    bool is_ready = false;
    words sent;
    std::set<std::string> heard;
};

struct spread_bench {
    std::vector<played_way*> lanes;
    words told;
    spread_way all{4,
                   [this](redis_way::hooks to) {
                       auto made = std::make_unique<played_way>(std::move(to));
                       lanes.push_back(made.get());
                       return made;
                   },
                   {.on_ready = [this] { told.emplace_back("ready"); },
                    .on_not_ready = [this] { told.emplace_back("not ready"); },
                    .on_live = [this](bool again) { told.emplace_back(again ? "again" : "live"); },
                    .on_not_live = [this] { told.emplace_back("not live"); }}};
};

std::string publish(const std::string& channel) {
    return make_command({"PUBLISH", channel, "\r\n$3\r\nx"});
}

}  // namespace

TEST_CASE("all that is said in a namespace goes by one connection, and so does what is heard of it") {
    constexpr std::size_t many = 7;
    for (const std::string nsp : {"/", "/chat", "/a*[b]"}) {
        CAPTURE(nsp);
        const auto lane = lane_of(channel_kind::plain, "socket.io#" + nsp + "#", many);
        for (const std::string& each : {"socket.io#" + nsp + "#room#", "socket.io-request#" + nsp + "#",
                                        "socket.io-kedge#" + nsp + "#uid#"}) {
            CHECK(lane_of(channel_kind::plain, each, many) == lane);
            CHECK(lane_of(publish(each), many) == lane);
        }
    }
    CHECK(lane_of(channel_kind::pattern, "socket.io#/a\\*\\[b\\]#*", many) ==
          lane_of(channel_kind::plain, "socket.io-request#/a*[b]#", many));
}

TEST_CASE("sharded channels are spread, each by itself; what does not publish goes by the first") {
    std::set<std::size_t> used;
    for (int i = 0; i < 50; ++i) {
        const std::string channel = "socket.io#/#room" + std::to_string(i) + "#";
        used.insert(lane_of(channel_kind::sharded, channel, 4));
        CHECK(lane_of(make_command({"SPUBLISH", channel, "x"}), 4) ==
              lane_of(channel_kind::sharded, channel, 4));
    }
    CHECK(used.size() == 4);
    for (const auto& each :
         {make_command({"SET", "socket.io-session:x", "y"}), make_command({"MULTI"}),
          make_command({"PUBSUB", "NUMSUB", "x"}), std::string(), std::string("*3\r\n$7\r\nPUBLISH\r\n$")})
        CHECK(lane_of(each, 4) == 0);
}

TEST_CASE("commands and channels go by their connections") {
    spread_bench b;
    auto& channels = b.all.channels();
    channels.add(channel_kind::sharded, "socket.io#/#room1#", {});
    std::size_t listening = 0;
    for (const auto* const each : b.lanes) listening += each->heard.size();
    CHECK(listening == 1);
    CHECK(channels.has(channel_kind::sharded, "socket.io#/#room1#"));
    const auto lane = lane_of(channel_kind::sharded, "socket.io#/#room1#", 4);
    CHECK(b.lanes[lane]->heard.size() == 1);
    channels.remove(channel_kind::sharded, "socket.io#/#room1#");
    CHECK(b.lanes[lane]->heard.empty());
    b.all.commands().send(make_command({"SPUBLISH", "socket.io#/#room1#", "x"}));
    CHECK(b.lanes[lane]->sent.size() == 1);
    b.all.commands().ask(make_command({"PING"}), {});
    CHECK(b.lanes[0]->sent.back() == make_command({"PING"}));
}

TEST_CASE("it is there when all connections are, and tells of a loss when one was lost") {
    spread_bench b;
    for (auto* const each : b.lanes) {
        CHECK(b.told.empty());
        CHECK_FALSE(b.all.commands().ready());
        each->is_ready = true;
        each->told.on_ready();
    }
    CHECK(b.all.commands().ready());
    CHECK(std::exchange(b.told, {}) == words{"ready"});
    for (auto* const each : b.lanes) each->told.on_live(false);
    CHECK(std::exchange(b.told, {}) == words{"live"});
    for (const std::size_t i : {1, 2}) {
        b.lanes[i]->told.on_not_ready();
        b.lanes[i]->told.on_not_live();
    }
    CHECK(std::exchange(b.told, {}) == words{"not ready", "not live"});
    b.lanes[2]->told.on_live(true);
    CHECK(b.told.empty());
    b.lanes[1]->told.on_live(true);
    CHECK(b.told == words{"again"});
}

}  // namespace spread_way_test
