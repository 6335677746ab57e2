#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>

#include <kedge/transports/loop/worker.hpp>

#include <test/transports/loopback.hpp>

namespace worker_test {

using namespace kedge::transports;
using kedge::test::hand_turned;
using namespace std::chrono_literals;

namespace {

struct noting final : kedge::engine::turn_work {
    noting(std::vector<int>& where, int what) : notes(where), note(what) {}
    void end_turn() override {
        notes.push_back(note);
        if (then) then();
    }
    std::vector<int>& notes;
    int note;
    std::function<void()> then;
};

struct dying final : mortal {
    explicit dying(std::function<void()> f) : last_words(std::move(f)) {}
    ~dying() override { last_words(); }
    std::function<void()> last_words;
};

}  // namespace

TEST_CASE("the end of a turn: sessions, then streams, until quiet, then the burial") {
    hand_turned h;
    std::vector<int> notes;
    noting session(notes, 1), other_session(notes, 2), stream(notes, 3);
    stream.then = [&, once = false]() mutable {
        if (!std::exchange(once, true))
            h.worker.at_end_of_turn(session);  // drained: the session writes again
    };
    session.then = [&] { h.worker.flush_at_end_of_turn(stream); };
    h.worker.post([&] {
        h.worker.bury(std::make_unique<dying>([&] { notes.push_back(9); }));
        h.worker.flush_at_end_of_turn(stream);
        h.worker.at_end_of_turn(other_session);
        h.worker.at_end_of_turn(session);
        h.worker.at_end_of_turn(session);  // once is enough
        notes.push_back(0);
    });
    h.settle();
    CHECK(notes == std::vector{0, 2, 1, 3, 1, 3, 9});
}

TEST_CASE("work that never ends is spread over turns, and others get theirs") {
    hand_turned h;
    std::vector<int> notes;
    noting restless(notes, 1);
    bool stop = false;
    restless.then = [&] {
        if (!stop) h.worker.at_end_of_turn(restless);
    };
    h.worker.at_end_of_turn(restless);
    bool other = false;
    boost::asio::post(h.context, [&] { other = true; });
    CHECK(h.until([&] { return other; }));
    stop = true;
    h.settle();
    CHECK(notes.size() < 10'000);
    h.worker.forget(restless);
}

TEST_CASE("a turn is made for what is asked for outside of one") {
    hand_turned h;
    std::vector<int> notes;
    noting session(notes, 1);
    h.worker.at_end_of_turn(session);
    CHECK(notes.empty());
    h.settle();
    CHECK(notes == std::vector{1});

    h.worker.at_end_of_turn(session);
    h.worker.forget(session);
    h.settle();
    CHECK(notes.size() == 1);

    bool dead = false;
    h.worker.bury(std::make_unique<dying>([&] { dead = true; }));
    CHECK_FALSE(dead);
    h.settle();
    CHECK(dead);
}

TEST_CASE("tasks run in order, in turns of their worker, and one posted by a task in a later turn") {
    hand_turned h;
    std::vector<int> order;
    h.worker.post([&] {
        CHECK(worker::current() == &h.worker);
        CHECK(h.worker.on_this_thread());
        order.push_back(1);
        h.worker.post([&] { order.push_back(3); });
    });
    h.worker.post([&] { order.push_back(2); });
    CHECK(order.empty());
    CHECK(worker::current() == nullptr);
    h.settle();
    CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("time stands still within a turn") {
    hand_turned h;
    h.worker.post([&] {
        const auto begin = h.worker.now();
        const auto until = std::chrono::steady_clock::now() + 3ms;
        while (std::chrono::steady_clock::now() < until) {
        }
        CHECK(h.worker.now() == begin);
    });
    h.settle();
}

TEST_CASE("timers fire at their time, one alarm for all of them") {
    hand_turned h;
    struct fired {
        std::vector<int>* order;
        int number;
        void on_time(kedge::engine::time_point) { order->push_back(number); }
    };
    std::vector<int> order;
    fired first{&order, 1}, second{&order, 2}, never{&order, 3};
    const auto callback = kedge::engine::timer::calls<&fired::on_time, fired>();
    kedge::engine::timer a(callback, &first), b(callback, &second), c(callback, &never);
    const auto begin = h.worker.now();
    h.worker.timers().arm(b, begin + 30ms);
    h.worker.timers().arm(c, begin + 25ms);
    h.worker.timers().arm(a, begin + 10ms);
    h.settle();
    c.disarm();
    CHECK(h.until([&] { return order.size() == 2; }));
    CHECK(order == std::vector{1, 2});
    CHECK(h.worker.now() >= begin + 30ms);
}

TEST_CASE("an exception harms nobody else and is reported") {
    hand_turned h;
    std::vector<std::string> errors;
    h.worker.on_error([&](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            errors.emplace_back(e.what());
        }
    });
    bool next_ran = false;
    std::vector<int> notes;
    noting bad(notes, 1), good(notes, 2);
    bad.then = [] { throw std::runtime_error("end"); };
    h.worker.post([&] {
        h.worker.at_end_of_turn(bad);
        h.worker.at_end_of_turn(good);
        throw std::runtime_error("task");
    });
    h.worker.post([&] { next_ran = true; });
    h.settle();
    CHECK(next_ran);
    CHECK(notes == std::vector{1, 2});
    CHECK(errors == std::vector<std::string>{"task", "end"});
}

TEST_CASE("a throwing timer leaves the other timers alone") {
    hand_turned h;
    int errors = 0;
    int fired = 0;
    h.worker.on_error([&](std::exception_ptr) { ++errors; });
    kedge::engine::timer bad([](void*, kedge::engine::time_point) { throw std::runtime_error("timer"); },
                             nullptr);
    kedge::engine::timer good([](void* count, kedge::engine::time_point) { ++*static_cast<int*>(count); },
                              &fired);
    const auto at = h.worker.now() + 2ms;
    h.worker.timers().arm(bad, at);
    h.worker.timers().arm(good, at);
    CHECK(h.until([&] { return fired == 1; }));
    CHECK(errors == 1);
}

TEST_CASE("an idle worker lets the application's io_context run out of work") {
    hand_turned h;
    bool ran = false;
    h.worker.post([&] { ran = true; });
    h.context.run();
    CHECK(ran);

    kedge::engine::timer timer([](void*, kedge::engine::time_point) {}, nullptr);
    h.worker.timers().arm(timer, h.worker.now() + 1h);
    h.worker.post([&] { timer.disarm(); });
    h.context.restart();
    h.context.run();  // would last an hour
    CHECK_FALSE(timer.armed());
}

TEST_CASE("what is owned lives until it is buried, or the worker goes") {
    int dead = 0;
    {
        hand_turned h;
        mortal& one = h.worker.own(std::make_unique<dying>([&] { ++dead; }));
        h.worker.own(std::make_unique<dying>([&] { ++dead; }));
        h.worker.bury(one);
        h.worker.bury(one);
        CHECK(dead == 0);
        h.settle();
        CHECK(dead == 1);
    }
    CHECK(dead == 2);
}

TEST_CASE("mt: workers run in their threads, post to each other, and stop after what was posted") {
    constexpr unsigned count = 4;
    constexpr int rounds = 500;
    std::vector<std::unique_ptr<worker>> workers;
    for (unsigned i = 0; i < count; ++i) workers.push_back(std::make_unique<worker>(i));
    std::atomic<int> ran{0};
    std::atomic<bool> right_thread{true};
    std::function<void(unsigned, int)> hop = [&](unsigned at, int left) {
        worker& here = *workers[at % count];
        if (worker::current() != &here || !here.on_this_thread()) right_thread = false;
        ++ran;
        if (left > 0) workers[(at + 1) % count]->post([&, at, left] { hop(at + 1, left - 1); });
    };
    std::vector<std::thread> threads;
    for (auto& each : workers) threads.emplace_back([&each] { each->run(); });
    for (unsigned i = 0; i < count; ++i) workers[i]->post([&, i] { hop(i, rounds); });
    while (ran < static_cast<int>(count) * (rounds + 1)) std::this_thread::yield();
    std::atomic<int> last{0};
    for (auto& each : workers) {
        each->post([&] { ++last; });
        each->stop();
    }
    for (auto& thread : threads) thread.join();
    CHECK(right_thread);
    CHECK(last == static_cast<int>(count));
}

TEST_CASE("a timer that is never due leaves the others alone, and does not wake the worker") {
    hand_turned h;
    struct fired {
        int count = 0;
        void on_time(kedge::engine::time_point) { ++count; }
    };
    fired never, soon;
    const auto callback = kedge::engine::timer::calls<&fired::on_time, fired>();
    kedge::engine::timer a(callback, &never), b(callback, &soon);
    const auto end_of_time = kedge::engine::later(h.worker.now(), kedge::engine::duration::max());
    h.worker.timers().arm(a, end_of_time);
    h.settle();
    CHECK(h.context.poll() == 0);
    h.worker.timers().arm(b, h.worker.now() + 1ms);
    CHECK(h.until([&] { return soon.count == 1; }));
    CHECK(never.count == 0);
    CHECK(a.armed());
}

TEST_CASE("mt: a handler that polls the io_context itself loses no task of another thread") {
    hand_turned h;
    std::atomic<bool> inside = false;
    std::atomic<bool> posted = false;
    int heard = 0;
    std::thread other([&] {
        while (!inside) std::this_thread::yield();
        h.worker.post([&] { ++heard; });
        posted = true;
    });
    h.worker.post([&] {
        inside = true;
        while (!posted) std::this_thread::yield();
        h.context.poll();
    });
    CHECK(h.until([&] { return heard == 1; }));
    other.join();
    // Nor does it stay deaf.
    std::thread([&] { h.worker.post([&] { ++heard; }); }).join();
    CHECK(h.until([&] { return heard == 2; }));
}

}  // namespace worker_test
