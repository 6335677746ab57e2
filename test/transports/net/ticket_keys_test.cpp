#include <kedge/transports/net/ticket_keys.hpp>

#include <doctest/doctest.h>

namespace ticket_keys_test {

using kedge::transports::ticket_keys;
using namespace std::chrono_literals;

TEST_CASE("ticket keys change every hour, and open tickets for one hour more") {
    ticket_keys keys;
    const auto start = ticket_keys::clock::time_point(1000h);
    const auto first = keys.current(start);
    REQUIRE(first);
    CHECK(keys.current(start + 59min)->name == first->name);
    CHECK_FALSE(keys.find(first->name.data(), start + 59min)->outdated);

    const auto second = keys.current(start + 61min);
    CHECK(second->name != first->name);
    CHECK(second->cipher != first->cipher);
    const auto old = keys.find(first->name.data(), start + 62min);
    REQUIRE(old);
    CHECK(old->outdated);
    CHECK(old->which.seal == first->seal);

    CHECK(keys.current(start + 122min)->name != second->name);
    CHECK_FALSE(keys.find(first->name.data(), start + 122min));
    CHECK(keys.find(second->name.data(), start + 122min));
    CHECK_FALSE(keys.find(second->name.data(), start + 600h));  // nobody asked for a long time
}

}  // namespace ticket_keys_test
