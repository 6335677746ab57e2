#include <doctest/doctest.h>

#include <kedge/engine/histogram.hpp>

namespace histogram_test {

using kedge::engine::histogram;
using namespace std::chrono_literals;

TEST_CASE("what takes as long as a bound is still below it; what takes longest is in the last class") {
    histogram it;
    it.add(0ns);
    it.add(100us);
    it.add(100'001ns);
    it.add(5s);
    it.add(1h);
    const auto read = it.read();
    CHECK(read.counts[0] == 2);
    CHECK(read.counts[1] == 1);
    CHECK(read.counts[histogram::bounds.size() - 1] == 1);
    CHECK(read.counts[histogram::bounds.size()] == 1);
    CHECK(read.sum == 0ns + 100us + 100'001ns + 5s + 1h);
}

TEST_CASE("a clock that goes back counts as no time at all") {
    histogram it;
    it.add(-1s);
    CHECK(it.read().counts[0] == 1);
    CHECK(it.read().sum == 0ns);
}

TEST_CASE("readings add up class by class") {
    histogram one;
    histogram other;
    one.add(1ms);
    other.add(1ms);
    other.add(2ms);
    auto sum = one.read();
    sum += other.read();
    CHECK(sum.counts[2] == 2);
    CHECK(sum.counts[3] == 1);
    CHECK(sum.sum == 4ms);
}

}  // namespace histogram_test
