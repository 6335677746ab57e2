#include <kedge/admin/session_store.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace session_store_test {

using namespace kedge::admin;
using namespace std::chrono_literals;

namespace {

bool knows(memory_store& store, const std::string& session) {
    std::optional<bool> answer;
    store.find(session, [&](bool known) { answer = known; });
    REQUIRE(answer);
    return *answer;
}

}  // namespace

TEST_CASE("a login that was saved is known, and no other") {
    memory_store store;
    CHECK_FALSE(knows(store, "a"));
    store.save("a");
    CHECK(knows(store, "a"));
    CHECK_FALSE(knows(store, "b"));
    CHECK_FALSE(knows(store, ""));
}

TEST_CASE("logins go when their time is over, and the oldest when there are too many") {
    memory_store brief(0s);
    brief.save("a");
    CHECK_FALSE(knows(brief, "a"));

    memory_store lasting(std::chrono::seconds::max());
    lasting.save("a");
    CHECK(knows(lasting, "a"));

    memory_store small(1h, 2);
    for (const auto* each : {"a", "b", "c"}) small.save(each);
    CHECK(small.size() == 2);
    CHECK_FALSE(knows(small, "a"));
    CHECK(knows(small, "c"));

    memory_store none(1h, 0);
    none.save("a");
    CHECK_FALSE(knows(none, "a"));
}

}  // namespace session_store_test
