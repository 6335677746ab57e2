#include <kedge/socketio/core/local_adapter.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <kedge/socketio/wire/broadcast_packet.hpp>

#include <test/socketio/world.hpp>

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;

namespace {

class wired_adapter;

/// What joins servers: whatever one says is told to the others when the test pulls.
struct wire {
    using message = std::function<void(wired_adapter& at)>;
    std::vector<wired_adapter*> ends;
    std::deque<std::pair<const wired_adapter*, message>> waiting;

    void pull();
};

/// An adapter as a program would write one, upon local_adapter and with what that offers.
class wired_adapter final : public local_adapter {
  public:
    wired_adapter(nsp_state& above, wire& to) : local_adapter(above), wire_(to) {}
    void init() override { wire_.ends.push_back(this); }
    void close(completion<> done) override {
        std::erase(wire_.ends, this);
        done();
    }
    void server_count(completion<std::size_t> done) override { done(wire_.ends.size()); }

    void broadcast(packet_ptr packet, broadcast_options to) override {
        if (!to.flags.local) tell([packet, to](auto& at) { at.deliver(packet->data(), to); });
        local_adapter::broadcast(std::move(packet), std::move(to));
    }
    void broadcast_with_ack(packet_ptr packet, broadcast_options to, completion<std::size_t> client_count,
                            completion<value> response) override {
        const auto count = shared(std::move(client_count));
        const auto answer = shared(std::move(response));
        const auto back = way_back();
        if (!to.flags.local)
            tell([packet, to, count, answer, back](auto& at) {
                at.deliver_with_ack(
                    packet->data(), to, [=](std::size_t clients) { back([=] { (*count)(clients); }); },
                    [=](const value& one) { back([=] { (*answer)(one); }); });
            });
        local_adapter::broadcast_with_ack(
            std::move(packet), std::move(to), [count](std::size_t clients) { (*count)(clients); },
            [answer](value one) { (*answer)(std::move(one)); });
    }
    void server_side_emit(arguments packet, completion<ack_error, std::vector<value>> responses) override {
        if (!responses) return tell([packet](auto& at) { at.raise(packet); });
        const auto all = shared(std::move(responses));
        const auto back = way_back();
        tell([packet, all, back](auto& at) {
            at.raise(packet, [=](const value& one) { back([=] { (*all)({}, {one}); }); });
        });
    }
    using local_adapter::deliver;

  private:
    template <class F>
    static std::shared_ptr<F> shared(F one) {
        return std::make_shared<F>(std::move(one));
    }
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
    explicit cluster() {
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
            settings.adapter = [this](nsp_state& above) {
                made.push_back(above.name());
                return std::make_unique<wired_adapter>(above, between);
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
    both.turn([&] { first()->deliver({}, {}); });
    both.turn([&] { first()->deliver({value(1), value(2)}, {}); });
    CHECK(both.there[0].got().empty());
}
