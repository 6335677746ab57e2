#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/ordered_events.hpp>

#include <test/cluster/adapters/scripted_host.hpp>

namespace told_early_test {

using namespace kedge;
using namespace kedge::cluster;
using kedge::testing::scripted_host;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

struct bench {
    events_under_way::event_ptr add(const std::string& name, std::string only = {}) {
        return events.under_way().add(scripted_host::event(name), {}, std::move(only), 0);
    }
    std::uint64_t say(const std::string& name) { return events.expect(add(name)); }
    void say_placeless(const std::string& name) {
        events.expect(
            events.under_way().add(scripted_host::event(name), {}, {}, 0, events_under_way::kind::placeless));
    }
    void hear(const std::string& name, stream_id at, const ordered_events::sender& by = {}) {
        const std::string json = "[\"" + name + "\"]";
        events.on_others({encoding::json, json}, {}, at, by);
        events.on_position(at);
    }
    void back(std::uint64_t ticket, stream_id at) {
        events.on_own(ticket, at);
        events.on_position(at);
    }
    void hurry(const std::string& id) {
        events.hurry(id, [] { return words{"room"}; });
    }
    std::shared_ptr<ordered_events::recording> come_back(words early) {
        stored_session who;
        who.sid = "sid";
        who.rooms = {"room"};
        who.early = std::move(early);
        return events.record(std::move(who));
    }
    words take() { return std::exchange(host.delivered, {}); }

    scripted_host host{1};
    ordered_events events{host, 50ms, [] { return "me"; }};
};

}  // namespace

TEST_CASE("an offset tells what was had ahead of its place, and nothing else is taken for one") {
    const early_place some{"12-0", "uid", 7};
    const auto read = early_place::parse(some.text());
    REQUIRE(read);
    CHECK(read->behind == "12-0");
    CHECK(read->uid == "uid");
    CHECK(read->up_to == 7);
    CHECK(place_of(some.text()) == "12-0");
    for (const char* each : {"", "12-0", "~", "12-0~", "12-0~uid", "12-0~:7", "12-0~uid:", "12-0~uid:x",
                             "12-0~uid:7x", "12-0~uid:99999999999999999999", "12-0~u:id:7"}) {
        CAPTURE(each);
        CHECK_FALSE(early_place::parse(each));
        CHECK(place_of(each) == each);
    }
}

TEST_CASE("who is told early is told where it is, and what it has besides") {
    bench b;
    b.events.on_position({5, 0});
    b.say("one");
    const auto two = b.say("two");
    b.hurry("sid");
    CHECK(b.take() == words{"0:one@5-0~me:1>sid", "0:two@5-0~me:2>sid"});
    CHECK(b.events.told_early("sid") == words{"5-0~me:2"});
    CHECK(b.events.told_early("another").empty());
    b.hear("theirs", {6, 0});
    b.say("three");
    b.hurry("sid");
    CHECK(b.take() == words{"0:theirs@6-0", "0:three@6-0~me:3>sid"});
    CHECK(b.events.told_early("sid") == words{"5-0~me:2", "6-0~me:3"});
    b.back(two, {8, 0});
    CHECK(b.events.told_early("sid") == words{"6-0~me:3"});
}

TEST_CASE("beside servers that know places alone clients are told nothing else") {
    bench b;
    b.events.on_position({5, 0});
    b.events.keep_company();
    const auto one = b.say("one");
    b.hurry("sid");
    b.host.clock.advance(50ms);
    CHECK(b.take() == words{"0:one>sid", "0:one-sid"});
    CHECK(b.events.told_early("sid").empty());
    b.back(one, {6, 0});
    b.back(b.say("two"), {7, 0});
    CHECK(b.take() == words{"0:two@7-0"});
}

TEST_CASE("what is delivered without its place because Redis is silent was told early to all") {
    bench b;
    b.events.on_position({5, 0});
    const auto late = b.say("late");
    b.host.clock.advance(50ms);
    CHECK(b.take() == words{"0:late@5-0~me:1"});
    CHECK(b.events.told_early("anybody") == words{"5-0~me:1"});
    b.back(late, {6, 0});
    CHECK(b.events.told_early("anybody").empty());
}

TEST_CASE("who comes back with an event that has no place yet does not get it once more") {
    bench b;
    const auto all = b.come_back({"5-0~them:3", "5-0~me:1"});
    b.hear("had", {6, 0}, {"them", 3});
    b.hear("not had", {7, 0}, {"them", 4});
    b.hear("of another", {8, 0}, {"others", 3});
    b.back(b.say("own"), {9, 0});
    b.say("own, not had");
    b.events.stop_waiting();
    CHECK(b.take() == words{"0:had@6-0-sid", "0:not had@7-0", "0:of another@8-0", "0:own@9-0-sid",
                            "0:own, not had@9-0~me:2"});
    words noted;
    for (const auto& each : all->packets) noted.emplace_back(each->data()[0].as_string());
    CHECK(noted == words{"not had", "of another"});
    CHECK(all->has({"them", 1}));
    CHECK_FALSE(all->has({"them", 0}));  // it had no ticket
    b.host.clock.advance(3s);
    b.hear("much later", {10, 0}, {"them", 2});
    CHECK(b.take() == words{"0:much later@10-0"});
}

TEST_CASE("who was told early, and did not hear it, gets it when it is back") {
    bench b;
    const auto ticket = b.say("cut in the middle");
    b.hurry("sid");
    b.take();
    b.come_back({});
    b.back(ticket, {6, 0});
    CHECK(b.take() == words{"0:cut in the middle@6-0"});
}

TEST_CASE("what gets no place waits for what was said before it, and for no more") {
    bench b;
    const auto first = b.say("first");
    b.say_placeless("volatile");
    b.say("second");
    CHECK(b.take().empty());
    b.back(first, {1, 0});
    CHECK(b.take() == words{"0:first@1-0", "0:volatile"});
    b.say_placeless("behind the second");
    CHECK(b.take().empty());
    b.host.clock.advance(50ms);
    CHECK(b.take() == words{"0:second@1-0~me:3", "0:behind the second"});
    b.say_placeless("nothing waits before it");
    CHECK(b.take() == words{"0:nothing waits before it"});
}

TEST_CASE(
    "events of several threads come back in the order in which they were sent, whatever their tickets") {
    bench b;
    const auto one = b.add("one");
    const auto two = b.add("two");
    b.events.expect(two);
    b.events.expect(one);
    b.back(two->ticket(), {1, 0});
    b.back(one->ticket(), {2, 0});
    CHECK(b.take() == words{"0:two@1-0", "0:one@2-0"});
    b.say("three");
    b.back(99, {3, 0});  // nobody's
    CHECK(b.take().empty());
    CHECK(b.events.told_early("sid").empty());
}

TEST_CASE("thousands are hurried without a look at the same event twice") {
    bench b;
    const auto said = b.say("said");
    for (int i = 0; i < 3000; ++i) b.hurry("s" + std::to_string(i));
    for (int i = 0; i < 3000; ++i) b.hurry("s" + std::to_string(i));
    CHECK(b.take().size() == 3000);
    b.back(said, {1, 0});
    CHECK(b.take().size() == 1);
    CHECK(b.events.under_way().empty());
}

}  // namespace told_early_test
