#include <kedge/socketio/events/event_table.hpp>

#include <doctest/doctest.h>
#include <kedge/socketio/events/event_handler.hpp>

namespace event_table_test {

using namespace kedge;

namespace {

std::shared_ptr<event_handler> nothing() {
    return make_event_handler([] {});
}

std::size_t collected(event_table& table, std::string_view name) {
    event_handlers found;
    table.collect(name, found);
    return found.size();
}

}  // namespace

TEST_CASE("names are kept once for all sockets, and no longer than they are used") {
    event_names names;
    {
        event_table one(names);
        event_table two(names);
        one.add("a", nothing(), listener{1}, false);
        two.add("a", nothing(), listener{2}, false);
        const auto* known = names.find("a");
        REQUIRE(known != nullptr);
        CHECK(known->uses == 2);
        one.clear();
        CHECK(names.find("a") == known);
    }
    CHECK(names.find("a") == nullptr);
}

TEST_CASE("handlers are collected in order; those called once are gone then") {
    event_names names;
    event_table table(names);
    table.add("a", nothing(), listener{1}, true);
    table.add("b", nothing(), listener{2}, false);
    table.add("a", nothing(), listener{3}, false);
    CHECK(table.count("a") == 2);
    CHECK(collected(table, "a") == 2);
    CHECK(collected(table, "a") == 1);
    table.remove(listener{3});
    CHECK(collected(table, "a") == 0);
    CHECK(names.find("a") == nullptr);
    table.remove("b");
    CHECK(table.empty());
    CHECK(table.count("never") == 0);
}

TEST_CASE("a table that is shared is searched by name") {
    shared_event_table table;
    int called = 0;
    const auto each = [&](std::string_view name) { table.each(name, [&](event_handler&) { ++called; }); };
    table.add("a", nothing(), listener{1});
    table.add("a", nothing(), listener{2});
    each("a");
    CHECK(called == 2);
    table.remove(listener{1});
    each("a");
    CHECK(called == 3);
    table.remove("a");
    CHECK(table.empty());
    each("a");
    CHECK(called == 3);
}

TEST_CASE("names are found, few or many, whichever go") {
    event_names names;
    std::vector<event_names::entry*> held;
    const auto name_of = [](int i) { return "event " + std::to_string(i); };
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 40; ++i) held.push_back(&names.acquire(name_of(i)));
        for (int i = 0; i < 40; ++i) CHECK(names.find(name_of(i)) == held[static_cast<std::size_t>(i)]);
        CHECK(&names.acquire("event 7") == held[7]);
        names.release(*held[7]);
        for (int i = 0; i < 40; ++i) {
            const auto which = static_cast<std::size_t>(i * 27 % 40);
            names.release(*held[which]);
            CHECK(names.find(name_of(static_cast<int>(which))) == nullptr);
            const int kept = (i + 1) * 27 % 40;
            if (i < 39) CHECK(names.find(name_of(kept)) == held[static_cast<std::size_t>(kept)]);
        }
        held.clear();
    }
    CHECK(names.find("event 1") == nullptr);
}

}  // namespace event_table_test
