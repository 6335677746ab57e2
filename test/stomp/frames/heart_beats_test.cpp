#include <doctest/doctest.h>

#include <kedge/stomp/frames/heart_beats.hpp>

namespace heart_beats_test {

using namespace kedge::stomp;
using namespace std::chrono_literals;

TEST_CASE("heart-beats are two numbers, and what both agree on is the slower") {
    const auto read = read_heart_beats("100,0");
    REQUIRE(read);
    CHECK(read->sends == 100ms);
    CHECK(read->wants == 0ms);
    for (const auto* wrong : {"", "1", "1,", ",1", "-1,0", "1,2,3", "a,b", "1 ,2", "99999999999,0"})
        CHECK_FALSE(read_heart_beats(wrong));
    CHECK(write_heart_beats(5s) == "5000,5000");
    CHECK(agreed(2s, 3s) == 3s);
    CHECK(agreed(0s, 3s) == 0s);
    CHECK(agreed(3s, 0s) == 0s);
}

}  // namespace heart_beats_test
