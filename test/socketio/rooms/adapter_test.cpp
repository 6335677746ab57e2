#include <kedge/socketio/rooms/local_adapter.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <kedge/socketio/wire/broadcast_packet.hpp>

#include <test/socketio/world.hpp>

namespace adapter_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

class wired_adapter;

/// What joins servers: whatever one says is told to the others when the test pulls.
struct wire {
    using message = std::function<void(wired_adapter& at)>;
    std::vector<wired_adapter*> ends;
    std::deque<std::pair<const wired_adapter*, message>> waiting;
    data_form form = data_form::json_or_msgpack;

    void pull();
};

/// An adapter as a program would write one, upon local_adapter and with what that offers.
class wired_adapter final : public local_adapter {
  public:
    wired_adapter(adapter_host& host, wire& to) : local_adapter(host), wire_(to) {}
    void init() override { wire_.ends.push_back(this); }
    void close(completion<> done) override {
        std::erase(wire_.ends, this);
        done();
    }
    void server_count(completion<ack_error, std::size_t> done) override { done({}, wire_.ends.size()); }
    data_form wants() const noexcept override { return wire_.form; }

    void broadcast(packet_ptr packet, broadcast_options to) override {
        if (!to.flags.local) tell([packet, to](auto& at) { at.deliver(packet->for_adapter(), to); });
        local_adapter::broadcast(std::move(packet), std::move(to));
    }
    void broadcast_with_ack(packet_ptr packet, broadcast_options to,
                            std::shared_ptr<broadcast_answers> answers) override {
        if (to.flags.local) return local_adapter::broadcast_with_ack(packet, to, answers);
        answers->expect_servers(wire_.ends.size());
        const auto back = host().way_back();
        tell([packet, to, answers, back](auto& at) {
            at.host().ask(
                at.host().make_question(packet->for_adapter(), to.flags), to,
                [=](std::size_t clients) { back([=] { answers->on_recipients(clients); }); },
                [=](const value& one) { back([=] { answers->on_answer(one); }); });
        });
        ask_here(std::move(packet), std::move(to), answers);
    }
    void server_side_emit(encoded_data said, completion<ack_error, std::vector<value>> responses) override {
        if (!responses) return tell([said](auto& at) { at.host().raise(said); });
        const auto all = std::make_shared<completion<ack_error, std::vector<value>>>(std::move(responses));
        const auto back = host().way_back();
        tell([said, all, back](auto& at) {
            at.host().raise(said, [=](const value& one) { back([=] { (*all)({}, {one}); }); });
        });
    }
    void deliver(const event_data& data, const broadcast_options& to) {
        host().deliver(host().make_event(data, to.flags), to);
    }
    void on_create_room(std::string_view room, room_kind kind) override {
        rooms.push_back((kind == room_kind::own ? "+own " : "+") + std::string(room));
    }
    void on_delete_room(std::string_view room) override { rooms.push_back("-" + std::string(room)); }
    using local_adapter::host;

    lines rooms;

  private:
    void tell(wire::message what) { wire_.waiting.emplace_back(this, std::move(what)); }

    wire& wire_;
};

void wire::pull() {
    while (!waiting.empty()) {
        const auto [from, what] = std::move(waiting.front());
        waiting.pop_front();
        for (auto* each : ends)
            if (each != from) what(*each);
    }
}

/// Two servers with a client each.
struct cluster {
    explicit cluster(data_form form = data_form::json_or_msgpack) : between{{}, {}, form} {
        for (auto* each : {&one, &two})
            each->of().on_connection([this](const socket& who) { here.push_back(who); });
        for (auto* each : {&one, &two}) there.push_back(each->join());
    }
    template <class Act>
    void turn(Act&& act) {
        one.loop.turn(act);
        settle();
    }
    /// Lets everything that is on its way arrive.
    void settle() {
        between.pull();
        for (auto* each : {&one, &two}) {
            each->loop.run_posted();
            each->loop.end_turn();
        }
    }
    std::function<void(hub_settings&)> wired() {
        return [this](hub_settings& settings) {
            settings.adapter = [this](adapter_host& host) {
                made.push_back(host.nsp());
                return std::make_unique<wired_adapter>(host, between);
            };
        };
    }

    wire between;
    lines made;  // namespaces that were given an adapter
    world one{wired()};
    world two{wired()};
    std::vector<socket> here;
    std::vector<peer> there;
};

}  // namespace

TEST_CASE("an adapter joins servers: events reach rooms on all of them, local ones do not") {
    cluster both;
    const auto io = both.one.of();
    both.here[1].join("red");
    both.turn([&] { io.emit("x", 1, value::array({"a"})); });
    CHECK(both.there[0].got() == lines{R"(42["x",1,["a"]])"});
    CHECK(both.there[1].got() == lines{R"(42["x",1,["a"]])"});
    both.turn([&] { io.to("red").emit("y"); });
    both.turn([&] { io.local().emit("z"); });
    CHECK(both.there[0].got() == lines{R"(42["z"])"});
    CHECK(both.there[1].got() == lines{R"(42["y"])"});
}

TEST_CASE("clients of all servers answer, and with local() those of one") {
    cluster both;
    lines heard;
    const auto note = [&](ack_error error, const std::vector<value>& answers) {
        for (const auto& each : answers) heard.push_back(each.to_json());
        heard.emplace_back(error ? "late" : "done");
    };
    both.turn([&] { both.one.of().timeout(1s).emit("q", note); });
    CHECK(both.there[0].got() == lines{R"(420["q"])"});
    CHECK(both.there[1].got() == lines{R"(420["q"])"});  // the id is its own server's
    both.there[1].send(R"(430["two"])");
    both.there[0].send(R"(430["one"])");
    both.settle();
    CHECK(heard == lines{R"("two")", R"("one")", "done"});

    heard.clear();
    both.turn([&] { both.one.of().local().timeout(1s).emit("q", note); });
    CHECK(both.there[1].got().empty());
    both.there[0].send(R"(431["one"])");
    CHECK(heard == lines{R"("one")", "done"});
}

TEST_CASE("servers of a cluster raise events on each other, and answer") {
    cluster both;
    lines heard;
    both.one.of().on("add", [](int, int) { return "not me"; });
    both.two.of().on("add", [&](int a, int b) {
        heard.push_back("asked");
        return a + b;
    });
    both.turn([&] { both.one.of().server_side_emit("add", 1, 2); });
    CHECK(heard == lines{"asked"});
    both.turn([&] {
        both.one.of()
            .server_side_emit_with_ack("add", 1, 2)
            .then([&](ack_error, const std::vector<value>& sums) { heard.push_back(sums.at(0).to_json()); });
    });
    CHECK(heard == lines{"asked", "asked", "3"});
}

TEST_CASE("namespaces that clients enter have adapters of the program's, their parents have not") {
    cluster both;
    const auto parent = both.one.above->add_parent(
        [](const std::string&, const value&, const verdict& answer) { answer(true); });
    both.one.open().send("40/child,");
    CHECK(both.made == lines{"/", "/", "/child"});
}

TEST_CASE("a packet from elsewhere that has no name reaches nobody") {
    cluster both;
    const auto first = [&] { return both.between.ends.front(); };
    for (const std::string_view text : {"", "[]", "[1,2]", "{}", "\"x\"", " [ "})
        both.turn([&] { first()->deliver({encoding::json, text}, {}); });
    for (const std::string_view bytes : {"", "\x90", "\x92\x01\x02", "\xdd", "\x80"})
        both.turn([&] { first()->deliver({encoding::msgpack, bytes}, {}); });
    both.turn([&] { first()->deliver(event_data(item()), {}); });
    CHECK(both.there[0].got().empty());
}

TEST_CASE("binary reaches the other servers, whatever form the adapter wants") {
    for (const auto form : {data_form::msgpack, data_form::json_or_msgpack}) {
        cluster both(form);
        both.turn([&] { both.one.of().emit("x", 1.5, binary(std::string("ab"))); });
        for (auto& each : both.there)
            CHECK(each.got() == lines{R"(451-["x",1.5,{"_placeholder":true,"num":0}])", "bYWI="});
    }
}

TEST_CASE("an adapter is told which rooms come and go, and asks whether one is there") {
    cluster both;
    auto& first = *both.between.ends.front();
    CHECK(first.rooms == lines{"+own " + both.here[0].id()});
    CHECK(first.host().has_room(both.here[0].id()));
    CHECK_FALSE(first.host().has_room("red"));
    first.rooms.clear();
    both.here[0].join("red");
    CHECK(first.host().has_room("red"));
    both.here[0].leave("red");
    CHECK(first.rooms == lines{"+red", "-red"});
    CHECK_FALSE(first.host().has_room("red"));
}

TEST_CASE("an adapter lists the rooms and the sockets of its server") {
    cluster both;
    auto& host = both.between.ends.front()->host();
    lines rooms;
    lines ids;
    std::optional<lines> of_one;
    both.here[0].join("red");
    both.turn([&] {
        host.rooms([&](const lines& all) { rooms = all; });
        host.sockets({"red"}, [&](const lines& all) { ids = all; });
        host.rooms_of(both.here[0].id(), [&](const std::optional<lines>& all) { of_one = all; });
    });
    lines both_rooms{both.here[0].id(), "red"};
    CHECK(rooms == both_rooms);
    CHECK(ids == lines{both.here[0].id()});
    CHECK(of_one == both_rooms);
}

TEST_CASE("who waits for the answers of a server that goes is told, and ends at once") {
    cluster both;
    struct sulking final : local_adapter {
        using local_adapter::local_adapter;
        void broadcast_with_ack(packet_ptr, broadcast_options,
                                std::shared_ptr<broadcast_answers> to) override {
            answers = std::move(to);
        }
        std::shared_ptr<broadcast_answers> answers;
    };
    sulking* adapter = nullptr;
    both.one.above->use_adapter([&](adapter_host& host) {
        auto made = std::make_unique<sulking>(host);
        adapter = made.get();
        return made;
    });
    lines heard;
    const auto ask = [&] {
        both.one.of().timeout(1s).emit("q", [&](ack_error error, const std::vector<value>& all) {
            heard.push_back(error.message());
            for (const auto& each : all) heard.push_back(each.to_json());
        });
    };
    both.turn(ask);
    adapter->answers->expect_servers(2);
    adapter->answers->on_recipients(3);
    adapter->answers->on_answer(1);
    adapter->answers->give_up(2);
    CHECK(heard.empty());
    adapter->answers->expect_servers(1);
    CHECK(heard == lines{"", "1"});

    heard.clear();
    both.turn(ask);
    adapter->answers->on_answer(2);
    adapter->answers->fail({ack_error::cause::timed_out, 1, 2});
    CHECK(heard == lines{"timeout reached: only 1 responses received out of 2", "2"});
    adapter->answers.reset();
}

TEST_CASE("an adapter that another one replaces is closed") {
    cluster both;
    CHECK(both.between.ends.size() == 2);
    both.one.above->use_adapter({});
    CHECK(both.between.ends.size() == 1);
}

TEST_CASE("the end of a server waits for adapters that say good-bye, but not for ever") {
    struct lingering final : local_adapter {
        using local_adapter::local_adapter;
        void close(completion<> done) override { said = std::move(done); }
        completion<> said;
    };
    for (const bool says_it : {true, false}) {
        lingering* adapter = nullptr;
        world all([&](hub_settings& settings) {
            settings.adapter = [&](adapter_host& host) {
                auto made = std::make_unique<lingering>(host);
                adapter = made.get();
                return made;
            };
        });
        int over = 0;
        all.loop.turn([&] { all.above->close_adapters([&] { ++over; }); });
        CHECK(over == 0);
        if (says_it) all.loop.turn([&] { adapter->said(); });
        CHECK(over == (says_it ? 1 : 0));
        all.loop.advance(2s);
        CHECK(over == 1);
        adapter->said = {};
    }
}

}  // namespace adapter_test
