#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/pages/byte_ranges.hpp>

namespace byte_ranges_test {

using kedge::transports::byte_range;
using kedge::transports::read_ranges;
using verdict = kedge::transports::range_request::verdict;

TEST_CASE("single ranges") {
    const auto one = [](const char* header) {
        const auto request = read_ranges(header, 1000);
        REQUIRE(request.kind == verdict::partial);
        REQUIRE(request.ranges.size() == 1);
        return request.ranges.front();
    };
    CHECK(one("bytes=0-0") == byte_range{0, 0});
    CHECK(one("bytes=10-") == byte_range{10, 999});
    CHECK(one("bytes=-5") == byte_range{995, 999});
    CHECK(one("bytes=-5000") == byte_range{0, 999});
    CHECK(one("bytes=990-5000") == byte_range{990, 999});
    CHECK(one("bytes=990-99999999999999999999999") == byte_range{990, 999});
    CHECK(one("bytes= 1-2 ") == byte_range{1, 2});
}

TEST_CASE("several ranges, those beyond the end left out") {
    const auto request = read_ranges("bytes=0-9, 20-29,2000-", 1000);
    REQUIRE(request.ranges.size() == 2);
    CHECK(request.ranges[1] == byte_range{20, 29});
}

TEST_CASE("nothing within the file is unsatisfiable") {
    CHECK(read_ranges("bytes=1000-", 1000).kind == verdict::unsatisfiable);
    CHECK(read_ranges("bytes=-0", 1000).kind == verdict::unsatisfiable);
    CHECK(read_ranges("bytes=0-", 0).kind == verdict::unsatisfiable);
    CHECK(read_ranges("bytes=-1", 0).kind == verdict::unsatisfiable);
}

TEST_CASE("malformed or abusive headers are ignored") {
    for (const char* bad : {"bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes=1-2,", "lines=1-2",
                            "bytes=1", "bytes=+1-2"}) {
        CAPTURE(bad);
        CHECK(read_ranges(bad, 1000).kind == verdict::whole);
    }
    CHECK(read_ranges("bytes=0-,0-", 1000).kind == verdict::whole);
    std::string many = "bytes=0-0";
    for (int i = 0; i < 20; ++i) many += ",1-1";
    CHECK(read_ranges(many, 1000).kind == verdict::whole);
}

}  // namespace byte_ranges_test
