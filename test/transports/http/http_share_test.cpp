#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <test/transports/http/front_desk.hpp>

namespace http_share_test {

using namespace kedge;
using namespace kedge::test;
using transports::http_options;

TEST_CASE("http_share: fronts are asked in their order, and one may be put before another") {
    front_desk at;
    auto last = std::make_unique<scripted_front>();
    auto first = std::make_unique<scripted_front>();
    const auto* const before = first.get();
    at.share->add(std::move(last));
    at.share->add_before(*at.front, std::move(first));
    REQUIRE(at.share->fronts().size() == 3);
    CHECK(at.share->fronts()[0].get() == before);
    CHECK(at.share->fronts()[1].get() == at.front);
    at.front->on_admit = [](transports::connection& from) { from.answer(200); };
    peer client = at.connect();
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(at.on.until([&] { return before->told.size() == 1; }));
    CHECK(at.front->told.empty());
}

TEST_CASE("http_share: a lent text comes back empty, with the room that it had, unless that is much") {
    front_desk at;
    std::string text = at.share->borrow_text();
    text.assign(1000, 'x');
    const auto room = text.capacity();
    at.share->give_back(std::move(text));
    text = at.share->borrow_text();
    CHECK(text.empty());
    CHECK(text.capacity() == room);
    text.assign(100'000, 'x');
    at.share->give_back(std::move(text));
    CHECK(at.share->borrow_text().capacity() < 100'000);
}

TEST_CASE("http_share: the log is told from its threshold on") {
    std::vector<std::string> lines;
    http_options options;
    options.log = [&](const log_record& told) {
        lines.push_back(std::string(told.event) + ' ' + std::string(told.fields[0].second));
    };
    options.log_threshold = log_level::warning;
    front_desk at(std::move(options));
    at.share->log(log_level::info, "quiet", {{"fact", "1"}});
    at.share->log(log_level::warning, "loud", {{"fact", "2"}});
    CHECK(lines == std::vector<std::string>{"loud 2"});
}

TEST_CASE("http_share: what a front throws at the end is reported, and the others are told all the same") {
    struct failing final : transports::http_front {
        bool serves(const engine::request&) const noexcept override { return false; }
        void admit(transports::connection&) override {}
        void wind_up() override { throw 1; }
        void evict() override { throw 2; }
    };
    front_desk at;
    int reported = 0;
    at.on.worker.on_error([&](std::exception_ptr) { ++reported; });
    at.share->add_before(*at.front, std::make_unique<failing>());
    at.share->wind_up();
    at.share->evict();
    CHECK(at.front->told == std::vector<std::string>{"wind up", "evict"});
    CHECK(reported == 2);
}

TEST_CASE("http_share: handles that outlive it find the door shut") {
    transports::door_ptr way;
    bool ran = false;
    {
        front_desk at;
        way = at.share->way();
        CHECK(way->pass([&] { ran = true; }));
        CHECK(ran);
    }
    ran = false;
    CHECK(!way->pass([&] { ran = true; }));
    CHECK(!ran);
}

}  // namespace http_share_test
