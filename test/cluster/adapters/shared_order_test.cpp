#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/adapters/shared_order.hpp>

#include <test/cluster/adapters/scripted_host.hpp>

namespace shared_order_test {

using namespace kedge;
using namespace kedge::cluster;
using kedge::testing::scripted_host;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

struct published {
    std::string room;
    std::string message;
};

struct played_node;

/// A Redis that gives what is published to all nodes in one order, each when the test lets it.
struct played_redis {
    void publish(const std::string& room, const std::string& message);
    static std::string of_a_stranger(const std::string& event, bool is_volatile = false);
    std::vector<played_node*> nodes;
    int names = 0;
    bool away = false;
    std::string last_mark{};
};

struct played_node {
    explicit played_node(played_redis& at, const recovery_options& limits = {})
        : redis(at),
          form("socket.io", "/", "node" + std::to_string(++at.names), classic_parser::msgpack),
          events(
              host, 200ms, [this] { return std::string_view(form.uid()); },
              [this](stream_id place) { return order.name_of(place); }),
          order(host, form, events, limits, hooks()) {
        redis.nodes.push_back(this);
        order.on_listening();
    }
    ~played_node() { std::erase(redis.nodes, this); }
    played_node(const played_node&) = delete;
    played_node& operator=(const played_node&) = delete;

    shared_order::hooks hooks() {
        return {.new_name = [this] { return "name-" + std::to_string(++redis.names); },
                .signal = [this](const std::string& room) { redis.publish(room, {}); },
                .on_unplaced =
                    [this](const node_message& said) { unplaced.emplace_back(said.data[0].as_string()); },
                .on_nonsense = [this] { ++nonsense; },
                .look_back =
                    [this](const std::string& whom, const std::string& from, const std::string& until,
                           shared_order::answer then) {
                        ++asked;
                        if (hangs) return unanswered.push_back(std::move(then));
                        if (on_question && std::exchange(on_question, nullptr)())
                            return then(std::nullopt, {});
                        for (auto* const each : redis.nodes) {
                            if (each == this || (!whom.empty() && each->form.uid() != whom)) continue;
                            each->hear_all();  // the question comes behind what was published before
                            if (auto found = each->order.look_back(from, until))
                                return then(std::move(found), each->form.uid());
                        }
                        then(std::nullopt, {});
                    }};
    }

    void say(const std::string& event, const std::string& room = {}) {
        const auto packet = scripted_host::event(event);
        broadcast_options to;
        if (!room.empty()) to.rooms = {room};
        event_data_writer data(packet->for_adapter());
        const auto write = [&](writer& out) { data.write(out, {}); };
        const auto ticket = events.expect(events.under_way().add(packet, to, {}, 0));
        redis.publish(room, form.write({.options = &to, .data = write, .ticket = ticket}));
    }
    /// Hears the next of what was published.
    bool hear() {
        if (inbox.empty()) return false;
        const published next = std::move(inbox.front());
        inbox.pop_front();
        order.on_broadcast(next.room, next.message);
        return true;
    }
    void hear_all() {
        while (hear()) {
        }
    }
    /// What it has delivered with a place.
    words placed() const {
        words all;
        for (const auto& each : host.delivered)
            if (each.find('@') != std::string::npos) all.push_back(each.substr(2, each.find('@') - 2));
        return all;
    }
    /// Its connection breaks: what it has not heard yet it never will.
    void lose_connection() {
        deaf = true;
        inbox.clear();
    }
    void listen_again() {
        deaf = false;
        order.on_listening();
    }
    std::string position() {
        const auto at = events.position();
        return at ? order.name_of(*at) : std::string();
    }

    played_redis& redis;
    scripted_host host{1};
    classic_form form;
    ordered_events events;
    shared_order order;
    std::deque<published> inbox;
    bool deaf = false;
    words unplaced;
    int nonsense = 0;
    int asked = 0;
    bool hangs = false;                              // whom it asks
    std::vector<shared_order::answer> unanswered{};  // meanwhile
    std::function<bool()> on_question;               // what happens to the next one; true when it is lost
};

void played_redis::publish(const std::string& room, const std::string& message) {
    if (away) return;
    if (room.starts_with("kedge:mark:")) last_mark = room.substr(room.rfind(':') + 1);
    for (auto* const each : nodes)
        if (!each->deaf) each->inbox.push_back({room, message});
}

/// As another implementation says it.
std::string played_redis::of_a_stranger(const std::string& event, bool is_volatile) {
    const classic_form form("socket.io", "/", "somebody", classic_parser::msgpack);
    broadcast_options to;
    to.flags.is_volatile = is_volatile;
    const auto write = [&](writer& out) {
        out.begin_array(1);
        out.string(event);
        out.end_array();
    };
    return form.write({.options = &to, .data = write});
}

/// A client, and what it has heard in its life.
struct played_client {
    void enter(played_node& which) {
        at = &which;
        at->host.delivered.clear();
    }
    /// Takes what its node has delivered.
    void take() {
        for (const auto& each : std::exchange(at->host.delivered, {})) note(each.substr(2));
    }
    void leave() {
        take();
        session = {"sid", "pid", {}, {}, offset, at->position()};
        at = nullptr;
    }
    /// False when it would have come anew.
    bool come_back(played_node& which) {
        std::optional<bool> kept;
        which.order.when_kept(session.from, [&](bool is) { kept = is; });
        do which.host.turn(0);
        while (!kept && (which.hear() || which.host.waits(0)));
        if (!kept) which.host.clock.advance(2s);
        if (!kept.value_or(false)) return false;
        which.order.expect_return(true);
        const auto until = which.events.position();
        REQUIRE(until);
        const auto recording = which.events.record(session);
        std::vector<packet_ptr> found;
        std::optional<bool> whole;
        which.order.collect(recording, *until, found, [&](bool is) { whole = is; });
        while (!whole) which.host.turn(0);
        which.order.expect_return(false);
        if (!*whole) return false;
        found.insert(found.end(), recording->packets.begin(), recording->packets.end());
        for (const auto& each : found) note(std::string(each->data()[0].as_string()) + "@" + each->offset());
        enter(which);
        return true;
    }
    void note(const std::string& said) {
        const auto sign = said.find('@');
        heard.push_back(said.substr(0, sign));
        if (sign != std::string::npos) offset = said.substr(sign + 1);
    }

    played_node* at = nullptr;
    stored_session session;
    std::string offset;
    words heard;
};

}  // namespace

TEST_CASE("all nodes deliver in one order, and call each place the same") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    a.say("one");
    b.say("two");
    a.say("three");
    a.hear_all();
    b.hear_all();
    CHECK(a.host.delivered.size() == 3);
    CHECK(a.host.delivered == b.host.delivered);
    CHECK(a.position() == b.position());
}

TEST_CASE("what a client missed is found on the other node, its own node's last words among it") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    a.hear_all();
    played_client client;
    client.enter(a);
    a.say("first");
    a.hear_all();
    client.leave();
    a.say("missed");
    b.say("missed too");
    // b has heard nothing yet: it waits until it has.
    CHECK(client.come_back(b));
    b.say("after");
    b.hear_all();
    client.take();
    CHECK(client.heard == words{"first", "missed", "missed too", "after"});
}

TEST_CASE("an offset that nobody knows, and a Redis that says nothing, are no for an answer") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    a.hear_all();
    b.hear_all();
    played_client client;
    client.session.from = "nonsense-7";
    CHECK_FALSE(client.come_back(a));
    CHECK(a.asked == 1);
    redis.away = true;
    CHECK_FALSE(client.come_back(a));
    CHECK(a.asked == 1);
}

TEST_CASE("a node that ends tells those who wait that nothing is kept, and asks nobody any more") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    a.hear_all();
    std::vector<bool> told;
    a.order.when_kept("unknown-1", [&](bool is) { told.push_back(is); });
    a.order.end();
    a.order.when_kept("unknown-2", [&](bool is) { told.push_back(is); });
    CHECK(told == std::vector<bool>{false, false});
    a.hear_all();
    CHECK(a.asked == 0);
    CHECK_FALSE(a.host.clock.timers().next());
}

TEST_CASE("after a gap there are no places until the next mark, and who left before it comes anew") {
    played_redis redis;
    played_node a(redis);
    a.hear_all();
    played_client client;
    client.enter(a);
    a.say("first");
    a.hear_all();
    client.leave();
    CHECK(client.session.from == a.position());
    redis.away = true;
    a.order.on_listening();  // the mark is lost
    CHECK(a.position().empty());
    redis.away = false;
    played_node other(redis);
    std::erase_if(a.inbox, [](const published& each) { return each.room.starts_with("kedge:mark:"); });
    other.say("unplaced");
    a.say("own");
    a.hear_all();
    CHECK(a.host.delivered.empty());  // somebody may know what lies before
    a.host.clock.advance(1500ms);     // published once more
    a.hear_all();                     // nobody does
    CHECK(a.unplaced == words{"unplaced"});
    CHECK(a.host.delivered == words{"0:own"});
    CHECK_FALSE(a.position().empty());
    CHECK_FALSE(client.come_back(a));
}

TEST_CASE("who stayed while its node was cut off gets what came meanwhile, in its place") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    for (auto* const each : {&a, &b}) each->hear_all();
    b.say("first");
    a.hear_all();
    a.lose_connection();
    words expected{"first"};
    int many = 3;
    SUBCASE("a little") {}
    SUBCASE("much") {
        many = 700;  // more than is delivered in a turn
    }
    for (int i = 0; i < many; ++i) b.say(expected.emplace_back("missed" + std::to_string(i)));
    a.say(expected.emplace_back("own"));
    SUBCASE("cut off once more before it knew") {
        a.listen_again();
        b.say(expected.emplace_back("between"));
        a.hear();
        a.lose_connection();
        b.say(expected.emplace_back("behind"));
    }
    redis.publish({}, played_redis::of_a_stranger("volatile", true));
    redis.away = true;
    a.listen_again();  // its mark is lost
    redis.away = false;
    b.say(expected.emplace_back("before the mark"));
    a.hear_all();
    CHECK(a.position().empty());
    a.host.clock.advance(1500ms);
    b.say(expected.emplace_back("behind the mark"));
    a.hear_all();
    for (int left = 10; left > 0; --left) a.host.turn(0);
    words heard;
    std::string last;
    for (const auto& each : a.host.delivered) {
        const auto sign = each.find('@');
        heard.push_back(each.substr(2, sign - 2));
        if (sign != std::string::npos) last = each.substr(sign + 1);
    }
    std::stable_partition(expected.begin(), expected.end(),  // it had waited for too long
                          [](const std::string& each) { return each == "first" || each == "own"; });
    CHECK(heard == expected);
    CHECK(a.unplaced.empty());
    CHECK_FALSE(last.empty());
    b.hear_all();
    CHECK(a.position() == b.position());
}

TEST_CASE("a question that is lost is no answer: who stayed gets what came meanwhile all the same") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    for (auto* const each : {&a, &b}) each->hear_all();
    b.say("first");
    a.hear_all();
    a.lose_connection();
    b.say("missed");
    bool cut = false;
    SUBCASE("with the connection, which is not known yet") {
        cut = true;
    }
    SUBCASE("alone") {}
    a.on_question = [&] {
        if (cut) a.lose_connection();
        return true;
    };
    a.listen_again();
    a.hear_all();
    if (cut) {
        a.host.clock.advance(1500ms);  // its token is not heard
        a.listen_again();
        a.hear_all();
    }
    words heard;
    for (const auto& each : a.host.delivered) heard.push_back(each.substr(2, each.find('@') - 2));
    CHECK(heard == words{"first", "missed"});
    CHECK(a.asked == 2);
}

TEST_CASE("what others want done to sockets waits behind what was said before it") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    for (auto* const each : {&a, &b}) each->hear_all();
    b.say("first");
    a.hear_all();
    const auto leaves = [&](const std::string& who) {
        a.order.in_order([&a, who] { a.host.delivered.push_back("0:" + who + "@"); });
    };
    leaves("leaves first");
    words expected{"first", "leaves first", "missed"};
    a.lose_connection();
    b.say("missed");
    a.hangs = true;
    SUBCASE("where all has places") {
        a.listen_again();
    }
    SUBCASE("where it came before the mark") {
        redis.away = true;
        a.listen_again();  // its mark is lost
        redis.away = false;
        b.say(expected.emplace_back("before the mark"));
        a.hear_all();
        leaves(expected.emplace_back("leaves early"));
        a.host.clock.advance(1500ms);
    }
    a.hear_all();
    b.say(expected.emplace_back("before"));
    a.hear_all();
    leaves(expected.emplace_back("leaves"));
    b.say(expected.emplace_back("behind"));
    a.hear_all();
    leaves(expected.emplace_back("leaves last"));
    CHECK(a.host.delivered.size() == 2);
    a.hangs = false;
    for (auto& each : std::exchange(a.unanswered, {})) each(std::nullopt, {});
    a.hear_all();
    CHECK(a.placed() == expected);
}

TEST_CASE("what was heard between two cuts is delivered, though nobody knows what was not") {
    played_redis redis;
    played_node a(redis);
    a.hear_all();
    redis.publish({}, redis.of_a_stranger("first"));
    a.hear_all();
    a.lose_connection();
    redis.away = true;
    a.listen_again();  // its mark is lost
    redis.away = false;
    redis.publish({}, redis.of_a_stranger("without a place"));
    a.hear_all();
    a.hangs = true;
    a.host.clock.advance(1500ms);
    a.hear();  // the mark
    redis.publish({}, redis.of_a_stranger("between"));
    a.hear_all();
    CHECK(a.unanswered.size() == 1);
    CHECK(a.unplaced.empty());
    a.lose_connection();
    a.listen_again();
    redis.publish({}, redis.of_a_stranger("behind"));
    a.hangs = false;
    a.unanswered.front()(std::nullopt, {});  // too late
    a.hear_all();
    CHECK(a.unplaced == words{"without a place", "between"});
    CHECK(a.placed() == words{"first", "behind"});
}

TEST_CASE("what waits for an answer is delivered before it is too much, in order and once") {
    played_redis redis;
    recovery_options limits;
    bool marked = true;
    SUBCASE("many events") {
        limits.max_stored_packets = 10;
    }
    SUBCASE("many bytes") {
        limits.max_stored_bytes = 1500;
    }
    SUBCASE("many bytes before there are places") {
        limits.max_stored_bytes = 1500;
        marked = false;
    }
    played_node a(redis, limits);
    a.hear_all();
    redis.publish({}, redis.of_a_stranger("first"));
    a.hear_all();
    a.lose_connection();
    a.hangs = true;
    redis.away = !marked;
    a.listen_again();
    redis.away = false;
    a.hear_all();
    words expected;
    for (int i = 0; i < 40; ++i) {
        redis.publish({}, redis.of_a_stranger(expected.emplace_back("event" + std::to_string(i))));
        a.hear_all();
    }
    for (auto& each : a.unanswered) each(std::nullopt, {});
    a.hear_all();
    words heard = a.unplaced;
    const auto placed = a.placed();
    heard.insert(heard.end(), placed.begin() + 1, placed.end());
    CHECK(heard == expected);
    CHECK(a.unplaced.empty() == marked);
}

TEST_CASE("who comes back while a node catches up waits for it") {
    played_redis redis;
    played_node a(redis);
    played_node b(redis);
    for (auto* const each : {&a, &b}) each->hear_all();
    played_client client;
    client.enter(b);
    b.say("first");
    for (auto* const each : {&a, &b}) each->hear_all();
    a.lose_connection();
    words expected{"first"};
    for (int i = 0; i < 700; ++i) b.say(expected.emplace_back("event" + std::to_string(i)));
    b.hear_all();
    a.listen_again();
    a.hear_all();  // and has delivered the beginning
    b.say("mark");
    expected.emplace_back("mark");
    b.hear_all();
    client.leave();
    b.say(expected.emplace_back("missed"));
    a.hear();
    CHECK(a.position().empty());
    CHECK(client.come_back(a));
    a.say(expected.emplace_back("after"));
    a.hear_all();
    client.take();
    CHECK(client.heard == expected);
}

TEST_CASE("who comes back to a node that is cut off again, or hears nothing, comes anew") {
    played_redis redis;
    played_node a(redis);
    a.hear_all();
    a.say("first");
    a.hear_all();
    a.lose_connection();
    a.hangs = true;
    a.listen_again();
    a.hear_all();
    a.say("last");
    a.hear_all();
    std::vector<bool> told;
    const std::string last = redis.last_mark + "-2";  // a token came before
    a.order.when_kept(last, [&](bool is) { told.push_back(is); });
    CHECK(told.empty());
    SUBCASE("cut off") {
        a.lose_connection();
        a.listen_again();
    }
    SUBCASE("at its end") {
        a.order.end();
    }
    SUBCASE("deaf") {
        redis.away = true;
        for (auto& each : std::exchange(a.unanswered, {})) each(std::nullopt, {});
        a.host.clock.advance(1500ms);
    }
    CHECK(told == std::vector<bool>{false});
}

TEST_CASE("messages that make no sense count, and harm nobody") {
    played_redis redis;
    played_node a(redis);
    a.hear_all();
    played_client client;
    client.enter(a);
    a.say("first");
    a.hear_all();
    client.leave();
    const auto before = client.session.from;
    for (const std::string each : {"", "\x93", "nonsense", "{}", "[1,2,3]"}) redis.publish("", each);
    redis.publish("kedge:token:", "");
    redis.publish("kedge:token:name-1:x", "");
    redis.publish("kedge:mark:" + std::string(1000, 'm'), "");  // clients would be told it with each event
    const std::string forged = R"(["x",{"type":2,"data":["connect"],"nsp":"/"},{}])";
    redis.publish("", forged);
    a.say("last");
    a.hear_all();
    CHECK(a.nonsense == 7);
    CHECK(a.position().size() < 100);
    CHECK(client.come_back(a));
    CHECK(client.heard == words{"first", "last"});
    CHECK(a.position() != before);
}

TEST_CASE("clients that move among nodes which come and go lose nothing and hear nothing twice") {
    std::mt19937 chance(20261128);
    const auto one_of = [&](std::size_t many) {
        return std::uniform_int_distribution<std::size_t>(0, many - 1)(chance);
    };
    played_redis redis;
    std::array<std::unique_ptr<played_node>, 3> nodes;
    for (auto& each : nodes) each = std::make_unique<played_node>(redis);
    for (auto& each : nodes) each->hear_all();
    played_client client;
    client.enter(*nodes[0]);
    words said;
    int moves = 0;
    int looked_back = 0;
    int ended = 0;  // nodes, while it was away: one has to remember
    int gaps = 0;
    played_node* deaf = nullptr;  // the others remember for it
    for (int step = 0; step < 4000; ++step) {
        auto& node = nodes[one_of(nodes.size())];
        switch (one_of(13)) {
            case 0:  // it moves, perhaps to where it was
                if (node->position().empty() || node.get() == deaf) break;
                if (!client.at) {
                    REQUIRE(client.come_back(*node));
                    ++moves;
                    ended = 0;
                } else if (!client.offset.empty() && !client.at->position().empty()) {
                    client.leave();
                }
                break;
            case 1:  // a node is started anew; the others soon hear of it
                if (deaf || node.get() == client.at || one_of(4) != 0 || (!client.at && ++ended > 2)) break;
                looked_back += node->asked;
                node->hear_all();
                node.reset();
                node = std::make_unique<played_node>(redis);
                for (auto& each : nodes) each->hear_all();
                if (client.at) client.take();
                break;
            case 2:  // a connection breaks, and comes back
                if (!deaf) {
                    for (auto& each : nodes) each->hear_all();
                    (deaf = node.get())->lose_connection();
                } else if (one_of(3) == 0) {
                    std::exchange(deaf, nullptr)->listen_again();
                    ++gaps;
                }
                break;
            case 3:
            case 4:
            case 5:
                node->say(said.emplace_back("event" + std::to_string(said.size())));
                break;
            default:
                for (auto left = one_of(6); left > 0; --left) node->hear();
                if (client.at) client.take();
        }
    }
    if (deaf) deaf->listen_again();
    for (auto& each : nodes) each->hear_all();
    if (!client.at) REQUIRE(client.come_back(*nodes[0]));
    for (auto& each : nodes) each->hear_all();
    client.take();
    CHECK(client.heard == said);
    CHECK(moves > 80);
    CHECK(gaps > 50);
    CHECK(looked_back > 10);
}

}  // namespace shared_order_test
