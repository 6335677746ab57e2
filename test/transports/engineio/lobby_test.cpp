#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <kedge/transports/engineio/lobby.hpp>
#include <test/faults/hand_turned.hpp>

namespace lobby_test {

using kedge::transports::lobby;
using kedge::transports::lobby_limits;

namespace {

/// A session that writes down that it was evicted.
struct visitor final : lobby::guest {
    visitor(lobby& in, const lobby::opener& from, std::string name, std::vector<std::string>& gone)
        : guest(in, from), name_(std::move(name)), gone_(gone) {}
    void on_evicted() override { gone_.push_back(name_); }

    std::string name_;
    std::vector<std::string>& gone_;
};

struct inn {
    explicit inn(const lobby_limits& given) : limits(given) {}

    /// A visitor, if there is room.
    visitor* open(std::string name, std::string_view address, std::uint64_t connection) {
        if (!room.make_room({address, connection})) return nullptr;
        visitors.push_back(
            std::make_unique<visitor>(room, lobby::opener{address, connection}, std::move(name), gone));
        return visitors.back().get();
    }

    lobby_limits limits;
    lobby room{limits};
    std::vector<std::string> gone;
    std::vector<std::unique_ptr<visitor>> visitors;
};

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("the oldest that was never polled makes room, and nobody who was") {
    inn at({.all = 3});
    visitor* a = at.open("a", "10.0.0.1", 1);
    visitor* b = at.open("b", "10.0.0.2", 2);
    at.open("c", "10.0.0.3", 3);
    CHECK(at.room.unattended() == 3);
    a->settle();
    CHECK(at.open("d", "10.0.0.4", 4));
    CHECK(at.gone == names{"b"});
    CHECK(at.room.unattended() == 3);
    CHECK(at.room.evicted() == 1);
    b->attend();  // it has left: nothing counts it any more
    b->wait();
    CHECK(at.room.unattended() == 3);
    CHECK(at.open("e", "10.0.0.5", 5));
    CHECK(at.gone == names{"b", "c"});
    for (std::size_t i = 2; i < at.visitors.size(); ++i) at.visitors[i]->settle();
    CHECK_FALSE(at.open("f", "10.0.0.6", 6));
    a->attend();
    CHECK(at.room.unattended() == 2);
    CHECK(at.open("g", "10.0.0.6", 6));
    at.visitors.clear();
    CHECK(at.room.unattended() == 0);
}

TEST_CASE("one connection and one address have bounds of their own") {
    inn at({.all = 100, .per_address = 4, .per_connection = 2});
    at.open("other", "10.0.0.9", 9);
    for (const char* name : {"a", "b", "c"}) at.open(name, "10.0.0.1", 1);
    CHECK(at.gone == names{"a"});
    at.open("d", "10.0.0.1", 2);
    at.open("e", "10.0.0.1", 3);
    CHECK(at.gone == names{"a"});
    at.open("f", "::ffff:10.0.0.1", 4);  // the same host
    CHECK(at.gone == names{"a", "b"});
    for (const auto& each : at.visitors)
        if (each->name_ != "other") each->settle();
    CHECK_FALSE(at.open("g", "10.0.0.1", 5));
    CHECK(at.open("h", "10.0.0.2", 5));
    CHECK(at.open("i", "", 6));  // a UNIX socket has no address
    CHECK(at.gone == names{"a", "b"});
}

TEST_CASE("hosts of one IPv6 network count as one, and accounts go with their last session") {
    inn at({.all = 100, .per_address = 2});
    visitor* first = at.open("a", "2001:db8::1", 1);
    at.open("b", "2001:db8::2", 2);
    CHECK(at.open("c", "2001:db8:0:1::1", 3));
    CHECK(at.gone.empty());
    first->attend();
    CHECK(at.open("d", "2001:db8::3", 4));
    CHECK(at.gone.empty());
    first->wait();
    CHECK(at.open("e", "2001:db8::4", 5));
    CHECK(at.gone == names{"a"});
    at.visitors.clear();
    CHECK(at.open("f", "2001:db8::1", 1));
    CHECK(at.gone == names{"a"});
}

TEST_CASE("who was polled and has not come back for long makes room, the longest absent first") {
    using namespace kedge::test;
    const kedge::transports::kernel table = with_hand_turned_clock();
    const kedge::transports::kernel_override clock(table);
    inn at({.all = 3, .per_address = 2});
    const auto poll = [](visitor* who) {
        who->attend();
        who->settle();
        who->wait();
    };
    visitor* a = at.open("a", "10.0.0.1", 1);
    visitor* b = at.open("b", "10.0.0.1", 1);
    visitor* c = at.open("c", "10.0.0.2", 2);
    for (visitor* each : {a, b, c}) poll(each);
    CHECK_FALSE(at.open("d", "10.0.0.1", 3));
    CHECK_FALSE(at.open("d", "10.0.0.3", 3));
    hand_turned_now() += std::chrono::seconds(8);
    poll(a);
    hand_turned_now() += std::chrono::seconds(4);
    CHECK(at.open("d", "10.0.0.1", 3));
    CHECK(at.gone == names{"b"});
    at.visitors.back()->attend();
    at.visitors.back()->settle();
    CHECK(at.open("e", "10.0.0.3", 4));
    CHECK(at.room.unattended() == 3);
    CHECK(at.open("f", "10.0.0.4", 5));
    CHECK(at.gone == names{"b", "e"});
    poll(at.visitors.back().get());
    CHECK(at.open("g", "10.0.0.5", 6));
    CHECK(at.gone == names{"b", "e", "c"});
}

}  // namespace lobby_test
