#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/socketio/core/members.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/rooms/guest.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <test/socketio/world.hpp>

using namespace kedge;
using namespace kedge::testing;

namespace {

struct listening_guest final : guest {
    listening_guest(nsp_share& where, std::string id) : guest(std::move(id)), share(where) {
        share.guests().introduce(*this);
        share.guests().present(*this);
    }
    ~listening_guest() { share.guests().remove(*this); }
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override {
        heard.push_back(packet.json() + (flags.is_volatile ? " volatile" : ""));
    }

    nsp_share& share;
    std::vector<std::string> heard;
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
