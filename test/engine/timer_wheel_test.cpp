#include <kedge/engine/timer_wheel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace timer_wheel_test {

using namespace kedge::engine;

namespace {

time_point at(long long ms) {
    return time_point(duration(ms));
}

/// A timer that writes down when it fired.
struct alarm_clock {
    explicit alarm_clock(std::vector<long long>& log) : log_(log) {}
    void ring(time_point) {
        log_.push_back(clock.deadline().time_since_epoch().count());
        if (then) then();
    }
    std::vector<long long>& log_;
    std::function<void()> then;
    timer clock{timer::calls<&alarm_clock::ring, alarm_clock>(), this};
};

}  // namespace

TEST_CASE("timer_wheel: never fires early, fires in the first run at or after the deadline") {
    timer_wheel wheel(at(1000));
    std::vector<long long> log;
    alarm_clock a(log);
    for (const long long distance :
         {1, 2, 63, 64, 65, 100, 4095, 4096, 4097, 25'000, 45'000, 300'000, 1 << 30}) {
        CAPTURE(distance);
        log.clear();
        const long long start = 1000;
        timer_wheel fresh(at(start));
        fresh.arm(a.clock, at(start + distance));
        fresh.run(at(start + distance - 1));
        CHECK(log.empty());
        CHECK(a.clock.armed());
        fresh.run(at(start + distance));
        CHECK(log == std::vector<long long>{start + distance});
        CHECK(!a.clock.armed());
        CHECK(fresh.empty());
    }
}

TEST_CASE("timer_wheel: fires in order of deadlines, however far time jumps") {
    std::mt19937 random(7);
    timer_wheel wheel(at(123'456));
    std::vector<long long> log;
    std::vector<std::unique_ptr<alarm_clock>> alarms;
    for (int i = 0; i < 10'000; ++i) {
        alarms.push_back(std::make_unique<alarm_clock>(log));
        wheel.arm(alarms.back()->clock, at(123'457 + static_cast<long long>(random() % 500'000)));
    }
    for (int i = 0; i < 10'000; i += 3) alarms[static_cast<std::size_t>(i)]->clock.disarm();
    long long now = 123'456;
    while (!wheel.empty()) {
        REQUIRE(wheel.next().has_value());
        CHECK(wheel.next()->time_since_epoch().count() > now);
        now += 1 + static_cast<long long>(random() % 30'000);
        wheel.run(at(now));
        for (const auto& each : alarms)
            if (each->clock.armed()) REQUIRE(each->clock.deadline() > at(now));
    }
    CHECK(std::is_sorted(log.begin(), log.end()));
    CHECK(log.size() == 6666);
}

TEST_CASE("timer_wheel: next() leads to the deadline in few steps and is never late") {
    timer_wheel wheel(at(5));
    std::vector<long long> log;
    alarm_clock a(log);
    wheel.arm(a.clock, at(25'005));
    int steps = 0;
    while (log.empty()) {
        const auto next = wheel.next();
        REQUIRE(next.has_value());
        REQUIRE(*next <= at(25'005));
        wheel.run(*next);
        ++steps;
    }
    CHECK(steps <= 4);
    CHECK_FALSE(wheel.next().has_value());
}

TEST_CASE("timer_wheel: a deadline that has passed fires in the next run, not in the present one") {
    timer_wheel wheel(at(1000));
    std::vector<long long> log;
    alarm_clock a(log);
    int rings = 0;
    a.then = [&] {
        if (++rings < 3) wheel.arm(a.clock, at(10));
    };
    wheel.arm(a.clock, at(900));
    CHECK(wheel.next() == at(1000));
    wheel.run(at(1000));
    CHECK(rings == 1);
    wheel.run(at(1000));
    CHECK(rings == 2);
    wheel.run(at(5000));
    CHECK(rings == 3);
    CHECK(wheel.empty());
}

TEST_CASE("timer_wheel: a callback may disarm and destroy any timer, its own included") {
    timer_wheel wheel(at(0));
    std::vector<long long> log;
    auto first = std::make_unique<alarm_clock>(log);
    auto second = std::make_unique<alarm_clock>(log);
    auto third = std::make_unique<alarm_clock>(log);
    wheel.arm(first->clock, at(100));
    wheel.arm(second->clock, at(100));
    wheel.arm(third->clock, at(200));
    first->then = [&] {
        second.reset();
        third->clock.disarm();
        auto own = std::move(first->then);
        first.reset();
    };
    wheel.run(at(1000));
    CHECK(log == std::vector<long long>{100});
    CHECK(wheel.empty());
}

TEST_CASE("timer_wheel: re-arming moves a timer, and timers survive the wheel") {
    std::vector<long long> log;
    alarm_clock a(log);
    alarm_clock b(log);
    {
        timer_wheel wheel(at(0));
        wheel.arm(a.clock, at(50));
        wheel.arm(a.clock, at(70));
        wheel.run(at(60));
        CHECK(log.empty());
        wheel.arm(a.clock, at(65));
        wheel.run(at(65));
        CHECK(log == std::vector<long long>{65});
        wheel.arm(b.clock, at(1'000'000));
        wheel.arm(a.clock, at(10));
    }
    CHECK(!b.clock.armed());
    CHECK(!a.clock.armed());
}

TEST_CASE("timer_wheel: what may fire about then fires together, a little late and never early") {
    std::vector<long long> log;
    timer_wheel wheel(at(0), duration(64));
    std::deque<alarm_clock> many;
    for (int i = 0; i < 64; ++i) wheel.arm_about(many.emplace_back(log).clock, at(25'001 + i), at(0));
    wheel.run(at(25'023));
    CHECK(log.empty());
    wheel.run(at(25'024));
    CHECK(log.size() == 24);
    wheel.run(at(25'087));
    CHECK(log.size() == 24);
    wheel.run(at(25'088));
    CHECK(log.size() == 64);
}

TEST_CASE("timer_wheel: the leeway of a short time is short, and without one all is exact") {
    std::vector<long long> log;
    timer_wheel wheel(at(0), duration(64));
    alarm_clock about(log);
    const auto armed_at = [&](timer_wheel& on, long long deadline, long long now) {
        on.arm_about(about.clock, at(deadline), at(now));
        return about.clock.deadline() == at(deadline);
    };
    CHECK(armed_at(wheel, 101, 0));  // a 64th is one millisecond
    CHECK(armed_at(wheel, 50, 100));
    wheel.arm_about(about.clock, at(1301), at(1000));
    CHECK(about.clock.deadline() == at(1304));
    timer_wheel exact(at(0));
    CHECK(armed_at(exact, 25'001, 0));
}

TEST_CASE("timer_wheel: tells once whether a timer was armed") {
    timer_wheel wheel(at(1000));
    std::vector<long long> log;
    alarm_clock one(log);
    CHECK_FALSE(wheel.take_armed());
    wheel.arm(one.clock, at(2000));
    CHECK(wheel.take_armed());
    CHECK_FALSE(wheel.take_armed());
    wheel.arm_about(one.clock, at(1500), at(1000));
    CHECK(wheel.take_armed());
    one.clock.disarm();
    wheel.run(at(1600));
    CHECK_FALSE(wheel.take_armed());
}

TEST_CASE("timer_wheel: durations that reach beyond the end of time end there") {
    CHECK(later(at(5), duration(3)) == at(8));
    CHECK(later(at(5), duration(-3)) == at(2));
    CHECK(later(at(5), duration::max()) == time_point::max());
    CHECK(later(at(-5), duration::min()) == time_point::min());
    CHECK(later(time_point::max(), duration(1)) == time_point::max());

    timer_wheel wheel(at(1000), duration(64));
    std::vector<long long> log;
    alarm_clock never(log), hardly_ever(log), soon(log);
    wheel.arm(never.clock, later(at(1000), duration::max()));
    wheel.arm_about(hardly_ever.clock, later(at(1000), duration::max() - duration(1)), at(1000));
    wheel.arm(soon.clock, at(1001));
    wheel.run(at(1'000'000'000));
    CHECK(log == std::vector<long long>{1001});
    CHECK(never.clock.armed());
    CHECK(hardly_ever.clock.armed());
    CHECK(wheel.next().value() > at(1'000'000'000));
}

}  // namespace timer_wheel_test
