#include <engine/loop.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <engine/fake_loop.hpp>

using namespace kedge::engine;

namespace {

struct work : turn_work {
    work(int number, std::vector<int>& log) : number_(number), log_(log) {}
    void end_turn() override { log_.push_back(number_); }
    int number_;
    std::vector<int>& log_;
};

}  // namespace

TEST_CASE("turn_queue: first in, first out, each at most once, and out on request") {
    std::vector<int> log;
    work a(1, log), b(2, log), c(3, log);
    turn_queue queue;
    CHECK(queue.empty());
    queue.push(a);
    queue.push(b);
    queue.push(a);
    queue.push(c);
    queue.remove(b);
    queue.remove(b);
    while (auto* each = queue.pop()) each->end_turn();
    CHECK(log == std::vector<int>{1, 3});
    queue.push(b);
    queue.pop()->end_turn();
    CHECK(log.back() == 2);
    CHECK(queue.pop() == nullptr);
}

TEST_CASE("turn_queue: work outlives the queue") {
    std::vector<int> log;
    work a(1, log);
    {
        turn_queue queue;
        queue.push(a);
    }
    turn_queue other;
    other.push(a);
    CHECK(other.pop() == &a);
}

TEST_CASE("fake_loop: tasks run in order, each in a turn") {
    kedge::testing::fake_loop loop;
    std::vector<int> log;
    work a(9, log);
    loop.post([&] {
        loop.at_end_of_turn(a);
        log.push_back(1);
    });
    loop.post([&] { log.push_back(2); });
    loop.run_posted();
    CHECK(log == std::vector<int>{1, 9, 2});
}
