#include <kedge/transports/loop/process.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>

namespace process_test {

using namespace kedge::transports;

TEST_CASE("a process knows its machine, its number and how long it has run") {
    CHECK(!host_name().empty());
    CHECK(process_id() == ::getpid());
    const auto first = process_uptime();
    CHECK(first.count() >= 0);
    CHECK(first < std::chrono::hours(24));
    CHECK(process_uptime() >= first);
}

}  // namespace process_test
