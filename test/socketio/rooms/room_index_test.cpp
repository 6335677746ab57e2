#include <kedge/socketio/rooms/room_index.hpp>

#include <algorithm>
#include <random>
#include <set>

#include <doctest/doctest.h>

namespace room_index_test {

using kedge::room_index;
using kedge::room_member;

namespace {

struct person : room_member {
    using room_member::room_member;
};

struct recorder : kedge::room_events {
    std::vector<std::string> seen;
    void on_create_room(std::string_view room) override { seen.push_back("create " + std::string(room)); }
    void on_join_room(std::string_view room, std::string_view id) override {
        seen.push_back("join " + std::string(room) + " " + std::string(id));
    }
    void on_leave_room(std::string_view room, std::string_view id) override {
        seen.push_back("leave " + std::string(room) + " " + std::string(id));
    }
    void on_delete_room(std::string_view room) override { seen.push_back("delete " + std::string(room)); }
};

using names = std::vector<std::string>;

names selected(room_index& index, const names& rooms, const names& except = {}) {
    std::vector<room_member*> found;
    index.select(rooms, except, found);
    names ids;
    for (auto* each : found) ids.push_back(each->id());
    return ids;
}

void enter(room_index& index, person& who) {
    index.present(who);
    index.join(who, who.id());
}

}  // namespace

TEST_CASE("a selection names each present member once, room by room, in order of joining") {
    room_index index;
    person a{index, "a"}, b{index, "b"}, c{index, "c"}, d{index, "d"};
    for (auto* each : {&a, &b, &c, &d}) enter(index, *each);
    index.join(c, "red");
    index.join(a, "red");
    index.join(b, "blue");
    index.join(a, "blue");
    CHECK(selected(index, {}) == names{"a", "b", "c", "d"});
    CHECK(selected(index, {"red"}) == names{"c", "a"});
    CHECK(selected(index, {"red", "blue"}) == names{"c", "a", "b"});
    CHECK(selected(index, {"blue", "d"}) == names{"b", "a", "d"});
    CHECK(selected(index, {"red", "blue"}, {"a"}) == names{"c", "b"});
    CHECK(selected(index, {}, {"red", "b"}) == names{"d"});
    CHECK(selected(index, {"nobody's"}).empty());
}

TEST_CASE("joining twice and leaving what was not joined change nothing") {
    room_index index;
    person a{index, "a"};
    enter(index, a);
    CHECK(index.join(a, "red"));
    CHECK_FALSE(index.join(a, "red"));
    CHECK(index.room_size("red") == 1);
    CHECK(index.leave(a, "red"));
    CHECK_FALSE(index.leave(a, "red"));
    CHECK_FALSE(index.leave(a, "never"));
    CHECK(index.rooms_of(a) == names{"a"});
}

TEST_CASE("who is not present yet can join rooms and receives nothing") {
    room_index index;
    person a{index, "a"};
    index.join(a, "red");
    CHECK(selected(index, {"red"}).empty());
    CHECK(index.find("a") == nullptr);
    index.present(a);
    CHECK(selected(index, {"red"}) == names{"a"});
    CHECK(index.find("a") == &a);
    index.remove(a);
    CHECK(index.find("a") == nullptr);
    CHECK(index.room_size("red") == 0);
    CHECK(index.present_count() == 0);
}

TEST_CASE("another member may be in the room that is named by somebody's id") {
    room_index index;
    person a{index, "a"}, b{index, "b"};
    enter(index, a);
    enter(index, b);
    index.join(b, "a");
    CHECK(selected(index, {"a"}) == names{"a", "b"});
    CHECK(index.room_size("a") == 2);
    CHECK(index.leave(a, "a"));
    CHECK(selected(index, {"a"}) == names{"b"});
    CHECK_FALSE(index.contains(a, "a"));
    CHECK(index.contains(b, "a"));
    auto rooms = index.room_names();
    std::sort(rooms.begin(), rooms.end());
    CHECK(rooms == names{"a", "b"});
}

TEST_CASE("room events come as rooms come and go, own rooms included") {
    recorder told;
    room_index index(&told);
    person a{index, "a"}, b{index, "b"};
    enter(index, a);
    index.join(a, "red");
    index.join(b, "red");
    index.remove(a);
    index.leave(b, "red");
    CHECK(told.seen == names{"create a", "join a a", "create red", "join red a", "join red b", "leave a a",
                             "delete a", "leave red a", "leave red b", "delete red"});
}

TEST_CASE("order and membership survive many joins and leaves") {
    room_index index;
    std::vector<std::unique_ptr<person>> people;
    for (int i = 0; i < 40; ++i) {
        people.push_back(std::make_unique<person>(index, std::to_string(i)));
        enter(index, *people.back());
    }
    std::mt19937 random(7);
    std::vector<names> expected(60);
    for (int step = 0; step < 20'000; ++step) {
        auto& who = *people[random() % people.size()];
        const auto which = random() % expected.size();
        const auto room = "room " + std::to_string(which);
        auto& list = expected[which];
        const auto at = std::find(list.begin(), list.end(), who.id());
        if (random() % 5 < 2) {
            CHECK(index.join(who, room) == (at == list.end()));
            if (at == list.end()) list.push_back(who.id());
        } else {
            CHECK(index.leave(who, room) == (at != list.end()));
            if (at != list.end()) list.erase(at);
        }
    }
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(selected(index, {"room " + std::to_string(i)}) == expected[i]);
    std::size_t memberships = people.size();
    for (const auto& list : expected) memberships += list.size();
    std::size_t counted = 0;
    for (const auto& who : people) counted += index.rooms_of(*who).size();
    CHECK(counted == memberships);
}

TEST_CASE("ten thousand rooms of one member are left one by one") {
    room_index index;
    person a{index, "a"};
    enter(index, a);
    for (int i = 0; i < 10'000; ++i) index.join(a, std::to_string(i) + "x");
    CHECK(a.room_count() == 10'001);
    for (int i = 0; i < 10'000; i += 2) index.leave(a, std::to_string(i) + "x");
    CHECK(a.room_count() == 5'001);
    CHECK(index.contains(a, "1x"));
    CHECK_FALSE(index.contains(a, "2x"));
    index.leave_all(a);
    CHECK(index.room_names().empty());
}

TEST_CASE("a member that is destroyed takes itself out, and is told of as leaving") {
    recorder told;
    room_index index(&told);
    {
        person a{index, "a"};
        enter(index, a);
        index.join(a, "red");
        told.seen.clear();
    }
    CHECK(told.seen == names{"leave a a", "delete a", "leave red a", "delete red"});
    CHECK(selected(index, {}).empty());
    CHECK(index.find("a") == nullptr);
    CHECK(index.room_names().empty());
    person again{index, "a"};
    enter(index, again);
    told.seen.clear();
    index.forget(again);
    CHECK(told.seen.empty());
    CHECK(index.room_names().empty());
    CHECK_FALSE(index.join(again, "red"));
    index.present(again);
    CHECK(index.present_count() == 0);
}

namespace {

/// Changes rooms when it is told of changes, which nobody should do.
struct meddler : kedge::room_events {
    room_index* index = nullptr;
    std::vector<room_member*> all;
    int left = 0;

    void meddle() {
        if (left == 0) return;
        --left;
        for (auto* each : all) {
            const auto round = std::to_string(left % 5);
            index->join(*each, "r" + round);
            index->leave(*each, "red");
            if (left % 3 == 0) index->leave_all(*each);
            index->join(*each, "red");
        }
    }
    void on_create_room(std::string_view) override { meddle(); }
    void on_join_room(std::string_view, std::string_view) override { meddle(); }
    void on_leave_room(std::string_view, std::string_view) override { meddle(); }
    void on_delete_room(std::string_view) override { meddle(); }
};

}  // namespace

TEST_CASE("who is told of rooms may change them: the index stays whole") {
    meddler told;
    room_index index(&told);
    told.index = &index;
    person a{index, "a"}, b{index, "b"};
    told.all = {&a, &b};
    for (int round = 1; round < 40; ++round) {
        told.left = round;
        index.join(a, "red");
        index.join(b, "blue" + std::to_string(round));
        told.left = round;
        index.leave_all(a);
        CHECK(index.room_size("red") <= 2);
    }
    told.left = 40;
    index.remove(a);
    CHECK(a.room_count() == 0);
    told.left = 0;
    index.remove(b);
    CHECK(index.room_names().empty());
}

}  // namespace room_index_test
