#include <kedge/socketio/core/expiry.hpp>

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include <test/socketio/world.hpp>

namespace expiry_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;
using wall_clock = std::chrono::system_clock;

namespace {

struct visit {
    visit() {
        all.settings.ping_interval = 48h;  // nobody answers pings here
        all.of().on_connection([this](const socket& one) {
            here = one;
            one.on_disconnect([this](disconnect_reason why) { reason = std::string(to_string(why)); });
        });
        there.emplace(all.join());
    }
    lines wait(engine::duration time) {
        all.loop.advance(time);
        return there->got();
    }

    world all;
    socket here;
    std::optional<peer> there;
    std::string reason;
};

// A moment that is all in milliseconds, as the client is told it.
wall_clock::time_point from_now(engine::duration time) {
    return std::chrono::floor<std::chrono::milliseconds>(wall_clock::now()) + time;
}

std::string told(wall_clock::time_point when) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch());
    return R"(42["expired",)" + std::to_string(since.count()) + "]";
}

}  // namespace

TEST_CASE("a socket that expires is told so and disconnected") {
    visit one;
    const auto when = from_now(5min);
    one.here.expires_at(when);
    CHECK(one.wait(4min).empty());
    CHECK(one.wait(1min + 1s) == lines{told(when), "41"});
    CHECK(one.reason == "server namespace disconnect");
    CHECK_FALSE(one.here.connected());
}

TEST_CASE("a later time takes the place of an earlier one, and none takes it back") {
    visit one;
    one.here.expires_at(from_now(1min));
    const auto later = from_now(3min);
    one.here.expires_at(later);
    CHECK(one.wait(2min).empty());
    CHECK(one.wait(1min + 1s) == lines{told(later), "41"});

    visit other;
    other.here.expires_at(from_now(1min));
    other.here.never_expires();
    CHECK(other.wait(24h).empty());
    CHECK(other.here.connected());
}

TEST_CASE("a time that has passed disconnects at once") {
    visit one;
    one.here.expires_at(from_now(-1h));
    CHECK(one.wait(1ms).back() == "41");
}

// The clock of the test runs ahead of the system's, which is what counts for as long as it is far.
TEST_CASE("a time that is far ahead follows the system's clock") {
    visit one;
    one.here.expires_at(from_now(3h));
    CHECK(one.wait(4h).empty());
    CHECK(one.here.connected());
}

TEST_CASE("what a middleware says counts when the socket has entered") {
    world all;
    all.of().use([](const socket& one, const next& go_on) {
        one.expires_at(from_now(-1s));
        go_on();
    });
    auto there = all.open();
    there.send("40");
    all.loop.advance(1ms);
    const auto got = there.got();
    REQUIRE(got.size() == 3);
    CHECK(got[0].starts_with("40{"));
    CHECK(got[1].starts_with(R"(42["expired",)"));
    CHECK(got[2] == "41");
}

}  // namespace expiry_test
