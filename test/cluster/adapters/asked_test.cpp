#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/asked.hpp>

namespace asked_test {

using namespace kedge;
using namespace kedge::cluster;

namespace {

struct noted_answers final : broadcast_answers {
    std::size_t servers = 0;
    std::size_t recipients = 0;
    std::size_t given_up = 0;
    std::size_t answers = 0;

    void expect_servers(std::size_t count) override { servers = count; }
    void on_recipients(std::size_t count) override { recipients += count; }
    void on_answer(value) override { ++answers; }
    void give_up(std::size_t count) override { given_up += count; }
    void fail(ack_error) override {}
};

/// A broadcast that this server and two others answer.
struct bench {
    bench() { tell_of(3, {}); }
    void tell_of(std::size_t listening, std::vector<bool> present) {
        asked.count.count({listening, std::move(present)}, {"b"});
        asked.on_count();
    }
    void recipients(std::string_view uid, std::size_t many) {
        asked.on_response({.what = verb::recipients, .uid = uid, .request = "q", .count = many});
    }
    void answer(std::string_view uid) {
        asked.on_response({.what = verb::answer, .uid = uid, .request = "q"});
    }

    std::shared_ptr<noted_answers> told = std::make_shared<noted_answers>();
    ask_question asked{[](engine::task work) { work(); }, told};
};

}  // namespace

TEST_CASE("a broadcast is answered when all recipients of all servers have") {
    bench b;
    CHECK(b.told->servers == 3);
    b.recipients("b", 2);
    b.recipients("c", 0);
    b.answer("b");
    CHECK_FALSE(b.asked.over());
    b.answer("b");
    CHECK(b.asked.over());
    CHECK(b.told->answers == 2);
}

TEST_CASE("an answer may come before the number of those that will") {
    bench b;
    b.answer("b");
    b.recipients("b", 2);
    b.recipients("c", 0);
    CHECK_FALSE(b.asked.over());
    b.answer("b");
    CHECK(b.asked.over());
    CHECK(b.told->answers == 2);
}

TEST_CASE("recipients of a server that has gone are not waited for") {
    bench b;
    b.recipients("b", 2);
    b.recipients("c", 1);
    b.answer("c");
    b.answer("b");
    b.tell_of(2, {false});
    CHECK(b.told->given_up == 1);
    CHECK(b.asked.over());
    b.asked.end(ack_error::cause::unreachable);
    CHECK(b.told->given_up == 1);
}

}  // namespace asked_test
