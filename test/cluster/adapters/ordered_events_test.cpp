#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/ordered_events.hpp>

#include <test/cluster/adapters/scripted_host.hpp>

namespace ordered_events_test {

using namespace kedge;
using namespace kedge::cluster;
using kedge::testing::scripted_host;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

struct bench {
    std::uint64_t say(const std::string& name, std::string only = {}, unsigned worker = 0) {
        return events.expect(events.under_way().add(scripted_host::event(name), {}, std::move(only), worker));
    }
    void hear(const std::string& name, stream_id at) {
        const std::string json = "[\"" + name + "\"]";
        events.on_others({encoding::json, json}, {}, at, {});
        events.on_position(at);
    }
    void hurry(const std::string& id, unsigned worker = 0) {
        host.on(worker, [&] { events.hurry(id, [] { return words{"room"}; }); });
    }
    words told_early(const std::string& id, unsigned worker = 0) {
        words told;
        host.on(worker, [&] { told = events.told_early(id); });
        return told;
    }
    void back(std::uint64_t ticket, stream_id at) {
        events.on_own(ticket, at);
        events.on_position(at);
    }
    std::string position(unsigned worker) {
        std::optional<stream_id> at;
        host.on(worker, [&] { at = events.position(); });
        return at ? at->text() : "none";
    }
    words take() { return std::exchange(host.delivered, {}); }

    scripted_host host{2};
    ordered_events events{host, 50ms, [] { return "me"; }};
};

words names_of(const ordered_events::recording& all) {
    words names;
    for (const auto& each : all.packets) names.emplace_back(each->data()[0].as_string());
    return names;
}

stored_session session_in(const std::string& room) {
    stored_session made;
    made.sid = "sid";
    made.rooms = {room};
    return made;
}

}  // namespace

TEST_CASE("own events and others' are delivered in the order of the stream, by every worker") {
    bench b;
    const auto first = b.say("mine");
    CHECK(b.take().empty());
    b.hear("theirs", {1, 0});
    b.back(first, {2, 0});
    CHECK(b.take() == words{"0:theirs@1-0", "0:mine@2-0"});
    b.host.turn(1);
    CHECK(b.take() == words{"1:theirs@1-0", "1:mine@2-0"});
}

TEST_CASE("what does not come back in time is delivered without its place, and not a second time") {
    bench b;
    const auto late = b.say("late");
    b.host.clock.advance(49ms);
    CHECK(b.take().empty());
    b.host.clock.advance(1ms);
    b.host.turn(1);
    CHECK(b.take() == words{"0:late", "1:late"});
    b.back(late, {5, 0});
    b.host.turn(1);
    CHECK(b.take().empty());
    CHECK(b.position(1) == "5-0");
}

TEST_CASE("an event that never reached the stream is delivered when a later one comes back") {
    bench b;
    b.say("lost");
    const auto next = b.say("next");
    b.back(next, {3, 0});
    CHECK(b.take() == words{"0:lost", "0:next@3-0"});
}

TEST_CASE("without Redis nobody waits; an event for one socket reaches its worker alone") {
    bench b;
    b.say("private", "id", 1);
    b.events.stop_waiting();
    CHECK(b.take().empty());
    b.host.turn(1);
    CHECK(b.take() == words{"1:private>id"});
    const auto ticket = b.say("again", "id", 1);
    b.back(ticket, {4, 0});
    b.host.turn(1);
    CHECK(b.take() == words{"1:again@4-0>id"});
}

TEST_CASE("a worker is as far as what it has delivered, and as the stream was read when that is all") {
    bench b;
    CHECK(b.position(0) == "none");
    b.events.on_position({7, 0});
    CHECK(b.position(1) == "7-0");
    b.hear("x", {8, 0});
    CHECK(b.position(0) == "8-0");
    CHECK(b.position(1) == "7-0");  // it has yet to deliver its first
    b.host.turn(1);
    CHECK(b.position(1) == "8-0");
    b.hear("y", {9, 0});
    b.events.on_position({12, 0});  // of other namespaces
    CHECK(b.position(0) == "12-0");
    CHECK(b.position(1) == "8-0");
    b.host.turn(1);
    CHECK(b.position(1) == "12-0");
}

TEST_CASE("a session that returns is recorded what gets its place meanwhile, if it concerns it") {
    bench b;
    std::shared_ptr<ordered_events::recording> all;
    b.host.on(1, [&] { all = b.events.record(session_in("r")); });
    const std::string json = R"(["in"])";
    b.events.on_others({encoding::json, json}, {{"r"}, {}, {}}, {1, 0}, {});
    b.events.on_others({encoding::json, json}, {{"elsewhere"}, {}, {}}, {2, 0}, {});
    b.events.on_others({encoding::json, json}, {{}, {"r"}, {}}, {3, 0}, {});
    b.hear("everybody", {4, 0});
    CHECK(names_of(*all).empty());
    b.host.turn(1);
    CHECK(names_of(*all) == words{"in", "everybody"});
}

TEST_CASE("nobody enters between an event that was delivered without its place and that place") {
    bench b;
    const auto late = b.say("late");
    b.host.clock.advance(50ms);
    b.host.turn(1);
    std::shared_ptr<ordered_events::recording> all;
    std::optional<bool> entered;
    b.host.on(1, [&] {
        all = b.events.record(session_in("r"));
        b.events.when_all_is_placed([&](bool placed) { entered = placed; });
    });
    CHECK_FALSE(entered);
    b.back(late, {5, 0});
    CHECK_FALSE(entered);
    b.host.turn(1);
    CHECK(entered == true);
    CHECK(names_of(*all) == words{"late"});
    b.host.on(1, [&] { b.events.when_all_is_placed([&](bool placed) { entered = !placed; }); });
    CHECK(entered == false);  // at once, when there is nothing to wait for
}

TEST_CASE("as long as the stream brings something, what is said waits for its place, but not for ever") {
    bench b;
    const auto slow = b.say("slow");
    for (std::uint64_t i = 1; i <= 5; ++i) {
        b.host.clock.advance(40ms);
        b.events.on_position({i, 0});
    }
    b.back(slow, {6, 0});
    CHECK(b.take() == words{"0:slow@6-0"});
    b.say("refused");
    for (std::uint64_t i = 7; i < 14; ++i) {
        b.host.clock.advance(40ms);
        b.events.on_position({i, 0});
    }
    CHECK(b.take() == words{"0:refused@12-0~me:2"});
}

TEST_CASE("once Redis has been silent for too long nobody waits, until it speaks again") {
    bench b;
    b.say("first");
    b.host.clock.advance(50ms);
    b.say("second");
    CHECK(b.take() == words{"0:first", "0:second"});
    b.events.on_position({1, 0});
    b.say("third");
    CHECK(b.take().empty());
}

TEST_CASE("a server that was held up itself looks at what came meanwhile first") {
    bench b;
    const auto waiting = b.say("waiting");
    b.host.clock.timers().run(b.host.clock.now() + 300ms);
    CHECK(b.take().empty());
    b.back(waiting, {1, 0});
    CHECK(b.take() == words{"0:waiting@1-0"});
}

TEST_CASE("who returns gets what never reached the stream, as all others have") {
    bench b;
    b.say("lost");
    b.host.clock.advance(50ms);
    b.host.turn(1);
    std::shared_ptr<ordered_events::recording> all;
    std::optional<bool> entered;
    b.host.on(1, [&] {
        all = b.events.record(session_in("r"));
        b.events.when_all_is_placed([&](bool placed) { entered = placed; });
    });
    b.host.clock.advance(3s);
    b.host.turn(1);
    CHECK(entered == true);
    CHECK(names_of(*all) == words{"lost"});
}

TEST_CASE("who cannot wait is given at once what was said to it before, in order and once") {
    bench b;
    const auto first = b.say("first");
    b.say("for another", "another");
    const auto second = b.say("second", "sid");
    b.hurry("sid");
    b.hurry("sid");
    CHECK(b.take() == words{"0:first>sid", "0:second>sid"});
    b.back(first, {1, 0});
    b.host.turn(1);
    CHECK(b.take() == words{"0:first@1-0-sid", "1:first@1-0"});
    b.back(second, {3, 0});
    b.host.turn(1);
    CHECK(b.take() == words{"0:for another@1-0~me:2>another"});
    CHECK(b.events.under_way().empty());
    b.hurry("sid");
    CHECK(b.take().empty());
}

TEST_CASE("a server that ends waits for nothing") {
    bench b;
    b.say("last");
    b.events.end();
    b.say("after");
    b.events.stop_waiting();
    CHECK(b.take() == words{"0:last", "0:after"});
    CHECK_FALSE(b.host.clock.timers().next());
}

TEST_CASE("without places what comes back is delivered, and what was sent before it too") {
    bench b;
    b.say("first");
    const auto second = b.say("second");
    b.say("third");
    b.events.on_own_unplaced(second);
    CHECK(b.take() == words{"0:first", "0:second"});
}

TEST_CASE("when something may have been missed nobody is anywhere, until there is a place again") {
    bench b;
    b.hear("x", {8, 0});
    b.host.turn(1);
    const auto before = b.events.era();
    b.events.lose_place();
    CHECK(b.events.era() != before);
    CHECK(b.position(0) == "none");
    CHECK(b.position(1) == "none");
    b.events.on_position({20, 0});
    CHECK(b.position(1) == "20-0");
}

TEST_CASE("places have the names that they are given") {
    scripted_host host{1};
    ordered_events events(
        host, 50ms, [] { return "me"; }, [](stream_id at) { return "place" + std::to_string(at.sequence); });
    const auto ticket = events.expect(events.under_way().add(scripted_host::event("mine"), {}, {}, 0));
    events.on_own(ticket, {1, 7});
    CHECK(host.delivered == words{"0:mine@place7"});
}

}  // namespace ordered_events_test
