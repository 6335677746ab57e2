#include <kedge/sockjs/message_queue.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <utility>

namespace message_queue_test {

using kedge::sockjs::message_queue;

TEST_CASE("message_queue: gives back what it was given, in order, and weighs what waits") {
    message_queue queue;
    std::deque<std::string> expected;
    std::size_t weight = 0;
    for (int round = 0; round < 2000; ++round) {
        for (int more = 0; more < round % 5; ++more) {
            expected.emplace_back(static_cast<std::size_t>(round * 7 % 40),
                                  static_cast<char>('a' + round % 26));
            queue.push(expected.back());
            weight += expected.back().size() + message_queue::overhead;
        }
        for (int out = 0; out < round % 3 && !expected.empty(); ++out) {
            REQUIRE(queue.pop() == expected.front());
            weight -= expected.front().size() + message_queue::overhead;
            expected.pop_front();
        }
        REQUIRE(queue.size() == expected.size());
        REQUIRE(queue.weight() == weight);
    }
    for (; !expected.empty(); expected.pop_front()) REQUIRE(queue.pop() == expected.front());
    CHECK(queue.empty());
    CHECK(queue.weight() == 0);
}

TEST_CASE("message_queue: others are put behind what waits, and not what they have given away") {
    message_queue queue;
    queue.append({"gone", "a"});
    CHECK(queue.pop() == "gone");
    message_queue more{"gone", "b", ""};
    more.pop();
    queue.append(std::move(more));
    CHECK(queue.size() == 3);
    CHECK(queue.pop() == "a");
    CHECK(queue.pop() == "b");
    CHECK(queue.pop().empty());
    CHECK(queue.empty());
}

TEST_CASE("message_queue: a message takes a few bytes beside its own") {
    message_queue queue;
    for (int each = 0; each < 330'000; ++each) queue.push("x");
    CHECK(queue.weight() == 330'000 * 5);
}

}  // namespace message_queue_test
