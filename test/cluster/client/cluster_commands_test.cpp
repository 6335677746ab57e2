#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/client/cluster_commands.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/client/scripted_cluster.hpp>

namespace cluster_commands_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

// The slot of "a" is 15495: the second node has it. That of "b" is 3300: the first has it.
struct bench {
    bench() {
        many.tell({{0, 1}, {8000, 2}});
        many.at(1).connect();
        many.at(2).connect();
    }

    std::string set(const std::string& key, const std::string& what) {
        auto command = make_command({"SET", key, what});
        it.send(command, [this, what](resp_value reply) {
            answers.push_back(what + (reply.is_error() ? " failed" : ""));
        });
        return command;
    }

    kedge::testing::scripted_cluster many;
    std::vector<std::string> answers;
    std::vector<std::string> told;
    std::vector<std::string> troubles;
    cluster_commands it{
        many.loop,
        many.watch,
        many,
        many.chance,
        {.on_ready = [this] { told.emplace_back("ready"); },
         .on_down = [this] { told.emplace_back("down"); },
         .on_trouble = [this](std::string_view what, std::string_view) { troubles.emplace_back(what); }}};
    const std::string ok = "+OK\r\n";
    const std::string asking = make_command({"ASKING"});
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("each command goes to the node that has its slot, those without a key to one and the same") {
    bench b;
    CHECK(b.told == texts{"ready"});
    const auto a = b.set("a", "1");
    const auto other = b.set("b", "2");
    CHECK(b.many.take(2) == a);
    CHECK(b.many.take(1) == other);
    const auto publish = make_command({"PUBLISH", "a", "x"});
    b.it.send(publish);
    b.it.send_or_drop(publish);
    CHECK(b.many.take(1) + b.many.take(2) == publish + publish);
    b.many.say(1, b.ok);
    b.many.say(2, b.ok);
    CHECK(b.answers == texts{"2", "1"});
}

TEST_CASE("before the slots are known all waits; who asks is told that nobody is there") {
    kedge::testing::scripted_cluster many;
    cluster_commands it(many.loop, many.watch, many, many.chance,
                        {.on_ready = [] {}, .on_down = [] {}, .on_trouble = [](auto, auto) {}});
    const auto set = make_command({"SET", "a", "1"});
    it.send(set);
    it.send_or_drop(set);
    std::string answer;
    it.ask(set, [&](resp_value reply) { answer = reply.text(); });
    CHECK(answer == "Redis is not there");
    CHECK(many.how.figures->dropped.value() == 1);
    many.tell({{0, 1}});
    many.at(1).connect();
    CHECK(many.take(1) == set);
}

TEST_CASE("a slot that has moved: all go to its new node in their order, and nothing overtakes them") {
    bench b;
    const auto one = b.set("a", "1");
    const auto two = b.set("a", "2");
    CHECK(b.many.take(2) == one + two);
    b.many.say(2, "-MOVED 15495 h:3\r\n");
    const auto three = b.set("a", "3");
    b.many.at(3).connect();
    CHECK(b.many.take(3).empty());  // the second is not back yet
    b.many.say(2, "-MOVED 15495 :3\r\n");
    CHECK(b.many.take(3) == one + two + three);
    b.many.say(3, b.ok + b.ok + b.ok);
    CHECK(b.answers == texts{"1", "2", "3"});
    const auto four = b.set("a", "4");
    CHECK(b.many.take(3) == four);
    b.many.loop.advance(100ms);  // the doubt is looked into
    CHECK(b.many.net.take() == make_command({"CLUSTER", "SLOTS"}));
}

TEST_CASE("a key that is being moved is asked for at its new node, once") {
    bench b;
    const auto one = b.set("a", "1");
    b.many.take(2);
    b.many.say(2, "-ASK 15495 h:1\r\n");
    const auto two = b.set("a", "2");
    CHECK(b.many.take(1) == b.asking + one);
    CHECK(b.many.take(2).empty());
    b.many.say(1, b.ok + b.ok);
    CHECK(b.many.take(2) == two);
    b.many.say(2, b.ok);
    CHECK(b.answers == texts{"1", "2"});
}

TEST_CASE("when the cluster is down, or a slot between two nodes, the same is asked a moment later") {
    bench b;
    const auto one = b.set("a", "1");
    b.many.take(2);
    for (const char* error : {"-CLUSTERDOWN The cluster is down\r\n", "-TRYAGAIN\r\n", "-LOADING\r\n"}) {
        b.many.say(2, error);
        CHECK(b.many.take(2).empty());
        b.many.loop.advance(100ms);
        CHECK(b.many.take(2) == one);
    }
    b.many.say(2, b.ok);
    CHECK(b.answers == texts{"1"});
    std::string answer;
    b.it.ask(one, [&](resp_value reply) { answer = reply.text(); });
    b.many.say(2, "-CLUSTERDOWN now\r\n");
    CHECK(answer == "CLUSTERDOWN now");
}

TEST_CASE("where the cluster was down, the first is asked alone: it may be up again between two commands") {
    bench b;
    const auto one = b.set("a", "1");
    const auto two = b.set("a", "2");
    b.many.take(2);
    b.many.say(2, "-CLUSTERDOWN\r\n-CLUSTERDOWN\r\n");
    const auto three = b.set("a", "3");
    b.many.loop.advance(100ms);
    CHECK(b.many.take(2) == one);
    b.many.say(2, "-CLUSTERDOWN\r\n");
    b.many.loop.advance(100ms);
    CHECK(b.many.take(2) == one);
    const auto four = b.set("a", "4");
    CHECK(b.many.take(2).empty());
    b.many.say(2, b.ok);
    CHECK(b.many.take(2) == two + three + four);
    b.many.say(2, b.ok + b.ok + b.ok);
    CHECK(b.answers == texts{"1", "2", "3", "4"});
}

TEST_CASE("where the cluster was down, an error of another kind says that it is there again") {
    for (const bool answered : {true, false}) {
        CAPTURE(answered);
        bench b;
        const auto one = b.set("a", "1");
        const auto two = b.set("a", "2");
        const auto three = b.set("a", "3");
        b.many.take(2);
        b.many.say(2, "-CLUSTERDOWN\r\n-CLUSTERDOWN\r\n-CLUSTERDOWN\r\n");
        b.many.loop.advance(100ms);
        CHECK(b.many.take(2) == one);
        b.many.say(2, answered ? "-WRONGTYPE it is a list\r\n" : "-CLUSTERDOWN\r\n");
        CHECK(b.many.take(2) == (answered ? two + three : std::string()));
    }
}

TEST_CASE("who asks is told that the cluster is down, though others wait for it before him") {
    bench b;
    const auto one = b.set("a", "1");
    b.many.take(2);
    b.many.say(2, "-CLUSTERDOWN\r\n");
    std::string answer;
    b.it.ask(make_command({"GET", "a"}), [&](resp_value reply) { answer = reply.text(); });
    b.many.loop.advance(100ms);
    CHECK(b.many.take(2) == one);
    CHECK(answer.empty());
    b.many.say(2, "-CLUSTERDOWN still\r\n");
    CHECK(answer == "CLUSTERDOWN still");
    b.many.loop.advance(100ms);
    b.many.say(2, b.ok);
    CHECK(b.answers == texts{"1"});
}

TEST_CASE("nodes that send each other's commands back are not asked for ever") {
    bench b;
    b.set("a", "1");
    for (int i = 0; i < 16; ++i)
        b.many.say(i % 2 == 0 ? 2 : 1, i % 2 == 0 ? "-MOVED 15495 h:1\r\n" : "-MOVED 15495 h:2\r\n");
    CHECK(b.answers.empty());
    b.many.say(2, "-MOVED 15495 h:1\r\n");
    CHECK(b.answers == texts{"1 failed"});
}

TEST_CASE("a node dies: what was under way is lost, what comes then waits for the one that takes its place") {
    bench b;
    b.set("a", "1");
    b.many.at(2).it.on_lost("reset");
    CHECK(b.answers == texts{"1 failed"});
    const auto two = b.set("a", "2");
    CHECK(b.it.ready());  // the other one takes what has no key
    b.many.tell({{0, 1}, {8000, 3}});
    CHECK(b.many.buried.size() == 1);
    b.many.at(3).connect();
    CHECK(b.many.take(3) == two);
    b.many.at(1).it.on_lost("reset");
    b.many.at(3).it.on_lost("reset");
    CHECK(b.told == texts{"ready", "down"});
}

TEST_CASE(
    "what is published goes on at another master when the others have read what the one before told them") {
    bench b;
    b.many.tell({{0, 1}, {8000, 2}, {9000, 3}});
    b.many.at(3).connect();
    const auto publish = make_command({"PUBLISH", "c", "x"});
    const auto ping = make_command({"PING"});
    b.it.send(publish);
    CHECK(b.many.take(1) == publish);
    b.many.at(1).it.on_lost("reset");
    b.it.send(publish);
    for (int round = 0; round < 2; ++round)
        for (const std::uint16_t port : {std::uint16_t{2}, std::uint16_t{3}}) {
            CHECK(b.many.take(port) == ping);
            b.many.say(port, "+PONG\r\n");
        }
    CHECK(b.many.take(2) + b.many.take(3) == publish);
    CHECK(b.told == texts{"ready", "down", "ready"});
}

TEST_CASE("what waits is bounded: the oldest make room") {
    kedge::testing::scripted_cluster many;
    many.how.max_waiting = 1000;
    cluster_commands it(many.loop, many.watch, many, many.chance,
                        {.on_ready = [] {}, .on_down = [] {}, .on_trouble = [](auto, auto) {}});
    texts failed;
    for (const char* key : {"a", "b", "c", "d"})
        it.send(make_command({"SET", key, std::string(200, 'x')}),
                [&failed, key](resp_value reply) { failed.push_back(key + std::string(reply.text())); });
    REQUIRE_FALSE(failed.empty());
    CHECK(failed.front() == "atoo much waits for Redis");
    it.stop();
    CHECK(failed.back() == "dRedis is not there");
    CHECK(failed.size() == 4);
}

TEST_CASE("a transaction goes as one to where its keys are, and again as one when they have moved") {
    bench b;
    texts answers;
    const auto note = [&](resp_value reply) {
        answers.emplace_back(reply.is_list() ? "done" : reply.text());
    };
    const texts commands{make_command({"MULTI"}), make_command({"GET", "a"}), make_command({"DEL", "a"}),
                         make_command({"EXEC"})};
    const auto all = commands[0] + commands[1] + commands[2] + commands[3];
    for (const auto& each : commands) b.it.ask(each, note);
    CHECK(b.many.take(2) == all);
    b.many.say(2, "+OK\r\n-MOVED 15495 h:1\r\n-MOVED 15495 h:1\r\n-EXECABORT\r\n");
    CHECK(b.many.take(1) == all);
    b.many.say(1, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n_\r\n:0\r\n");
    CHECK(answers == texts{"OK", "QUEUED", "QUEUED", "done"});
}

TEST_CASE("questions go to all nodes that are there, when it is known of all whether they are") {
    bench b;
    b.many.tell({{0, 1}, {8000, 2}, {9000, 3}});
    const auto count = make_command({"PUBSUB", "NUMSUB", "c"});
    std::int64_t sum = -1;
    b.it.ask(count, [&](resp_value reply) { sum = reply[1].integer(); });
    CHECK(b.many.take(1).empty());
    b.many.at(3).it.on_lost("refused");
    CHECK(b.many.take(1) == count);
    CHECK(b.many.take(2) == count);
    b.many.say(1, "*2\r\n+c\r\n:2\r\n");
    b.many.say(2, "*2\r\n+c\r\n:1\r\n");
    CHECK(sum == 3);
}

}  // namespace cluster_commands_test
