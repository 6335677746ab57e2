#include <kedge/admin/attempts.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace attempts_test {

using namespace kedge::admin;
using namespace std::chrono_literals;
using kedge::engine::time_point;

TEST_CASE("a host may try so many times in a minute, and others are not bothered") {
    attempts tried(3);
    const time_point begin{1h};
    for (int i = 0; i < 3; ++i) CHECK(tried.admit("10.0.0.1", begin + 1s));
    CHECK_FALSE(tried.admit("10.0.0.1", begin + 2s));
    CHECK(tried.admit("10.0.0.2", begin + 2s));
    CHECK_FALSE(tried.admit("10.0.0.1", begin + 60s));
    CHECK(tried.admit("10.0.0.1", begin + 61s));
}

TEST_CASE("who has logged in begins anew") {
    attempts tried(1);
    const time_point begin{1h};
    CHECK(tried.admit("10.0.0.1", begin));
    tried.forgive("10.0.0.1");
    CHECK(tried.admit("10.0.0.1", begin));
    CHECK_FALSE(tried.admit("10.0.0.1", begin));
}

TEST_CASE("an IPv6 host is its network") {
    attempts tried(1);
    const time_point begin{1h};
    CHECK(tried.admit("2001:db8::1", begin));
    CHECK_FALSE(tried.admit("2001:db8::2", begin));
    CHECK(tried.admit("2001:db8:0:1::1", begin));
    CHECK(tried.admit("::ffff:10.0.0.1", begin));
    CHECK_FALSE(tried.admit("10.0.0.1", begin));
}

TEST_CASE("hosts beyond those that there is room for are counted as one") {
    attempts tried(2, 10);
    const time_point begin{1h};
    for (int i = 0; i < 10; ++i) CHECK(tried.admit("10.0.0." + std::to_string(i), begin));
    CHECK(tried.admit("10.1.0.1", begin));
    CHECK(tried.admit("10.1.0.2", begin));
    CHECK_FALSE(tried.admit("10.1.0.3", begin));
    CHECK(tried.admit("10.0.0.1", begin));
}

}  // namespace attempts_test
