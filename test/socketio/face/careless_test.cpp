// Applications that throw whatever they like, from whatever they are called in: what must happen happens.
#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include <kedge/socketio/core/local_adapter.hpp>

#include <test/socketio/careless.hpp>

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;

namespace {

/// An adapter that does what it is asked for, then throws; or throws before.
class careless_adapter final : public local_adapter {
  public:
    careless_adapter(nsp_state& above, const misdeed& how, bool first)
        : local_adapter(above), how_(how), first_(first) {}

    void init() override { how_.act(); }
    void close(completion<> done) override {
        astray([&] { done(); });
    }
    void server_count(completion<std::size_t> done) override {
        astray([&] { done(1); });
    }
    void add_all(socket_state& who, std::span<const std::string> rooms) override {
        astray([&] { local_adapter::add_all(who, rooms); });
    }
    void del(socket_state& who, std::string_view room) override {
        astray([&] { local_adapter::del(who, room); });
    }
    void del_all(socket_state& who) override {
        astray([&] { local_adapter::del_all(who); });
    }
    void broadcast(packet_ptr packet, broadcast_options to) override {
        astray([&] { local_adapter::broadcast(std::move(packet), std::move(to)); });
    }
    void broadcast_with_ack(packet_ptr packet, broadcast_options to, completion<std::size_t> client_count,
                            completion<value> response) override {
        astray([&] {
            local_adapter::broadcast_with_ack(std::move(packet), std::move(to), std::move(client_count),
                                              std::move(response));
        });
    }
    void fetch_sockets(broadcast_options of, completion<std::vector<socket_details>> done) override {
        astray([&] { local_adapter::fetch_sockets(std::move(of), std::move(done)); });
    }
    void server_side_emit(arguments, completion<ack_error, std::vector<value>> responses) override {
        astray([&] { responses({}, {value("other")}); });
    }
    bool recovers() const noexcept override { return true; }
    std::string make_offset() override {
        astray([] {});
        return "1";
    }
    void restore_session(std::string, std::string, completion<std::optional<stored_session>> done) override {
        astray([&] { done(std::nullopt); });
    }

  private:
    template <class Call>
    void astray(Call&& call) {
        if (!first_) call();
        how_.act();
    }

    const misdeed& how_;
    bool first_;
};

/// Notes that a socket left, and for what.
std::shared_ptr<lines> note_ends(const nsp& at) {
    auto noted = std::make_shared<lines>();
    at.on_connection([noted](const socket& one) {
        one.on_disconnect([noted](disconnect_reason why) { noted->emplace_back(to_string(why)); });
    });
    return noted;
}

}  // namespace

TEST_CASE("a log function that throws keeps no socket from leaving") {
    world all(log_badly);
    const auto ends = note_ends(all.of());
    SUBCASE("an undecodable packet") {
        all.join().send("4x");
    }
    SUBCASE("a broken rule") {
        all.join().send("42/elsewhere,[\"x\"]");
    }
    SUBCASE("nothing was joined in time") {
        all.of("/other");
        auto one = all.open();
        all.loop.advance(46s);
        CHECK(one.closed());
        all.join().vanish();
    }
    CHECK(ends->size() == 1);
    CHECK(all.of().sockets().empty());
    CHECK(all.of().room_list().empty());
    CHECK(all.sessions->size() == 0);
}

TEST_CASE("handlers that throw, and report to handlers and logs that throw") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        std::optional<socket> here;
        int passed = 0;
        all.of().on_error([&](const socket&, const socket_error&) { each.act(); });
        all.of().on_event("x", [&](const socket&) { each.act(); });
        all.of().on_connection([&](const socket&) { each.act(); });
        all.of().on_connection([&](const socket& one) {
            here = one;
            one.on("x", [&] { each.act(); });
            one.on("x", [&]() -> int {
                each.act();
                return 1;
            });
            one.on("x", [&] { ++passed; });
            one.on_any([&](std::string_view, const arguments&) { each.act(); });
            one.on_any_outgoing([&](std::string_view, const arguments&) { each.act(); });
            one.on_error([&](const socket_error&) { each.act(); });
            one.on_disconnecting([&](disconnect_reason) { each.act(); });
            one.on_disconnect([&](disconnect_reason) { each.act(); });
            one.on_disconnect([&](disconnect_reason) { passed += 10; });
        });
        auto there = all.join();
        there.send({R"(42["x"])", R"(42["x"])"});
        CHECK(passed == 2);
        here->emit("q", [&](const value&) { each.act(); });
        here->timeout(1s).emit("q", [&](ack_error, const value&) { each.act(); });
        here->timeout(1s).emit("q", [&](ack_error error) { passed += error ? 100 : 0; });
        here->emit_with_ack("q").then([&](ack_error, const value&) { each.act(); });
        CHECK(there.got().size() == 4);
        there.send(R"(430["answer"])");
        all.loop.advance(2s);
        CHECK(passed == 102);
        here->post([&] { each.act(); });
        here->after(1ms, [&] { each.act(); });
        here->post([&] { passed += 1000; });
        all.loop.run_posted();
        all.loop.advance(1ms);
        there.vanish();
        CHECK(passed == 1112);
        CHECK(all.of().sockets().empty());
    }
}

TEST_CASE("the middlewares of a namespace that throw: before they answer they refuse, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        all.of("/before").use([&](const socket&, const next&) { each.act(); });
        all.of("/after").use([&](const socket&, const next& go_on) {
            go_on();
            each.act();
        });
        all.of("/refused").use([&](const socket&, const next& go_on) {
            go_on(connect_error("no"));
            each.act();
        });
        std::optional<next> kept;
        all.of("/kept").use([&](const socket&, const next& go_on) {
            kept = go_on;
            each.act();
        });
        auto one = all.open();
        one.send("40/before,");
        CHECK(one.got() == lines{R"(44/before,{"message":"internal server error"})"});
        one.send("40/after,");
        CHECK(one.got().at(0).starts_with(R"(40/after,{"sid")"));
        one.send("40/refused,");
        CHECK(one.got() == lines{R"(44/refused,{"message":"no"})"});
        one.send("40/kept,");
        CHECK(one.got() == lines{R"(44/kept,{"message":"internal server error"})"});
        all.loop.turn([&] { (*kept)(); });
        CHECK(one.got().empty());
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("a predicate that throws: before it answers it refuses, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        std::string looked_at;
        all.above->add_parent([&](const std::string& name, const value& auth, const verdict& answer) {
            if (name == "/later") return;
            if (name == "/yes") answer(true);
            if (name == "/no") answer(false);
            looked_at = name + auth.to_json();  // which it may do when it has answered
            each.act();
        });
        auto one = all.open();
        one.send("40/yes,");
        CHECK(one.got() == lines{R"(40/yes,{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
        CHECK(looked_at.starts_with("/yes"));
        one.send("40/no,");
        CHECK(one.got() == lines{R"(44/no,{"message":"Invalid namespace"})"});
        one.send("40/mute,");
        CHECK(one.got() == lines{R"(44/mute,{"message":"Invalid namespace"})"});
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("who hears of a new namespace may send away the client that it was made for") {
    world all(log_badly);
    all.above->add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); });
    std::optional<socket> here;
    all.of().on_connection([&](const socket& one) { here = one; });
    all.above->new_namespace_handlers().change([&](auto& list) {
        list.push_back(std::make_shared<hub::new_namespace_handler>(
            [&](const hub::nsp_ptr&) { here->conn().close(true); }));
    });
    auto one = all.join();
    one.send("40/made,");
    CHECK(one.closed());
    CHECK(all.of("/made").sockets().empty());
}

TEST_CASE("middlewares of a socket that throw, before and behind the answer") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        lines heard;
        all.of().on_connection([&](const socket& one) {
            one.use([&](const event& passed, const next& go_on) {
                if (passed.name == "after") go_on();
                each.act();
            });
            one.on("after", [&] { heard.emplace_back("after"); });
            one.on("before", [&] { heard.emplace_back("before"); });
        });
        auto one = all.join();
        one.send({R"(42["before"])", R"(42["after"])"});
        CHECK(heard == lines{"after"});
        CHECK_FALSE(one.closed());
    }
}

TEST_CASE("completions, hooks of rooms and handlers of server events that throw cost nobody else anything") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        world all(log_badly);
        all.of().on_room_events({.on_create_room = [&](std::string_view) { each.act(); },
                                 .on_join_room = [&](std::string_view, std::string_view) { each.act(); },
                                 .on_leave_room = [&](std::string_view, std::string_view) { each.act(); },
                                 .on_delete_room = [&](std::string_view) { each.act(); }});
        auto one = all.join();
        all.of().sockets_join("red");
        CHECK(all.of().room_list().size() == 2);
        int completed = 0;
        const auto complete = [&](const auto&...) {
            ++completed;
            each.act();
        };
        all.of().fetch_sockets().then(complete);
        all.of().all_sockets().then(complete);
        all.of().timeout(1s).emit_with_ack("q").then(complete);
        all.of().server_side_emit_with_ack("s").then(complete);
        one.send(R"(430["answer"])");
        CHECK(completed == 4);
        all.of().sockets_leave("red");
        CHECK(all.of().room_list().size() == 1);
        one.vanish();
        CHECK(all.of().room_list().empty());
    }
}

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

// --- adapters

TEST_CASE("an adapter that throws keeps nobody from entering, leaving, or being answered") {
    for (const bool first : {true, false}) {
        for (const auto& each : throws()) {
            CAPTURE(first);
            CAPTURE(each.name);
            world all([&](hub_settings& settings) {
                log_badly(settings);
                settings.adapter = [&](nsp_state& above) {
                    return std::make_unique<careless_adapter>(above, each, first);
                };
            });
            const auto ends = note_ends(all.of());
            auto one = all.open();
            one.send(R"(40{"pid":"p","offset":"o"})");
            CHECK(one.got().size() == 1);
            CHECK(all.of().sockets().size() == 1);
            int completed = 0;
            const auto count = [&](const auto&...) { ++completed; };
            all.of().emit("x");
            all.of().fetch_sockets().then(count);
            all.of().server_side_emit_with_ack("s").then(count);
            all.of().timeout(1s).emit_with_ack("q").then(count);
            all.loop.advance(1s);
            CHECK(completed == 3);
            CHECK(one.got().size() == (first ? 0 : 2));
            one.vanish();
            CHECK(ends->size() == 1);
            CHECK(all.of().sockets().empty());
            CHECK(all.of().room_list().empty());
        }
    }
}

TEST_CASE("a namespace whose adapter cannot be made is refused to clients, and the program hears why") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        bool bad = false;
        world all([&](hub_settings& settings) {
            log_badly(settings);
            settings.adapter = [&](nsp_state& above) -> std::unique_ptr<adapter> {
                if (bad) each.act();
                return std::make_unique<local_adapter>(above);
            };
        });
        all.above->add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); });
        bad = true;
        auto one = all.open();
        one.send("40/made,");
        CHECK(one.got() == lines{R"(44/made,{"message":"Invalid namespace"})"});
        bool told = false;
        try {
            (void)all.of("/mine");
        } catch (...) {
            told = true;
        }
        CHECK(told);
        CHECK_FALSE(one.closed());
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
