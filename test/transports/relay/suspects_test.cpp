#include <kedge/transports/relay/suspects.hpp>

#include <doctest/doctest.h>

namespace suspects_test {

using namespace kedge;
using namespace std::chrono_literals;

TEST_CASE("a suspect is left alone for two seconds from the last failure, and told of once") {
    transports::suspects all;
    const engine::time_point begin{100s};
    CHECK_FALSE(all.holds(3, begin));
    CHECK(all.add(3, begin));
    CHECK(all.holds(3, begin + 1999ms));
    CHECK_FALSE(all.holds(4, begin));
    CHECK_FALSE(all.add(3, begin + 1s));
    CHECK(all.holds(3, begin + 2999ms));
    CHECK_FALSE(all.holds(3, begin + 3s));
    CHECK(all.add(3, begin + 4s));
    all.clear(3);
    CHECK_FALSE(all.holds(3, begin + 4s));
}

}  // namespace suspects_test
