#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/sockjs/session.hpp>
#include <test/engine/fake_loop.hpp>

namespace session_test {

using namespace kedge::sockjs;
using kedge::testing::fake_loop;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

message_queue queue_of(const lines& messages) {
    message_queue made;
    for (const auto& each : messages) made.push(each);
    return made;
}

/// A receiver that takes so many frames, and writes down what it is told.
struct fake_receiver final : receiver {
    explicit fake_receiver(int frames, bool connection = false) : left(frames), lasting(connection) {}
    bool send(std::string_view frame) override {
        seen.emplace_back(frame);
        return --left > 0;
    }
    bool beat() override { return send("h"); }
    void end() override { seen.emplace_back("end"); }
    bool is_connection() const noexcept override { return lasting; }

    lines seen;
    int left;
    bool lasting;
};

struct fixture : session_owner {
    std::function<void()> flushed;
    int flushes = 0;
    receiver* goes = nullptr;

    void on_message(session& from, std::string_view message) override {
        told.push_back("message " + std::string(message));
        if (message == "echo") from.send(message);
        if (message == "leave") from.close(3000, "Go away!");
        if (message == "go") from.lose(*goes, "went");
    }
    void on_close(session&, std::uint16_t code, std::string_view reason) override {
        told.push_back("close " + std::to_string(code) + " " + std::string(reason));
    }
    void on_flushed(session&) override {
        if (flushed) flushed();
    }
    void on_over(session&) override { told.emplace_back("over"); }
    void attach(receiver& who) {
        loop.turn([&] { under_test.attach(who); });
    }

    fake_loop loop;
    options terms;
    lines told;
    std::atomic<std::size_t> kept{0};
    session under_test{loop, terms, *this, kept};
};

fake_receiver poll() {
    return fake_receiver(1);
}
fake_receiver stream() {
    return fake_receiver(1'000);
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "the first receiver opens the session, and a poll ends with that") {
    auto first = poll();
    attach(first);
    CHECK(first.seen == lines{"o", "end"});
    auto second = poll();
    attach(second);
    CHECK(second.seen.empty());
    loop.turn([&] {
        under_test.send("a");
        under_test.send("b");
    });
    CHECK(second.seen == lines{R"(a["a","b"])", "end"});
}

TEST_CASE_FIXTURE(fixture,
                  "messages wait while nobody reads, and nothing is lost or doubled between receivers") {
    auto first = poll();
    attach(first);
    loop.turn([&] { under_test.send("a"); });
    loop.turn([&] { under_test.send("b"); });
    fake_receiver second(2);
    attach(second);
    CHECK(second.seen == lines{R"(a["a","b"])"});
    loop.turn([&] { under_test.send("c"); });
    CHECK(second.seen == lines{R"(a["a","b"])", R"(a["c"])", "end"});
    loop.turn([&] { under_test.send("d"); });
    auto third = stream();
    attach(third);
    CHECK(third.seen == lines{R"(a["d"])"});
    CHECK(told.empty());
}

TEST_CASE_FIXTURE(fixture, "a second receiver is sent away, the first is unharmed") {
    auto first = stream();
    auto second = stream();
    attach(first);
    attach(second);
    CHECK(second.seen == lines{R"(c[2010,"Another connection still open"])", "end"});
    loop.turn([&] { under_test.send("x"); });
    CHECK(first.seen == lines{"o", R"(a["x"])"});
}

TEST_CASE_FIXTURE(fixture, "who does not return in time is gone, who returns is not") {
    auto first = poll();
    attach(first);
    loop.advance(4999ms);
    auto second = poll();
    attach(second);
    loop.advance(6000ms);
    CHECK(told.empty());
    loop.turn([&] { under_test.send("x"); });
    loop.advance(4999ms);
    CHECK(told.empty());
    loop.advance(1ms);
    CHECK(told == lines{"close 1006 The client did not return in time", "over"});
}

TEST_CASE_FIXTURE(fixture, "a receiver that the client cuts ends the session at once") {
    auto only = stream();
    attach(only);
    loop.turn([&] { under_test.lose(only); });
    CHECK(told == lines{"close 1006 Connection lost", "over"});
    CHECK(only.seen == lines{"o"});
}

TEST_CASE_FIXTURE(fixture, "a heartbeat ends a poll and not a stream") {
    auto first = poll();
    attach(first);
    auto second = poll();
    attach(second);
    loop.advance(25'000ms);
    CHECK(second.seen == lines{"h", "end"});
    auto third = stream();
    attach(third);
    loop.advance(50'000ms);
    CHECK(third.seen == lines{"h", "h"});
}

TEST_CASE_FIXTURE(fixture,
                  "closing gives what waits, then the reason, and says so again until it is forgotten") {
    auto first = poll();
    attach(first);
    loop.turn([&] { under_test.send("last"); });
    loop.turn([&] { under_test.close(3000, "Go away!"); });
    CHECK(told == lines{"close 3000 Go away!"});
    auto second = poll();
    auto third = poll();
    attach(second);
    attach(third);
    CHECK(second.seen == lines{R"(a["last"])", "end"});
    CHECK(third.seen == lines{R"(c[3000,"Go away!"])", "end"});
    loop.advance(4000ms);
    auto fourth = stream();
    attach(fourth);
    CHECK(fourth.seen == lines{R"(c[3000,"Go away!"])", "end"});
    loop.advance(4999ms);
    CHECK(told.size() == 1);
    loop.advance(1ms);
    CHECK(told == lines{"close 3000 Go away!", "over"});
}

TEST_CASE_FIXTURE(fixture, "a stream gets the close frame behind the messages of the same turn") {
    auto only = stream();
    attach(only);
    loop.turn([&] {
        under_test.send("a");
        under_test.close();
        under_test.send("too late");
    });
    CHECK(only.seen == lines{"o", R"(a["a"])", R"(c[1000,"Normal closure"])", "end"});
}

TEST_CASE_FIXTURE(fixture, "a websocket's session ends with it") {
    fake_receiver socket(1'000, true);
    attach(socket);
    loop.turn([&] { under_test.close(3001, "bye"); });
    CHECK(socket.seen == lines{"o", R"(c[3001,"bye"])", "end"});
    CHECK(told == lines{"close 3001 bye", "over"});
}

TEST_CASE_FIXTURE(fixture, "what waits for a client is bounded, but one message is always taken") {
    terms.max_buffered_bytes = 1000;
    auto first = poll();
    attach(first);
    loop.turn([&] { under_test.send(std::string(2000, 'x')); });
    CHECK(told.empty());
    loop.turn([&] { under_test.send("y"); });
    CHECK(told == lines{"close 1006 too much unsent data", "over"});
    CHECK(under_test.waiting_bytes() == 0);
}

TEST_CASE_FIXTURE(fixture, "messages are the owner's while the session is open") {
    auto only = stream();
    attach(only);
    loop.turn([&] {
        under_test.receive({"echo", "leave"});
        under_test.receive({"echo"});
    });
    CHECK(told == lines{"message echo", "message leave", "close 3000 Go away!"});
    CHECK(only.seen == lines{"o", R"(a["echo"])", R"(c[3000,"Go away!"])", "end"});
}

TEST_CASE_FIXTURE(fixture, "what all sessions keep is bounded, and given back") {
    terms.max_kept_bytes = 1'000;
    fake_receiver first = poll();
    attach(first);
    kept = 900;  // by others
    under_test.send("short");
    CHECK(kept > 900);
    fake_receiver second = poll();
    attach(second);
    CHECK(kept == 900);
    under_test.send(std::string(200, 'x'));
    CHECK(told == lines{"close 1006 too much unsent data", "over"});
    CHECK(kept == 900);
}

TEST_CASE_FIXTURE(fixture, "a quiet session sends no heartbeats") {
    fake_receiver one = stream();
    attach(one);
    under_test.quiet();
    loop.advance(60'000ms);
    CHECK(one.seen == lines{"o"});
}

TEST_CASE_FIXTURE(fixture, "who is told that nothing waits any more may send again") {
    fake_receiver poll(2), next(1);
    flushed = [this] {
        if (flushes++ == 0) under_test.send("second");
    };
    attach(poll);
    loop.turn([&] { under_test.send("first"); });
    CHECK(flushes == 1);
    CHECK(under_test.waiting_bytes() > 0);
    attach(next);
    CHECK(next.seen == lines{"a[\"second\"]", "end"});
    CHECK(flushes == 2);
    CHECK(under_test.waiting_bytes() == 0);
}

TEST_CASE_FIXTURE(fixture, "very many messages at once are handed over in several turns, in order") {
    auto only = stream();
    attach(only);
    lines sent, expected;
    for (int each = 0; each < 5000; ++each) {
        sent.push_back(std::to_string(each));
        expected.push_back("message " + sent.back());
    }
    loop.turn([&] { under_test.receive(queue_of(sent)); });
    CHECK(told.size() == 1024);
    CHECK(kept > 0);
    loop.turn([&] { under_test.receive({"last"}); });
    CHECK(told.size() == 1024);
    loop.advance(1ms);
    expected.emplace_back("message last");
    CHECK(told == expected);
    CHECK(kept == 0);
}

TEST_CASE_FIXTURE(fixture, "who ends the session ends what has not been handed over") {
    auto only = stream();
    attach(only);
    lines sent(3000, "x");
    sent[1500] = "leave";
    loop.turn([&] { under_test.receive(queue_of(sent)); });
    loop.advance(1ms);
    CHECK(told.size() == 1502);
    CHECK(told.back() == "close 3000 Go away!");
    loop.advance(10'000ms);
    CHECK(kept == 0);
}

TEST_CASE_FIXTURE(fixture, "what waits is counted as it comes and as it is handed over") {
    auto only = stream();
    attach(only);
    std::size_t sent = 0;
    const auto counts = [&] { return kept == (sent - told.size()) * (message_queue::overhead + 1); };
    for (int turn = 0; turn < 20; ++turn) {
        sent += 1500;
        loop.turn([&] { under_test.receive(queue_of(lines(1500, "x"))); });
        CHECK(counts());
        loop.advance(1ms);
        CHECK(counts());
    }
    CHECK(told.size() > 1500);
    for (int turn = 0; turn < 40; ++turn) loop.advance(1ms);
    CHECK(told.size() == sent);
    CHECK(kept == 0);
}

TEST_CASE_FIXTURE(fixture, "who goes is heard to the end of what he sent before") {
    auto only = stream();
    attach(only);
    loop.turn([&] { under_test.receive(queue_of(lines(2049, "x"))); });
    loop.turn([&] { under_test.lose(only, "gone"); });
    CHECK(told.back() == "message x");
    auto late = stream();
    attach(late);
    CHECK(late.seen.back() == "end");
    loop.advance(1ms);
    loop.advance(1ms);
    CHECK(told.size() == 2051);
    CHECK(told[2048] == "message x");
    CHECK(told[2049] == "close 1006 gone");
    CHECK(told.back() == "over");
    CHECK(kept == 0);
}

TEST_CASE_FIXTURE(fixture, "who goes when all but his last message was heard is told after it") {
    auto only = stream();
    attach(only);
    lines sent(2, "x");
    sent[1] = "go";
    goes = &only;
    loop.turn([&] { under_test.receive(queue_of(sent)); });
    CHECK(told == lines{"message x", "message go", "close 1006 went", "over"});
}

TEST_CASE_FIXTURE(fixture, "messages that have not been handed over are bounded") {
    terms.max_buffered_bytes = 20'000;
    auto only = stream();
    attach(only);
    loop.turn([&] { under_test.receive(queue_of(lines(4000, "x"))); });
    CHECK(told.back() == "message x");
    loop.turn([&] { under_test.receive(queue_of(lines(4000, "x"))); });
    CHECK(told.back() == "over");
    CHECK(told[1024] == "close 1006 too many messages at once");
    CHECK(kept == 0);
}

TEST_CASE_FIXTURE(fixture, "what waits takes its bytes, however many messages they are") {
    auto first = poll();
    attach(first);
    loop.turn([&] {
        for (int each = 0; each < 1000; ++each) under_test.send("");
    });
    CHECK(under_test.waiting_bytes() == 3001);
    CHECK(kept == 3001);
    auto second = poll();
    attach(second);
    CHECK(second.seen.front().size() == 3002);
    CHECK(kept == 0);
}

}  // namespace session_test
