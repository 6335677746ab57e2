// Applications that come back from whatever they are called in, and from the destruction of what they gave.
#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include <test/socketio/careless.hpp>

namespace careless_reentry_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

// --- joins that are answered for at the wrong moment

TEST_CASE("who leaves lets the next in: a join of a client that ends completes no more") {
    for (const bool by_server : {false, true}) {
        CAPTURE(by_server);
        world all(log_badly);
        std::optional<next> waiting;
        int entered = 0;
        std::optional<socket> here;
        all.of("/queue").use([&](const socket&, const next& go_on) { waiting = go_on; });
        all.of("/queue").on_connection([&](const socket&) { ++entered; });
        all.of().on_connection([&](const socket& one) {
            here = one;
            one.on_disconnecting([&](disconnect_reason) { (*waiting)(); });
            one.on_disconnect([&](disconnect_reason) { (*waiting)(); });
        });
        auto one = all.join();
        one.send("40/queue,");
        REQUIRE(waiting);
        if (by_server) {
            all.loop.turn([&] { here->disconnect(true); });
        } else {
            one.vanish();
        }
        CHECK(entered == 0);
        CHECK(all.of("/queue").sockets().empty());
        all.of("/queue").emit("anybody");
        CHECK(all.of("/queue").room_list().empty());
    }
}

TEST_CASE("callbacks of a refused join may end its client") {
    world all(log_badly);
    std::optional<socket> main;
    all.of().on_connection([&](const socket& one) { main = one; });
    all.of("/no").use([&](const socket& one, const next& go_on) {
        one.emit("q", [&](ack_error) { main->conn().close(true); });
        go_on(connect_error("no"));
    });
    auto one = all.join();
    one.send("40/no,");
    CHECK(one.closed());
    CHECK(all.of().sockets().empty());
    CHECK(all.sessions->size() == 0);
}

TEST_CASE("a hook of rooms may send away the socket that is entering") {
    for (const bool close : {false, true}) {
        CAPTURE(close);
        world all(log_badly);
        all.of().on_room_events({.on_create_room = {},
                                 .on_join_room =
                                     [&](std::string_view, std::string_view id) {
                                         const auto who = all.of().find_socket(id);
                                         close ? who.conn().close(true) : who.disconnect();
                                     },
                                 .on_leave_room = {},
                                 .on_delete_room = {}});
        int entered = 0;
        all.of().on_connection([&](const socket&) { ++entered; });
        auto one = all.open();
        one.send("40");
        CHECK(entered == 0);
        CHECK(all.of().sockets().empty());
        CHECK(all.of().room_list().empty());
        CHECK(one.closed() == close);
    }
}

// --- handlers that hold things which come back when they are destroyed

TEST_CASE("what is taken back may come back to where it was taken from while it is destroyed") {
    world all;
    std::optional<socket> here;
    all.of().on_connection([&](const socket& one) { here = one; });
    auto there = all.join();
    struct comes_back {
        std::function<void()> last;
        explicit comes_back(std::function<void()> call) : last(std::move(call)) {}
        comes_back(comes_back&& other) noexcept : last(std::exchange(other.last, nullptr)) {}
        ~comes_back() {
            if (last) last();
        }
    };
    int gone = 0;
    const auto back = [&] {
        return std::make_shared<comes_back>([&] {
            ++gone;
            here->on_any([](std::string_view, const arguments&) {});
            here->on("y", [] {});
            here->on_disconnect([] {});
            all.of().on_event("y", [](const socket&) {});
            all.of().off_event("y");
        });
    };
    here->on_any([held = back()](std::string_view, const arguments&) {});
    here->off_any();
    here->off(here->on_any([held = back()](std::string_view, const arguments&) {}));
    here->off(here->on("x", [held = back()] {}));
    here->off(here->on_disconnect([held = back()] {}));
    all.of().on_event("x", [held = back()](const socket&) {});
    all.of().off_event("x");
    CHECK(gone == 5);
    here->on("x", [held = back()] {});
    there.vanish();
    CHECK(gone == 6);
}

}  // namespace careless_reentry_test
