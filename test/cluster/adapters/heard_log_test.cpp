#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/heard_log.hpp>

namespace heard_log_test {

using namespace kedge;
using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

const engine::time_point start{engine::duration(1'000'000)};

std::string name(const heard_log& log, std::optional<stream_id> at) {
    return at ? log.name_of(*at) : "none";
}

texts behind(const heard_log& log, const std::string& from) {
    texts all;
    const auto at = log.find(from);
    REQUIRE(at);
    log.each(*at, *log.last(), 1000, [&](stream_id, std::string_view text) { all.emplace_back(text); });
    return all;
}

}  // namespace

TEST_CASE("a message's place is the mark before it, and how many came since") {
    heard_log log({});
    CHECK(name(log, log.on_message("before", start)) == "none");
    log.on_mark("m", start);
    CHECK(name(log, log.on_message("a", start)) == "m-1");
    CHECK(name(log, log.on_message("b", start)) == "m-2");
    log.on_mark("n-1", start);
    CHECK(name(log, log.on_message("c", start)) == "n-1-1");
    CHECK(behind(log, "m-0") == texts{"a", "b", "c"});
    CHECK(behind(log, "m-2") == texts{"c"});
    CHECK(behind(log, "n-1-1").empty());
}

TEST_CASE("a place that was not heard, or is no place, is not found") {
    heard_log log({});
    CHECK_FALSE(log.find("m-0"));
    log.on_mark("m", start);
    log.on_message("a", start);
    for (const std::string each :
         {"m-2", "other-0", "m", "m-", "-1", "", "m--1", "m-1x", "m-99999999999999999999"}) {
        CAPTURE(each);
        CHECK_FALSE(log.find(each));
    }
}

TEST_CASE("what is forgotten is not found again, though its places have their names for a while") {
    heard_log log({});
    log.on_mark("m", start);
    const auto before = log.on_message("a", start);
    log.forget();
    CHECK(name(log, before) == "m-1");
    CHECK_FALSE(log.find("m-0"));
    CHECK_FALSE(log.on_message("unplaced", start));
    log.on_mark("n", start);
    CHECK_FALSE(log.find("m-1"));
    CHECK(log.find("n-0"));
    log.forget();
    CHECK(name(log, before).empty());
}

TEST_CASE(
    "what was not heard in between is taken from another node, behind a place that has only its name left") {
    heard_log log({});
    log.on_mark("m", start);
    log.on_message("a", start);
    log.forget();
    log.on_mark("n", start);
    log.on_message("c", start);
    REQUIRE(log.prepend("m-1", {{false, "b"}, {true, "n"}}, start));
    CHECK(behind(log, "m-1") == texts{"b", "c"});
    CHECK_FALSE(log.find("m-0"));
}

TEST_CASE("number, bytes and age bound what is kept") {
    recovery_options limits;
    limits.max_stored_packets = 2;
    heard_log few(limits);
    few.on_mark("m", start);
    for (const char* each : {"a", "b", "c"}) few.on_message(each, start);
    CHECK_FALSE(few.find("m-0"));
    CHECK(behind(few, "m-1") == texts{"b", "c"});

    limits = {};
    limits.max_stored_bytes = 1000;
    heard_log small(limits);
    small.on_mark("m", start);
    small.on_message("a", start);
    small.on_message(std::string(1001, 'x'), start);
    CHECK_FALSE(small.find("m-1"));
    CHECK(small.find("m-2"));

    heard_log young({});
    young.on_mark("m", start);
    young.on_message("a", start);
    young.on_mark("n", start + 3min);
    young.on_message("b", start + 3min);
    CHECK_FALSE(young.find("m-0"));
    CHECK(behind(young, "m-1") == texts{"b"});
}

TEST_CASE("so many at most are read at once") {
    heard_log log({});
    log.on_mark("m", start);
    for (int i = 0; i < 5; ++i) log.on_message(std::to_string(i), start);
    texts all;
    const auto take = [&](stream_id, std::string_view text) { all.emplace_back(text); };
    auto at = log.each(*log.find("m-0"), *log.last(), 2, take);
    CHECK(log.name_of(at) == "m-2");
    at = log.each(at, *log.last(), 3, take);
    CHECK(at == *log.last());
    CHECK(all == texts{"0", "1", "2", "3", "4"});
}

TEST_CASE("a node that came later gets what another one has kept") {
    heard_log old({});
    heard_log late({});
    old.on_mark("first", start);
    for (const char* each : {"a", "b"}) old.on_message(each, start);
    old.on_mark("second", start);
    old.on_message("c", start);
    for (heard_log* const each : {&old, &late}) {
        each->on_mark("late", start);
        each->on_message("d", start);
    }
    CHECK_FALSE(late.find("first-1"));
    const std::string until = late.name_of(*late.begin());
    auto some = old.copy("first-1", until, 1);
    REQUIRE(some);
    REQUIRE(some->size() == 1);
    const auto next = heard_log::name_behind("first-1", *some);
    CHECK(next == "first-2");
    const auto rest = old.copy(next, until, 1'000'000);
    REQUIRE(rest);
    CHECK(heard_log::name_behind(next, *rest) == until);
    CHECK_FALSE(late.prepend("first-1", *some, start));  // something is missing
    CHECK_FALSE(late.prepend("no place", *rest, start));
    some->insert(some->end(), rest->begin(), rest->end());
    auto twice = *some;
    twice.insert(twice.end(), rest->begin(), rest->end());
    CHECK_FALSE(late.prepend("first-1", twice, start));  // a mark that is known
    REQUIRE(late.prepend("first-1", *some, start));
    CHECK(behind(late, "first-1") == texts{"b", "c", "d"});
    CHECK(behind(late, "second-0") == texts{"c", "d"});
    CHECK(name(late, late.find("second-1")) == "second-1");
    CHECK_FALSE(late.find("first-0"));
    CHECK_FALSE(old.copy("first-9", until, 1));
    CHECK_FALSE(old.copy(until, "first-1", 1));
}

TEST_CASE("what another node has kept is not taken when it is too much") {
    recovery_options limits;
    limits.max_stored_packets = 3;
    heard_log log(limits);
    log.on_mark("late", start);
    log.on_message("d", start);
    const std::vector<heard_log::piece> pieces{{false, "a"}, {false, "b"}, {true, "late"}};
    CHECK_FALSE(log.prepend("first-0", pieces, start));
    CHECK(log.prepend("first-1", {{false, "b"}, {true, "late"}}, start));
}

}  // namespace heard_log_test
