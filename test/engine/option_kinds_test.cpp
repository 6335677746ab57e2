#include <kedge/engine/option_kinds.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace option_kinds_test {

using kedge::engine::switchable;
using kedge::engine::time_span;
using namespace std::chrono_literals;

namespace {

struct details {
    int level = 3;
};
struct settings {
    time_span interval = 25s;
    switchable<details> extra = std::nullopt;
};

}  // namespace

TEST_CASE("braces switch an option on, with its defaults") {
    CHECK_FALSE(settings().extra.has_value());
    const settings on{.extra = {}};
    REQUIRE(on.extra.has_value());
    CHECK(on.extra->level == 3);
    settings later;
    later.extra = {};
    CHECK(later.extra.has_value());
    later.extra = details{.level = 5};
    CHECK(later.extra->level == 5);
    later.extra = std::nullopt;
    CHECK_FALSE(later.extra.has_value());
    later.extra = std::optional<details>(details{4});
    CHECK(later.extra->level == 4);
}

TEST_CASE("true is braces, and false is nothing") {
    const settings on{.extra = true};
    REQUIRE(on.extra.has_value());
    CHECK(on.extra->level == 3);
    settings later{.extra = details{.level = 5}};
    later.extra = false;
    CHECK_FALSE(later.extra.has_value());
    later.extra = true;
    REQUIRE(later.extra.has_value());
    CHECK(later.extra->level == 3);
}

TEST_CASE("a time is any duration that loses nothing") {
    CHECK(settings{.interval = 2min}.interval == 120'000ms);
    settings some;
    some.interval = 10s;
    CHECK(some.interval.count() == 10'000);
    CHECK_FALSE(std::is_convertible_v<std::chrono::microseconds, time_span>);
}

}  // namespace option_kinds_test
