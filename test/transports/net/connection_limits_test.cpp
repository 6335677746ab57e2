#include <kedge/transports/net/connection_limits.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace connection_limits_test {

using namespace kedge::transports;
using namespace std::chrono_literals;

namespace {

const kedge::engine::time_point start{};

std::shared_ptr<connection_limits> limits(limit_options terms) {
    return std::make_shared<connection_limits>(terms);
}

}  // namespace

TEST_CASE("host_key: a mapped address is the IPv4 host, an IPv6 host its /64") {
    CHECK(host_key("::ffff:10.0.0.1") == host_key("10.0.0.1"));
    CHECK(host_key("10.0.0.1") != host_key("10.0.0.2"));
    CHECK(host_key("2001:db8::1") == host_key("2001:db8:0:0:ffff::2"));
    CHECK(host_key("2001:db8::1") != host_key("2001:db8:0:1::1"));
    CHECK(host_key("").empty());
}

TEST_CASE("connection_limits: where nothing is limited nothing is counted") {
    const auto free = limits({});
    CHECK(free->admit("10.0.0.1", start).permit == nullptr);
    CHECK(free->admit("10.0.0.1", start).refused == limit_reason::none);
    CHECK(free->open() == 0);
}

TEST_CASE("connection_limits: a place is free again when its permit goes") {
    const auto two = limits({.connections = 2});
    std::vector<std::unique_ptr<connection_permit>> held;
    for (const char* const from : {"10.0.0.1", ""}) held.push_back(two->admit(from, start).permit);
    CHECK(two->open() == 2);
    CHECK(two->admit("10.0.0.3", start).refused == limit_reason::connections);
    CHECK(two->refused(limit_reason::connections) == 1);
    held.pop_back();
    CHECK(two->open() == 1);
    CHECK(two->admit("10.0.0.3", start).refused == limit_reason::none);
}

TEST_CASE(
    "connection_limits: an address has its own share, whichever way its clients come; no address has none") {
    const auto one = limits({.connections_per_address = 1});
    auto first = one->admit("::ffff:10.0.0.1", start);
    REQUIRE(first.permit);
    CHECK(one->admit("10.0.0.1", start).refused == limit_reason::connections_per_address);
    CHECK(one->admit_passed_on("10.0.0.1").refused == limit_reason::connections_per_address);
    const auto other = one->admit_passed_on("10.0.0.2");
    CHECK(other.permit);
    const auto local = one->admit("", start);
    const auto another = one->admit("", start);
    CHECK(local.permit);
    CHECK(another.permit);
    CHECK(one->refused(limit_reason::connections_per_address) == 2);
    first.permit.reset();
    CHECK(one->admit("10.0.0.1", start).permit);
}

TEST_CASE("connection_limits: so many new ones in a second, and then again") {
    const auto slow = limits({.handshakes_per_second = 2});
    CHECK(slow->admit("10.0.0.1", start + 1h).refused == limit_reason::none);
    CHECK(slow->admit("10.0.0.2", start + 1h + 999ms).refused == limit_reason::none);
    CHECK(slow->admit("10.0.0.3", start + 1h + 999ms).refused == limit_reason::handshakes_per_second);
    CHECK(slow->admit_passed_on("10.0.0.3").refused == limit_reason::none);
    CHECK(slow->admit("10.0.0.3", start + 1h + 1s).refused == limit_reason::none);
}

TEST_CASE("connection_limits: each reason has words of its own") {
    CHECK(to_string(limit_reason::connections) == "too many connections");
    CHECK(to_string(limit_reason::connections_per_address) == "too many connections from one address");
    CHECK(to_string(limit_reason::handshakes_per_second) == "too many new connections in one second");
}

}  // namespace connection_limits_test
