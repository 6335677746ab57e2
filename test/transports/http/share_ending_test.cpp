#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <kedge/transports/http/share_ending.hpp>
#include <test/transports/http/front_desk.hpp>

namespace share_ending_test {

using namespace kedge;
using namespace kedge::test;
using transports::share_ending;

namespace {

using lines = std::vector<std::string>;
constexpr engine::duration long_grace{60'000};

}  // namespace

TEST_CASE(
    "share_ending: without a pace the front is told to end at once, and all is over when it is deserted") {
    front_desk at;
    at.front->open = {"a", "b"};
    at.front->busy = true;
    bool done = false;
    share_ending ending(*at.share, long_grace, 0, [&] { done = true; });
    at.on.worker.post([&] { ending.begin(); });
    CHECK(at.until_told("wind up"));
    at.on.settle();
    CHECK(!done);
    at.front->busy = false;
    CHECK(at.on.until([&] { return done; }));
    CHECK(at.front->told == lines{"wind up", "evict"});
}

TEST_CASE("share_ending: at a pace each session is closed once, and the share ends behind the last") {
    front_desk at;
    for (int i = 0; i < 20; ++i) at.front->open.push_back(std::to_string(i));
    bool done = false;
    share_ending ending(*at.share, long_grace, 200, [&] { done = true; });
    const auto begun = std::chrono::steady_clock::now();
    at.on.worker.post([&] { ending.begin(); });
    CHECK(at.on.until([&] { return done; }));
    // Nineteen of them wait, five milliseconds for each.
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(90));
    lines closed(at.front->told.begin(), at.front->told.begin() + 20);
    std::sort(closed.begin(), closed.end());
    CHECK(std::unique(closed.begin(), closed.end()) == closed.end());
    CHECK(closed.front().starts_with("close "));
    CHECK(lines(at.front->told.begin() + 20, at.front->told.end()) == lines{"wind up", "evict"});
}

TEST_CASE("share_ending: what is left when the grace is over is ended") {
    front_desk at;
    at.front->busy = true;
    at.front->on_admit = [&](transports::connection& from) { from.await(*at.front); };
    peer client = at.connect();
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(at.until_told("admit /a"));
    bool done = false;
    share_ending ending(*at.share, engine::duration(50), 0, [&] { done = true; });
    at.on.worker.post([&] { ending.begin(); });
    CHECK(at.on.until([&] { return done; }));
    CHECK(at.front->told == lines{"admit /a", "wind up", "evict"});
    CHECK(at.until_ended(client));
}

}  // namespace share_ending_test
