#include <kedge/engine/loop.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <test/engine/fake_loop.hpp>

namespace loop_test {

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
    CHECK(queue.run([](turn_work& each) { each.end_turn(); }));
    CHECK(log == std::vector<int>{1, 3});
    CHECK(queue.empty());
    queue.push(b);
    CHECK(queue.run([](turn_work& each) { each.end_turn(); }));
    CHECK(log.back() == 2);
    CHECK_FALSE(queue.run([](turn_work& each) { each.end_turn(); }));
    queue.push(c);
    queue.remove(c);
    CHECK_FALSE(queue.run([](turn_work& each) { each.end_turn(); }));
}

TEST_CASE(
    "turn_queue: what is queued during a run waits for the next; what is taken out during it is not run") {
    std::vector<int> log;
    work a(1, log), b(2, log), c(3, log), d(4, log);
    turn_queue queue;
    queue.push(a);
    queue.push(b);
    queue.push(c);
    const auto meddle = [&](turn_work& each) {
        each.end_turn();
        if (&each != &a) return;
        queue.remove(b);
        queue.push(a);
        queue.push(d);
        queue.push(b);
        queue.remove(d);
    };
    CHECK(queue.run(meddle));
    CHECK(log == std::vector<int>{1, 3});
    CHECK_FALSE(queue.empty());
    queue.remove(a);
    CHECK(queue.run(meddle));
    CHECK(log == std::vector<int>{1, 3, 2});
    CHECK(queue.empty());
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
    CHECK(other.run([](turn_work& each) { each.end_turn(); }));
    CHECK(log == std::vector<int>{1});
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

}  // namespace loop_test
