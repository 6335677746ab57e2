#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kedge/socketio/core/members.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/rooms/guest.hpp>
#include <kedge/socketio/rooms/guest_return.hpp>
#include <kedge/socketio/rooms/local_adapter.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <test/socketio/world.hpp>

namespace guest_test {

using namespace kedge;
using namespace kedge::testing;

namespace {

struct listening_guest final : guest {
    listening_guest(nsp_share& where, std::string id) : guest(where.guests(), std::move(id)), share(where) {
        share.guests().present(*this);
    }
    ~listening_guest() { share.guests().remove(*this); }
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override {
        heard.push_back(packet.json() + (flags.is_volatile ? " volatile" : ""));
    }

    nsp_share& share;
    std::vector<std::string> heard;
};

/// An adapter that lets guests wait.
struct slow_adapter final : local_adapter {
    using local_adapter::local_adapter;
    void persist_session(stored_session who) override { left = std::move(who); }
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override {
        CHECK(pid == left->pid);
        left->offset = std::move(offset);
        restore = std::move(done);
    }
    void missed_packets(const stored_session& of,
                        completion<std::optional<std::vector<packet_ptr>>> done) override {
        CHECK(of.offset == "7");
        collect = std::move(done);
    }

    std::optional<stored_session> left;
    completion<std::optional<stored_session>> restore;
    completion<std::optional<std::vector<packet_ptr>>> collect;
};

nsp_share& share_of(world& in) {
    return in.above->of("/")->share(*in.above->desks().front());
}

}  // namespace

TEST_CASE("a guest hears what is sent to its rooms, and to all, as JSON without the offset") {
    world w([](hub_settings& made) { made.recovery = recovery_options{}; });
    listening_guest guest(share_of(w), "g1");
    guest.share.guests().join(guest, "lobby");
    w.loop.turn([&] {
        w.of().to("lobby").emit("said", "a", 1);
        w.of().to("elsewhere").emit("said", "b");
        w.of().emit("all", true);
        w.of().volatile_().emit("now");
    });
    CHECK(guest.heard ==
          std::vector<std::string>{R"(["said","a",1])", R"(["all",true])", R"(["now"] volatile)"});
}

TEST_CASE("a guest is left out by a room that it is in, such as its own") {
    world w;
    listening_guest guest(share_of(w), "g1");
    guest.share.guests().join(guest, "g1");
    guest.share.guests().join(guest, "lobby");
    guest.share.guests().join(guest, "muted");
    w.loop.turn([&] {
        w.of().to("lobby").except("g1").emit("a");
        w.of().except("muted").emit("b");
        w.of().to("lobby").except("other").emit("c");
    });
    CHECK(guest.heard == std::vector<std::string>{R"(["c"])"});
}

TEST_CASE("rooms exist as long as a guest is in them, and sockets are not mixed up with guests") {
    world w;
    std::vector<std::string> told;
    room_hooks hooks;
    hooks.on_create_room = [&](std::string_view room) { told.push_back("+" + std::string(room)); };
    hooks.on_delete_room = [&](std::string_view room) { told.push_back("-" + std::string(room)); };
    w.of().on_room_events(hooks);
    {
        listening_guest guest(share_of(w), "g1");
        guest.share.guests().join(guest, "lobby");
        CHECK(guest.share.size() == 0);
        CHECK(find_socket(guest.share, "g1") == nullptr);
    }
    CHECK(told == std::vector<std::string>{"+lobby", "-lobby"});
}

TEST_CASE("the arguments of an event are its JSON without the name, whatever the name is") {
    world w;
    struct reader final : guest {
        using guest::guest;
        void hear(const broadcast_packet& packet, const broadcast_flags&) override {
            heard.push_back(packet.arguments_json());
        }
        std::vector<std::string> heard;
    } one(share_of(w).guests(), "g1");
    room_index& guests = share_of(w).guests();
    guests.present(one);
    w.loop.turn([&] {
        w.of().emit("a", 1, "x");
        w.of().emit("quoted \"\\ name", true);
        w.of().emit("nothing");
    });
    CHECK(one.heard == std::vector<std::string>{R"([1,"x"])", "[true]", "[]"});
    guests.remove(one);
}

TEST_CASE("a guest that returns is answered once, and not when it has gone meanwhile") {
    enum class leaves { never, before, between } when{};
    SUBCASE("it stays") {
        when = leaves::never;
    }
    SUBCASE("it goes before its session is found") {
        when = leaves::before;
    }
    SUBCASE("it goes before its events are found") {
        when = leaves::between;
    }
    world w;
    slow_adapter* adapter = nullptr;
    w.above->use_adapter([&](adapter_host& host) {
        auto made = std::make_unique<slow_adapter>(host);
        adapter = made.get();
        return made;
    });
    int answers = 0;
    std::optional<guest_return> one(std::in_place);
    w.loop.turn([&] {
        one->ask(*adapter, {.sid = "g", .pid = "p", .rooms = {"lobby"}, .data = {}}, "7",
                 [&](const auto& missed) { answers += missed.has_value() ? 1 : 100; });
        CHECK(one->waits());
        if (when == leaves::before) one.reset();
        adapter->restore(*adapter->left);
        CHECK(static_cast<bool>(adapter->collect) == (when != leaves::before));
        if (when == leaves::between) one.reset();
        if (adapter->collect) adapter->collect(std::vector<packet_ptr>{});
    });
    CHECK(answers == (when == leaves::never ? 1 : 0));
    if (one) CHECK(!one->waits());
}

TEST_CASE("a guest whose last event is not known is told that nothing is") {
    world w([](hub_settings& made) { made.recovery = recovery_options{}; });
    bool told = false;
    guest_return one;
    w.loop.turn([&] {
        one.ask(w.above->of("/")->adapter(), {.sid = "g", .pid = "p", .rooms = {}, .data = {}}, "nosuch",
                [&](const auto& missed) { told = !missed; });
    });
    CHECK(told);
}

}  // namespace guest_test
