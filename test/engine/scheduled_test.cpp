#include <kedge/engine/scheduled.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace scheduled_test {

using kedge::scheduled;
using kedge::scheduled_work;
using kedge::engine::duration;

TEST_CASE("work that is called once lets go of what it holds") {
    const auto held = std::make_shared<int>();
    scheduled_work work([held] { ++*held; }, scheduled_work::calls::one);
    CHECK(work.pending());
    work.call();
    work.call();
    CHECK(*held == 1);
    CHECK(held.use_count() == 1);
    CHECK_FALSE(work.pending());
}

TEST_CASE("work that is called many times goes on, also when it throws") {
    int calls = 0;
    scheduled_work work(
        [&] {
            if (++calls == 2) throw std::runtime_error("no");
        },
        scheduled_work::calls::many);
    work.call();
    CHECK_THROWS_AS(work.call(), std::runtime_error);
    work.call();
    CHECK(calls == 3);
    CHECK(work.pending());
}

TEST_CASE("a handle takes its work back, whichever copy it is") {
    const auto held = std::make_shared<int>();
    const auto work = std::make_shared<scheduled_work>([held] { ++*held; }, scheduled_work::calls::many);
    const scheduled handle(work);
    scheduled copy;
    copy = handle;
    CHECK(copy.pending());
    copy.cancel();
    CHECK(held.use_count() == 1);
    CHECK_FALSE(handle.pending());
    work->call();
    CHECK(*held == 0);
    handle.cancel();
    scheduled().cancel();
    CHECK_FALSE(scheduled().pending());
}

TEST_CASE("work may cancel itself, call itself, and hold its own handle") {
    const auto handle = std::make_shared<scheduled>();
    std::weak_ptr<scheduled_work> gone;
    int calls = 0;
    {
        const auto work = std::make_shared<scheduled_work>(
            [&calls, handle, &gone] {
                ++calls;
                if (const auto again = gone.lock()) again->call();
                if (calls == 2) handle->cancel();
            },
            scheduled_work::calls::many);
        gone = work;
        *handle = scheduled(work);
        work->call();
        CHECK(calls == 1);
        work->call();
        work->call();
        CHECK(calls == 2);
    }
    CHECK(gone.expired());
    CHECK_FALSE(handle->pending());
}

TEST_CASE("a period that is no time at all is refused") {
    CHECK(kedge::checked_period(duration{1}) == duration{1});
    CHECK_THROWS_AS(kedge::checked_period(duration{0}), std::invalid_argument);
    CHECK_THROWS_AS(kedge::checked_period(duration{-1}), std::invalid_argument);
}

}  // namespace scheduled_test
