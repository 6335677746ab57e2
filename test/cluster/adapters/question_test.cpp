#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/question.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis/failing_redis.hpp>
#include <test/engine/fake_loop.hpp>

namespace question_test {

using namespace kedge;
using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

struct plain_question final : question {
    explicit plain_question(std::optional<ack_error>& told) : told_(&told) {}
    void on_response(const node_message& response) override { count.on_response(response.uid); }
    void end(ack_error why) override { *told_ = why; }
    std::optional<ack_error>* told_;
};

/// The nodes of a fleet, of which one asks.
struct bench {
    bench()
        : table(loop, [this](const std::vector<std::string>& named, question_table::counted then) {
              ++counts;
              asked_about = named;
              if (!there) return then(std::nullopt);
              node_count now{listening, {}};
              for (const auto& each : named) now.present.push_back(each != gone);
              then(now);
          }) {}

    void ask(engine::duration timeout = 5000ms) {
        table.open("q", std::make_unique<plain_question>(told), timeout);
    }
    void answer(std::string_view uid) { table.on_response({.uid = uid, .request = "q"}); }

    testing::fake_loop loop;
    std::size_t listening = 3;
    std::string gone = "-";
    bool there = true;
    int counts = 0;
    std::vector<std::string> asked_about;
    std::optional<ack_error> told;
    question_table table;
};

}  // namespace

TEST_CASE("a question is over when all have answered") {
    bench b;
    b.ask();
    b.answer("b");
    CHECK_FALSE(b.told);
    b.answer("c");
    REQUIRE(b.told);
    CHECK_FALSE(*b.told);
    CHECK(b.table.size() == 0);
    CHECK_FALSE(b.table.on_response({.uid = "b", .request = "q"}));
}

TEST_CASE("who is alone, or without Redis, is answered at once") {
    bench alone;
    alone.listening = 1;
    alone.ask();
    REQUIRE(alone.told);
    CHECK_FALSE(*alone.told);

    bench cut;
    cut.there = false;
    cut.ask();
    REQUIRE(cut.told);
    CHECK(cut.told->why() == ack_error::cause::unreachable);
}

TEST_CASE("a node that dies before it answers ends the question within a second and a half, and is missed") {
    bench b;
    b.ask();
    b.answer("b");
    b.listening = 2;
    b.loop.advance(1500ms);
    REQUIRE(b.told);
    CHECK(b.told->why() == ack_error::cause::unreachable);
}

TEST_CASE("a node that dies after it has answered is not taken for the one that has not") {
    bench b;
    b.ask();
    b.answer("b");
    b.listening = 2;
    b.gone = "b";
    b.loop.advance(3000ms);
    CHECK_FALSE(b.told);
    CHECK(b.asked_about == std::vector<std::string>{"b"});
    b.answer("c");
    REQUIRE(b.told);
    CHECK_FALSE(*b.told);
}

TEST_CASE("a node that comes while a question is open is not waited for") {
    bench b;
    b.ask();
    b.listening = 4;
    b.loop.advance(1s);
    b.answer("b");
    CHECK_FALSE(b.told);
    b.answer("c");
    REQUIRE(b.told);
    CHECK_FALSE(*b.told);
}

TEST_CASE("who hangs is waited for until the deadline; what came is told") {
    bench b;
    b.ask();
    b.answer("b");
    b.loop.advance(4999ms);
    CHECK_FALSE(b.told);
    b.loop.advance(1ms);
    REQUIRE(b.told);
    CHECK(b.told->why() == ack_error::cause::timed_out);
    CHECK(b.told->message() == "timeout reached: only 1 responses received out of 2");
    const int before = b.counts;
    b.loop.advance(10s);
    CHECK(b.counts == before);  // nothing is left that asks
}

TEST_CASE("who may take as long as there is time is waited for") {
    bench b;
    b.ask(engine::duration::max());
    b.loop.advance(1h);
    CHECK_FALSE(b.told);
}

TEST_CASE("a fleet that ends ends its questions") {
    bench b;
    b.ask();
    b.table.end_all();
    REQUIRE(b.told);
    CHECK(b.told->why() == ack_error::cause::unreachable);
}

namespace {

struct patient_user final : link_user {
    void on_ready() override {}
    void on_trouble(std::string_view, std::string_view) override {}
};

/// A node that asks two others by way of Redis, which a test lets fail.
struct asking_node {
    asking_node()
        : table(loop, [this](const std::vector<std::string>&, question_table::counted then) {
              link.ask(make_command({"PUBSUB", "NUMSUB", "all"}),
                       [then = std::move(then)](resp_value reply) mutable { then(node_count_of(reply)); });
          }) {}

    /// What Redis does: the others answer what they hear.
    std::optional<std::string> carry_out(const std::vector<std::string>& command) {
        if (command[0] == "PUBSUB") return "*2\r\n$3\r\nall\r\n:3\r\n";
        for (const char* uid : {"b", "c"}) table.on_response({.uid = uid, .request = command[2]});
        return ":2\r\n";
    }
    void ask(const std::string& id) {
        ++asked;
        if (link.ready()) link.send(make_command({"PUBLISH", "all", id}));
        table.open(id, std::make_unique<counted_question>(*this), 5000ms);
    }

    struct counted_question final : question {
        explicit counted_question(asking_node& of) : node(&of) {}
        void on_response(const node_message& response) override { count.on_response(response.uid); }
        void end(ack_error why) override {
            ++node->ended;
            if (!why) ++node->whole;
            if (!why) CHECK(count.answered() == 2);
        }
        asking_node* node;
    };

    testing::fake_loop loop;
    testing::scripted_wire net;
    testing::fixed_random chance;
    patient_user user;
    redis_link link{loop, net, chance, {}, user};
    question_table table;
    int asked = 0;
    int ended = 0;
    int whole = 0;
};

}  // namespace

TEST_CASE("whichever step fails, and however, a question ends once, and the next one is answered") {
    using testing::failing_redis;
    int steps = 0;
    for (const auto how : failing_redis::all_failures) {
        for (int step = 0;; ++step, ++steps) {
            CAPTURE(step);
            CAPTURE(static_cast<int>(how));
            asking_node node;
            failing_redis redis(node.loop, node.net, node.link,
                                [&](const auto& command) { return node.carry_out(command); });
            redis.fail(step, how);
            node.link.start();
            for (const char* id : {"1", "2", "3", "4", "5", "6"}) {
                redis.pass(50ms);
                node.ask(id);
            }
            redis.pass(20s);
            CHECK(node.ended == 6);
            CHECK(node.table.size() == 0);
            node.ask("last");
            redis.pass(20s);
            if (!redis.failed()) break;
            CHECK(node.ended == 7);
            CHECK(node.whole >= 2);
        }
    }
    CHECK(steps > 40);
}

}  // namespace question_test
