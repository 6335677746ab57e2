#include <doctest/doctest.h>

#include <new>
#include <string>
#include <vector>

#include <kedge/stomp/queues/queue.hpp>
#include <kedge/stomp/queues/reader.hpp>

namespace queue_test {

using namespace kedge::stomp;

namespace {

using lines = std::vector<std::string>;

kept_ptr text(std::string body) {
    auto made = std::make_shared<kept_message>();
    made->body = std::move(body);
    return made;
}

struct fixture : queue_outlet {
    std::uint64_t next_delivery() override { return ++last; }
    /// As `consumer:body#number`, with a `!` when it was tried before.
    void deliver(std::uint64_t consumer, const delivery& what) override {
        if (fails) throw std::bad_alloc();
        got.push_back(std::to_string(consumer) + ':' + what.what->body + '#' + std::to_string(what.number) +
                      (what.redelivered ? "!" : ""));
    }
    void give_up(const kept_ptr& what) override { got.push_back("dead:" + what->body); }

    void put(const lines& bodies) {
        for (const std::string& each : bodies) CHECK(under_test.put(text(each)));
    }
    lines take() { return std::exchange(got, {}); }

    queue_options terms{.max_messages = 4, .max_deliveries = 3};
    lines got;
    std::uint64_t last = 0;
    bool fails = false;  // there is no memory to deliver with
    queue under_test{terms, *this};
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "messages wait for a consumer, and are given in order") {
    put({"a", "b"});
    CHECK(got.empty());
    under_test.add(1, 10);
    CHECK(take() == lines{"1:a#1", "1:b#2"});
    CHECK(under_test.messages() == 2);
    under_test.settle(1, 1, true);
    under_test.settle(1, 2, true);
    CHECK(under_test.messages() == 0);
    CHECK(under_test.bytes() == 0);
    CHECK_FALSE(under_test.idle());
    under_test.remove(1);
    CHECK(under_test.idle());
}

TEST_CASE_FIXTURE(fixture, "consumers are given messages in turn, each no more than it may have") {
    under_test.add(1, 1);
    under_test.add(2, 2);
    put({"a", "b", "c", "d"});
    CHECK(take() == lines{"1:a#1", "2:b#2", "2:c#3"});
    under_test.settle(2, 3, true);
    CHECK(take() == lines{"2:d#4"});
}

TEST_CASE_FIXTURE(fixture, "what a consumer leaves behind goes to others, in the old order") {
    under_test.add(1, 10);
    put({"a", "b", "c"});
    under_test.settle(1, 2, true);
    take();
    under_test.remove(1);
    put({"d"});
    under_test.add(2, 10);
    CHECK(take() == lines{"2:a#4!", "2:c#5!", "2:d#6"});
}

TEST_CASE_FIXTURE(fixture, "what one refuses another gets, and the same when there is no other") {
    under_test.add(1, 10);
    under_test.add(2, 10);
    put({"a"});
    take();
    under_test.settle(1, 1, false);
    CHECK(take() == lines{"2:a#2!"});
    under_test.remove(1);
    under_test.settle(2, 2, false);
    CHECK(take() == lines{"2:a#3!"});
}

TEST_CASE_FIXTURE(fixture, "what nobody takes is given up") {
    under_test.add(1, 10);
    put({"a"});
    for (std::uint64_t number = 1; number <= 3; ++number) under_test.settle(1, number, false);
    CHECK(take() == lines{"1:a#1", "1:a#2!", "1:a#3!", "dead:a"});
    CHECK(under_test.messages() == 0);
}

TEST_CASE_FIXTURE(fixture, "to settle what one does not have means nothing") {
    under_test.add(1, 10);
    under_test.add(2, 10);
    put({"a"});
    take();
    under_test.settle(2, 1, false);
    under_test.settle(1, 7, true);
    under_test.settle(3, 1, true);
    under_test.remove(3);
    CHECK(got.empty());
    CHECK(under_test.messages() == 1);
}

TEST_CASE_FIXTURE(fixture, "a full queue refuses, or makes room by what waits longest") {
    put({"a", "b", "c", "d"});
    CHECK_FALSE(under_test.put(text("e")));
    terms.full = when_full::drop_oldest;
    CHECK(under_test.put(text("e")));
    under_test.add(1, 10);
    CHECK(take() == lines{"1:b#1", "1:c#2", "1:d#3", "1:e#4"});
    CHECK_FALSE(under_test.put(text("f")));  // all that is there is somebody's
}

TEST_CASE_FIXTURE(fixture, "bytes are bounded too") {
    terms.max_bytes = 2 * text("a")->bytes();
    put({"a", "b"});
    CHECK_FALSE(under_test.put(text("c")));
    CHECK(under_test.bytes() == terms.max_bytes);
}

TEST_CASE_FIXTURE(fixture, "nothing is dropped for a message that does not fit all the same") {
    terms = {.max_bytes = 2 * text("a")->bytes(), .full = when_full::drop_oldest};
    put({"a", "b"});
    CHECK_FALSE(under_test.put(text(std::string(500, 'x'))));
    under_test.add(1, 1);  // has "a" now, for which no room can be made
    CHECK_FALSE(under_test.put(text("more")));
    CHECK(under_test.messages() == 2);
    CHECK(under_test.put(text("c")));
    under_test.settle(1, 1, true);
    CHECK(take() == lines{"1:a#1", "1:c#2"});
}

TEST_CASE_FIXTURE(fixture, "what cannot be delivered for want of memory waits still, and is counted once") {
    under_test.add(1, 10);
    fails = true;
    CHECK_THROWS_AS(under_test.put(text("a")), std::bad_alloc);
    CHECK(under_test.messages() == 1);
    CHECK(under_test.bytes() == text("a")->bytes());
    fails = false;
    CHECK(under_test.put(text("b")));
    CHECK(take() == lines{"1:a#2", "1:b#3"});
    under_test.settle(1, 2, true);
    under_test.settle(1, 3, true);
    CHECK(under_test.messages() == 0);
    CHECK(under_test.bytes() == 0);
}

TEST_CASE("a reader settles one delivery, or all up to it, and each once") {
    reader of;
    of.unsettled = {3, 5, 8};
    CHECK(of.take(5, false) == std::vector<std::uint64_t>{5});
    CHECK(of.take(5, false).empty());
    CHECK(of.take(8, true) == std::vector<std::uint64_t>{3, 8});
    CHECK(of.unsettled.empty());
}

}  // namespace queue_test
