#include <kedge/engine/sid.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace sid_test {

using namespace kedge::engine;

namespace {

struct counting_random final : random_source {
    void fill(std::span<std::byte> bytes) override {
        ++calls;
        for (auto& each : bytes) each = static_cast<std::byte>(next += 7);
    }
    int calls = 0;
    unsigned next = 0;
};

}  // namespace

TEST_CASE("sid: 20 url-safe characters, never the same, with the home inside") {
    counting_random random;
    std::set<std::string> seen;
    for (const unsigned worker : {0u, 1u, 63u, 64u, 200u, 255u}) {
        sid_source source(random, worker);
        for (int i = 0; i < 300; ++i) {
            const std::string sid = source.next();
            REQUIRE(sid.size() == sid_size);
            REQUIRE(
                sid.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
                std::string::npos);
            REQUIRE(home_of(sid, 256) == worker);
            REQUIRE(seen.insert(sid).second);
        }
    }
}

TEST_CASE("sid: ends in the counter, begins with what was drawn") {
    counting_random random;
    sid_source source(random, 0);
    CHECK(source.next().substr(15) == "AAAAA");
    CHECK(source.next().substr(15) == "AAAAB");
    CHECK(random.calls == 1);
    for (int i = 0; i < 30; ++i) source.next();
    CHECK(random.calls == 2);
    CHECK(source.next().substr(0, 4) != source.next().substr(0, 4));
}

TEST_CASE("sid: ids that no worker can have made have no home") {
    counting_random random;
    sid_source source(random, 3);
    const std::string sid = source.next();
    CHECK(home_of(sid, 4) == 3u);
    CHECK_FALSE(home_of(sid, 3).has_value());
    for (const char* foreign : {"", "__proto__", "constructor", "AAAAAAAAAAAAAAAAAAA",
                                "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAA\xC3"})
        CHECK_FALSE(home_of(foreign, 256).has_value());
}

TEST_CASE("sid: in a fleet the node is inside, and nothing else changes its place") {
    counting_random random;
    for (const unsigned node : {0u, 1u, 15u, 16u, 127u, 254u, 255u})
        for (const unsigned worker : {0u, 3u, 64u, 255u}) {
            sid_source source(random, worker);
            source.node(static_cast<std::uint8_t>(node));
            const std::string sid = source.next();
            CHECK(node_of(sid) == node);
            CHECK(home_of(sid, 256) == worker);
            CHECK(sid.substr(16) == "AAAA");
            CHECK(sid.substr(0, 13) != source.next().substr(0, 13));
        }
    for (const char* foreign : {"", "constructor", "AAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAAA"})
        CHECK_FALSE(node_of(foreign).has_value());
}

TEST_CASE("sid: an id of the application's making has a home, always the same") {
    CHECK(hashed_home("abc", 1) == 0);
    CHECK(hashed_home("abc", 8) == hashed_home("abc", 8));
    std::array<int, 4> hits{};
    for (int i = 0; i < 400; ++i) ++hits[hashed_home("user-" + std::to_string(i), 4)];
    CHECK(*std::min_element(hits.begin(), hits.end()) > 50);
}

}  // namespace sid_test
