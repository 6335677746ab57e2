#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/client/cluster_channels.hpp>
#include <kedge/cluster/client/cluster_reading.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/client/scripted_cluster.hpp>

namespace cluster_channels_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

std::string push(const std::string& verb, const std::string& name, const std::string& last) {
    return ">3\r\n+" + verb + "\r\n+" + name + "\r\n" + last + "\r\n";
}

struct bench {
    bench() { it.start(); }

    void listen(channel_kind kind, const std::string& name) {
        it.add(kind, name, [this](std::string_view channel, std::string_view message) {
            heard.push_back(std::string(channel) + "=" + std::string(message));
        });
    }

    kedge::testing::scripted_cluster many;
    texts heard;
    texts troubles;
    int lives = 0;
    cluster_channels it{
        many.watch,
        many,
        many.chance,
        {.on_live = [this](bool) { ++lives; },
         .on_down = [] {},
         .on_trouble = [this](std::string_view what, std::string_view) { troubles.emplace_back(what); }}};
    const std::string a = make_command({"SSUBSCRIBE", "a"});  // slot 15495
    const std::string b = make_command({"SSUBSCRIBE", "b"});  // slot 3300
    const std::string not_a = make_command({"SUNSUBSCRIBE", "a"});
};

}  // namespace

TEST_CASE("plain channels are heard at one master, sharded ones where their slots are") {
    bench b;
    b.listen(channel_kind::sharded, "a");
    b.listen(channel_kind::plain, "p");
    b.many.tell({{0, 1}, {8000, 2}});
    b.listen(channel_kind::sharded, "b");
    REQUIRE(b.many.lines.size() == 3);
    for (auto* each : b.many.lines) each->connect();
    std::string all;
    for (auto* each : b.many.lines) all += each->net.take();
    CHECK(all.find(b.a) != all.npos);
    CHECK(all.find(b.b) != all.npos);
    CHECK(all.find(make_command({"SUBSCRIBE", "p"})) != all.npos);
    for (auto* each : b.many.lines)
        each->it.on_bytes(push("smessage", "a", "+1") + push("message", "p", "+2"));
    CHECK(b.heard.size() == 2);
    CHECK(b.it.has(channel_kind::sharded, "a"));
    b.it.remove(channel_kind::sharded, "a");
    CHECK_FALSE(b.it.has(channel_kind::sharded, "a"));
}

TEST_CASE("a slot that moves: its channels are heard at its new node, and that something is lost is told") {
    bench b;
    b.listen(channel_kind::sharded, "a");
    b.many.tell({{0, 1}});
    b.many.at(1).connect();
    CHECK(b.many.take(1) == b.a);
    b.many.say(1, push("ssubscribe", "a", ":1"));
    b.many.say(1, push("sunsubscribe", "a", ":0"));
    CHECK(b.troubles == texts{"a slot of the Redis Cluster has moved"});
    b.many.loop.advance(100ms);
    CHECK(b.many.net.written == make_command({"CLUSTER", "SLOTS"}));
    b.many.tell({{0, 1}, {8000, 2}});
    b.many.at(2).connect();
    CHECK(b.many.take(2) == b.a);
    CHECK(b.many.buried.size() == 1);  // nobody listens there any more
    b.many.say(2, push("ssubscribe", "a", ":1") + push("smessage", "a", "+x"));
    CHECK(b.heard == texts{"a=x"});
}

TEST_CASE("a map that is known before Redis says so moves channels, too") {
    bench b;
    b.listen(channel_kind::sharded, "a");
    b.listen(channel_kind::sharded, "b");
    b.many.tell({{0, 1}});
    b.many.at(1).connect();
    b.many.take(1);
    b.many.say(1, push("ssubscribe", "a", ":1"));
    b.many.tell({{0, 1}, {8000, 2}});
    CHECK(b.many.take(1) == b.not_a);
    CHECK(b.troubles == texts{"a slot of the Redis Cluster has moved"});
    b.many.at(2).connect();
    CHECK(b.many.take(2) == b.a);
    b.many.say(1, push("sunsubscribe", "a", ":0"));
    CHECK(b.troubles.size() == 1);
}

TEST_CASE("a channel that was asked for at the wrong node, or too early, is asked for again") {
    bench b;
    b.listen(channel_kind::sharded, "a");
    b.many.tell({{0, 1}});
    b.many.at(1).connect();
    CHECK(b.many.take(1) == b.a);
    b.many.say(1, "-CLUSTERDOWN Hash slot not served\r\n");
    b.many.tell({{0, 1}});
    CHECK(b.many.take(1) == b.a);
    b.many.say(1, "-MOVED 15495 :2\r\n");
    b.many.tell({{0, 1}, {8000, 2}});
    b.many.at(2).connect();
    CHECK(b.many.take(2) == b.a);
    CHECK(b.troubles.empty());
}

TEST_CASE("what was ended and begun anew is not taken for ended by Redis") {
    bench b;
    b.many.tell({{0, 1}});
    b.listen(channel_kind::sharded, "a");
    b.many.at(1).connect();
    b.it.remove(channel_kind::sharded, "a");
    b.listen(channel_kind::sharded, "a");
    CHECK(b.many.take(1) == b.a + b.not_a + b.a);
    b.many.say(1,
               push("ssubscribe", "a", ":1") + push("sunsubscribe", "a", ":0") + push("smessage", "a", "+1"));
    CHECK(b.heard == texts{"a=1"});
    CHECK(b.troubles.empty());
}

TEST_CASE("plain channels are listened to at another master when theirs is gone, or has left") {
    bench b;
    b.listen(channel_kind::plain, "p");
    b.many.tell({{0, 1}, {8000, 2}});
    auto& line = *b.many.lines.front();
    line.connect();
    const auto first = line.port;
    line.net.take();
    line.it.on_bytes(push("subscribe", "p", ":1"));
    b.many.tell({{0, 1}, {8000, 2}});
    CHECK(line.port == first);
    line.it.on_lost("reset");
    b.many.tell({{0, 1}, {8000, 2}});
    CHECK(line.port == 3 - first);
    b.many.loop.advance(2s);
    line.connect();
    b.many.tell({{0, first}});
    CHECK(line.port == first);
    CHECK_FALSE(line.it.ready());
}

TEST_CASE("a stream is read where its slot is, early where the key is already, and on where it has moved") {
    kedge::testing::scripted_cluster many;
    cluster_reading it(many.loop, many.watch, many, "a", {}, [](std::string_view, std::string_view) {});
    it.start();
    const auto poll = make_command({"XREAD", "COUNT", "100", "BLOCK", "5000", "STREAMS", "a", "0-0"});
    many.tell({{0, 1}});
    many.at(1).connect();
    many.say(1, "*0\r\n");
    CHECK(many.take(1).ends_with(poll));
    many.say(1, "-ASK 15495 :2\r\n");
    many.loop.advance(50ms);
    many.at(2).connect();
    const auto early = many.take(2);
    CHECK(early.ends_with(make_command({"ASKING"}) + poll));
    many.say(2, "+OK\r\n*0\r\n+OK\r\n_\r\n");
    CHECK(many.take(2) == make_command({"ASKING"}) + poll);
    many.tell({{0, 2}});
    many.say(2, "+OK\r\n_\r\n");
    CHECK(many.take(2) == poll);
    many.tell({{0, 3}});
    many.loop.advance(50ms);
    many.at(3).connect();
    CHECK(many.take(3).ends_with(poll));
}

}  // namespace cluster_channels_test
