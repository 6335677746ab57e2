// A connection for which there is no memory takes no place among those that are counted.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <new>

#include <kedge/transports/net/connection_limits.hpp>

#include <test/faults/failing_new.hpp>

namespace connection_limits_allocations_test {

using namespace kedge::test;
using namespace kedge::transports;

TEST_CASE("connection_limits: whichever allocation fails, nothing stays counted") {
    const std::shared_ptr<connection_limits> terms =
        std::make_shared<connection_limits>(limit_options{.connections = 9, .connections_per_address = 1});
    std::uint64_t nth = 0;
    bool failed = true;
    while (failed) {
        const failing_allocations failing(++nth, failing::once);
        try {
            const exposed here;
            const auto taken = terms->admit("an address too long to be kept in place", {});
            failed = taken.permit == nullptr;
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        REQUIRE(terms->open() == 0);
    }
    CHECK(nth > 2);
}

}  // namespace connection_limits_allocations_test
