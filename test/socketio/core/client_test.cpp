#include <kedge/socketio/core/client.hpp>

#include <doctest/doctest.h>

#include <kedge/engine/buffered_bytes.hpp>
#include <test/socketio/world.hpp>

namespace client_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

/// Writes down why sockets of a namespace leave.
std::shared_ptr<lines> note_partings(const nsp& at) {
    auto noted = std::make_shared<lines>();
    at.on_connection([noted](const socket& one) {
        one.on_disconnecting([noted, one](disconnect_reason reason) {
            noted->push_back("disconnecting " + std::string(to_string(reason)) + " " +
                             std::to_string(one.rooms().size()));
        });
        one.on_disconnect([noted, one](disconnect_reason reason) {
            noted->push_back("disconnect " + std::string(to_string(reason)) + " " +
                             std::to_string(one.rooms().size()));
        });
    });
    return noted;
}

}  // namespace

TEST_CASE("nothing is sent before a client asks; the answer holds a fresh id of 20 characters") {
    world all;
    auto one = all.open();
    CHECK(one.got().empty());
    one.send("40");
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
}

TEST_CASE("the object of a CONNECT is the handshake's auth; without one it is an empty object") {
    world all;
    lines seen;
    all.of().on_connection([&](const socket& one) { seen.push_back(one.handshake().auth.to_json()); });
    all.open().send(R"(40{"token":"x"})");
    all.open().send("40");
    CHECK(seen == lines{R"({"token":"x"})", "{}"});
}

TEST_CASE("a namespace that is not there is refused, and the client may go on") {
    world all;
    auto one = all.open();
    one.send("40/nope");
    CHECK(one.got() == lines{R"(44/nope,{"message":"Invalid namespace"})"});
    one.send("40/nope,");
    CHECK(one.got() == lines{R"(44/nope,{"message":"Invalid namespace"})"});
    all.of("nope");
    one.send("40/nope?not=a&query");
    CHECK(one.got() == lines{R"(44/nope?not=a&query,{"message":"Invalid namespace"})"});
    one.send("40/nope,{}");
    CHECK(one.got() == lines{R"(40/nope,{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
    CHECK_FALSE(one.closed());
}

TEST_CASE("who enters again and again in one turn waits for the next: what has left goes at a turn's end") {
    world all;
    int entered = 0;
    lines heard;
    all.of().on_connection([&](const socket& one) {
        ++entered;
        one.on("last", [&] { heard.push_back("last"); });
    });
    auto one = all.open();
    all.loop.turn([&] {
        for (int i = 0; i < 10'000; ++i) one.transport().receive("40");
        one.transport().receive(R"(42["last"])");
        CHECK(entered <= 1025);
        CHECK(heard.empty());
    });
    all.loop.run_posted();
    CHECK(heard == lines{"last"});
    CHECK(one.got().size() == static_cast<std::size_t>(entered));
    one.send(R"(42["last"])");
    CHECK(heard.size() == 2);
    CHECK_FALSE(one.closed());
}

TEST_CASE("joins that wait keep their order, with those that come before their turn as well") {
    world all;
    lines entered;
    for (const char* const name : {"/a", "/b"})
        all.of(name).on_connection([&, name](const socket&) { entered.emplace_back(name); });
    auto crowd = all.open();
    auto one = all.open();
    all.loop.turn([&] {
        for (int i = 0; i < 2000; ++i) crowd.transport().receive("40");
        one.transport().receive("40/a,");
    });
    one.send("40/b,");
    CHECK(entered.empty());
    all.loop.run_posted();
    CHECK(entered == lines{"/a", "/b"});
    CHECK(one.got().size() == 2);
}

TEST_CASE("a name above 255 bytes is refused before anybody looks at it, however it comes") {
    world all;
    lines asked;
    all.above->add_parent([&](const std::string& name, const value& auth, const verdict& answer) {
        asked.push_back(std::to_string(name.size()) + " " + std::to_string(auth["token"].as_string().size()));
        answer(true);
    });
    const auto longest = "/" + std::string(254, 'x');
    auto one = all.open();
    one.send("40" + longest + "x,");
    CHECK(one.got() == lines{"44" + longest + "x,{\"message\":\"Invalid namespace\"}"});
    CHECK(asked.empty());
    one.send("40" + longest + ",");
    CHECK(asked == lines{"255 0"});
    CHECK_FALSE(one.closed());

    auto old = all.open(engine::revision::v3);
    old.ignore();
    old.send("40" + longest + "x?token=y,");
    CHECK(old.got() == lines{"44" + longest + "x,{\"message\":\"Invalid namespace\"}"});
    old.send("40/adm?token=" + std::string(1000, 'y') + ",");
    CHECK(asked == lines{"255 0", "4 1000"});
    CHECK(old.got() == lines{"40/adm,"});
}

TEST_CASE("a middleware's refusal is told with its data, and the client may try again") {
    world all;
    int tries = 0;
    all.of().use([&](const socket&, const next& go_on) {
        if (++tries == 1) return go_on(connect_error("not authorized"));
        if (tries == 2) return go_on(connect_error("not yet", value::object({{"code", 401}})));
        go_on();
    });
    auto one = all.open();
    one.send("40");
    CHECK(one.got() == lines{R"(44{"message":"not authorized"})"});
    one.send("40");
    CHECK(one.got() == lines{R"(44{"message":"not yet","data":{"code":401}})"});
    one.send("40");
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAC"})"});
}

TEST_CASE(
    "middlewares run in order; what they emit goes out before the CONNECT, connection handlers run after "
    "it") {
    world all;
    lines order;
    all.of().use([&](const socket& one, const next& go_on) {
        order.emplace_back("first");
        one.emit("pre", 1);
        go_on();
    });
    all.of().use([&](const socket& one, const next& go_on) {
        order.push_back(one.connected() ? "connected" : "second");
        go_on();
    });
    all.of().on_connection([&](const socket& one) {
        order.push_back(one.connected() ? "connection" : "?");
        one.emit("post");
    });
    auto one = all.open();
    one.send("40");
    CHECK(order == lines{"first", "second", "connection"});
    CHECK(one.got() == lines{R"(42["pre",1])", R"(40{"sid":"AAAAAAAAAAAAAAAAAAAA"})", R"(42["post"])"});
}

TEST_CASE("a middleware may answer later, once; a client that has gone meanwhile is nobody") {
    world all;
    std::vector<next> waiting;
    int entered = 0;
    all.of().use([&](const socket&, const next& go_on) { waiting.push_back(go_on); });
    all.of().on_connection([&](const socket&) { ++entered; });
    auto one = all.open();
    auto two = all.open();
    one.send("40");
    two.send("40");
    CHECK(one.got().empty());
    two.vanish();
    waiting[1]();
    CHECK(entered == 0);
    waiting[0]();
    waiting[0](connect_error("too late"));
    CHECK(entered == 1);
    CHECK(one.got().size() == 1);
}

TEST_CASE("a middleware that throws refuses, and harms nobody else") {
    world all;
    all.of("/bad").use([](const socket&, const next&) { throw std::runtime_error("oops"); });
    std::string reported;
    all.of("/bad").on_error([&](const socket&, const socket_error& error) { reported = error.message; });
    auto one = all.open();
    one.send("40/bad,");
    CHECK(one.got() == lines{R"(44/bad,{"message":"internal server error"})"});
    CHECK(reported == "oops");
    one.send("40");
    CHECK(one.got().size() == 1);
}

TEST_CASE("a client that joins nothing is closed after connect_timeout; one join stops the clock for good") {
    world all;
    all.settings.ping_interval = 1h;
    auto idle = all.open();
    auto busy = all.join();
    busy.send("41");
    all.loop.advance(45'001ms);
    CHECK(idle.closed());
    CHECK_FALSE(busy.closed());
}

TEST_CASE("41 leaves; the namespace may be joined again over the same session") {
    world all;
    const auto noted = note_partings(all.of());
    auto one = all.join();
    one.send("41");
    CHECK(*noted ==
          lines{"disconnecting client namespace disconnect 1", "disconnect client namespace disconnect 0"});
    one.send("40");
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAB"})"});
}

TEST_CASE("reasons of the engine pass through") {
    world all;
    const auto noted = note_partings(all.of());
    auto one = all.join();
    one.vanish();
    CHECK(noted->back() == "disconnect transport close 0");
    auto two = all.join();
    two.send("nonsense");
    CHECK(noted->back() == "disconnect parse error 0");
    auto three = all.join();
    all.loop.turn([&] { three.session().close(); });
    CHECK(noted->back() == "disconnect forced close 0");
    auto four = all.join();
    all.loop.advance(46'000ms);
    CHECK(noted->back() == "disconnect ping timeout 0");
}

TEST_CASE("sockets leave in the order in which they entered, however long a middleware took") {
    world all;
    std::vector<next> waiting;
    lines left;
    for (const char* const name : {"/slow", "/quick"})
        all.of(name).on_connection([&, name](const socket& one) {
            one.on_disconnect([&, name](disconnect_reason) { left.emplace_back(name); });
        });
    all.of("/slow").use([&](const socket&, const next& go_on) { waiting.push_back(go_on); });
    auto one = all.open();
    one.send({"40/slow,", "40/quick,"});
    all.loop.turn([&] { waiting.at(0)(); });
    one.vanish();
    CHECK(left == lines{"/quick", "/slow"});
}

TEST_CASE("what is no packet raises an error on every socket and closes the session") {
    for (const std::string bad :
         {"4abc", "42[]", "42{\"a\":1}", "42[\"disconnect\"]", "43{}", "40[]", "451-[\"x\"]\x01"}) {
        CAPTURE(bad);
        world all;
        lines errors;
        const auto noted = note_partings(all.of());
        all.of().on_connection([&](const socket& one) {
            one.on_error([&](const socket_error& error) {
                CHECK(error.why == socket_error::cause::undecodable);
                errors.push_back(error.message);
            });
        });
        auto one = all.join();
        one.send(bad);
        CHECK(errors.size() == 1);
        CHECK(one.closed());
        CHECK(noted->back() == "disconnect forced close 0");
    }
}

TEST_CASE("on polling without a waiting poll the sockets hear of it when the session really closes") {
    world all;
    const auto noted = note_partings(all.of());
    auto one = all.open<fake_polling>();
    one.send("40");
    one.send("4abc");
    CHECK(noted->empty());
    all.loop.turn([&] { one.transport().poll(); });
    if (noted->empty()) all.loop.turn([&] { one.transport().poll(); });
    CHECK(noted->back() == "disconnect forced close 0");
}

TEST_CASE("a packet for a namespace that was not joined closes the session") {
    for (const std::string bad : {"42/adm,[\"x\"]", "41/adm,", "43/adm,1[]", "44{\"message\":\"x\"}"}) {
        CAPTURE(bad);
        world all;
        all.of("/adm");
        const auto noted = note_partings(all.of());
        auto one = all.join();
        one.send(bad);
        CHECK(one.closed());
        CHECK(noted->back() == "disconnect forced close 0");
    }
    world all;
    const auto noted = note_partings(all.of());
    auto one = all.open<fake_polling>();
    one.send("40");
    one.send("42/adm,[\"x\"]");
    CHECK(noted->back() == "disconnect forced server close 0");
}

TEST_CASE("packets behind an undecided CONNECT are held until it is decided") {
    world all;
    std::vector<next> waiting;
    lines heard;
    all.of().use([&](const socket&, const next& go_on) { waiting.push_back(go_on); });
    all.of().on_connection([&](const socket& one) {
        one.on("hi", [&](std::string text, ack answer) {
            heard.push_back(text);
            answer(heard.size());
        });
    });
    auto one = all.open();
    one.send({"40", R"(42["hi","a"])", R"(421["hi","b"])"});
    CHECK(heard.empty());
    all.loop.turn([&] { waiting[0](); });
    CHECK(heard == lines{"a", "b"});
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAA"})", "431[2]"});

    SUBCASE("they are dropped on refusal") {
        auto two = all.open();
        two.send({"40", R"(42["hi","c"])"});
        all.loop.turn([&] { waiting[1](connect_error("no")); });
        two.send(R"(42["hi","d"])");
        CHECK(two.got() == lines{R"(44{"message":"no"})"});
        CHECK_FALSE(two.closed());
        CHECK(heard.size() == 2);
    }
    SUBCASE("more than 64 are a violation") {
        auto two = all.open();
        two.send("40");
        for (int i = 0; i < 64; ++i) two.send(R"(42["hi","x"])");
        CHECK_FALSE(two.closed());
        two.send(R"(42["hi","x"])");
        CHECK(two.closed());
    }
    SUBCASE("more bytes than one message may have are a violation, all binaries of a packet counted") {
        auto two = all.open();
        two.send("40");
        const auto bytes = "b" + std::string(400'000, 'A');  // 300 000 bytes
        const auto send_two = [&] { two.send({R"(452-["hi"])", bytes, bytes}); };
        send_two();
        CHECK_FALSE(two.closed());
        send_two();
        CHECK(two.closed());
    }
    SUBCASE("values count more than their bytes") {
        auto two = all.open();
        const auto zeros = [](std::size_t count) {
            std::string packet = R"(42["hi",[0)";
            for (std::size_t i = 1; i < count; ++i) packet += ",0";
            return packet + "]]";
        };
        two.send({"40", zeros(40'000)});
        CHECK_FALSE(two.closed());
        two.send(zeros(40'000));
        CHECK(two.closed());
    }
    SUBCASE("a 41 cancels the join") {
        auto two = all.open();
        two.send({"40", "41"});
        all.loop.turn([&] { waiting[1](); });
        CHECK(two.got().empty());
        two.send("40");
        all.loop.turn([&] { waiting[2](); });
        CHECK(two.got().size() == 1);
    }
    SUBCASE("a second CONNECT supersedes the first") {
        auto two = all.open();
        two.send({R"(40{"n":1})", R"(42["hi","lost"])", R"(40{"n":2})"});
        all.loop.turn([&] { waiting[1](); });
        CHECK(two.got().empty());
        all.loop.turn([&] { waiting[2](); });
        CHECK(two.got().size() == 1);
        CHECK(heard.size() == 2);
    }
}

TEST_CASE("a CONNECT for a joined namespace means leave, then join") {
    world all;
    const auto noted = note_partings(all.of());
    auto one = all.join();
    one.send("40");
    CHECK(*noted ==
          lines{"disconnecting client namespace disconnect 1", "disconnect client namespace disconnect 0"});
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAB"})"});
}

TEST_CASE("packets that cross the server's own disconnect are forgiven, for the last 16 namespaces") {
    world all;
    std::vector<socket> sockets;
    for (int i = 0; i < 18; ++i)
        all.of("/n" + std::to_string(i)).on_connection([&](const socket& one) { sockets.push_back(one); });
    auto one = all.open();
    for (int i = 0; i < 18; ++i) one.send("40/n" + std::to_string(i) + ",");
    one.ignore();
    all.loop.turn([&] { sockets[0].disconnect(); });
    CHECK(one.got() == lines{"41/n0,"});
    one.send({"42/n0,[\"late\"]", "41/n0,", "43/n0,1[]"});
    CHECK_FALSE(one.closed());
    all.loop.turn([&] {
        for (const auto& each : sockets) each.disconnect();
    });
    one.send("42/n2,[\"late\"]");
    CHECK_FALSE(one.closed());
    one.send("42/n0,[\"forgotten\"]");
    CHECK(one.closed());
}

TEST_CASE("disconnect(true) dismisses every socket of the client, then closes the session") {
    world all;
    const auto root = note_partings(all.of());
    const auto other = note_partings(all.of("/adm"));
    socket mine;
    all.of().on_connection([&](const socket& one) { mine = one; });
    auto one = all.join();
    one.send("40/adm,");
    one.ignore();
    all.loop.turn([&] { mine.disconnect(true); });
    CHECK(one.got() == lines{"41", "41/adm,"});
    CHECK(root->back() == "disconnect server namespace disconnect 0");
    CHECK(other->back() == "disconnect server namespace disconnect 0");
    CHECK(one.closed());
}

TEST_CASE("at most so many namespaces per client") {
    world all([](hub_settings& settings) { settings.max_namespaces_per_client = 2; });
    all.of("/a");
    all.of("/b");
    auto one = all.join();
    one.send("40/a,");
    one.ignore();
    one.send("40/b,");
    CHECK(one.got() == lines{R"(44/b,{"message":"too many namespaces"})"});
    one.send("41/a,");
    one.send("40/b,");
    CHECK(one.got().front().starts_with("40/b,{\"sid\""));
}

TEST_CASE("what is kept of a client is bounded over all its namespaces") {
    world all([](hub_settings& settings) { settings.max_kept_bytes_per_client = 64 * 1024; });
    for (int i = 0; i < 100; ++i) all.of("/" + std::to_string(i));
    all.of("/undecided").use([](const socket&, const next&) {});
    auto one = all.join();
    const auto enter = [&](int nsp, std::size_t bytes) {
        one.send("40/" + std::to_string(nsp) + R"(,{"a":")" + std::string(bytes, 'x') + "\"}");
    };
    SUBCASE("auth of its sockets, while they are there") {
        for (int i = 0; i < 10; ++i) {
            enter(i, 30'000);
            one.send("41/" + std::to_string(i) + ",");
        }
        for (int i = 0; i < 3; ++i) enter(i, 30'000);
        CHECK_FALSE(one.closed());
        enter(3, 30'000);
        CHECK(one.closed());
    }
    SUBCASE("that of one who enters again and again") {
        for (int i = 0; i < 100; ++i) enter(1, 30'000);
        CHECK_FALSE(one.closed());
    }
    SUBCASE("packets while joins are being decided") {
        enter(0, 30'000);
        one.send("40/undecided,");
        const auto packet = R"(42/undecided,[")" + std::string(20'000, 'x') + "\"]";
        one.send({packet, packet});
        CHECK_FALSE(one.closed());
        one.send(packet);
        CHECK(one.closed());
    }
}

TEST_CASE("what alone would be too much to keep is not made into values") {
    world all([](hub_settings& settings) { settings.max_kept_bytes_per_client = 64 * 1024; });
    int entered = 0;
    all.of().on_connection([&](const socket&) { ++entered; });
    all.of("/adm").on_connection([&](const socket&) { ++entered; });
    const auto repeated = [](std::string_view what, int times) {
        std::string made;
        for (int i = 0; i < times; ++i) made += what;
        return made;
    };
    SUBCASE("auth of many small values") {
        auto one = all.open(engine::revision::v4);
        one.send(R"(40{"a":[)" + repeated("[0],", 1000) + "0]}");
        CHECK(one.closed());
        CHECK(entered == 0);
    }
    SUBCASE("a query of many small parameters") {
        auto one = all.open(engine::revision::v3);
        one.send("40/adm?" + repeated("a&", 1000));
        CHECK(one.closed());
        CHECK(entered == 1);
    }
    SUBCASE("what is large and yet not too much") {
        auto one = all.open(engine::revision::v4);
        one.send(R"(40{"a":[)" + repeated("[0],", 100) + "0]}");
        CHECK_FALSE(one.closed());
        CHECK(entered == 1);
    }
}

TEST_CASE("a client of 1.x or 2.x is in / without asking, under the session's id") {
    world all;
    lines ids;
    all.of().on_connection([&](const socket& one) { ids.push_back(one.id()); });
    all.of("/adm").on_connection([&](const socket& one) {
        ids.push_back(one.id());
        ids.push_back(one.handshake().auth.to_json());
    });
    auto one = all.open(engine::revision::v3);
    CHECK(one.got() == lines{"40"});
    one.send("40");
    CHECK(one.got().empty());
    CHECK_FALSE(one.closed());
    one.send("40/adm?token=a%20b&x=");
    CHECK(one.got() == lines{"40/adm,"});
    CHECK(ids == lines{"session1", "/adm#session1", R"({"token":"a b","x":""})"});
    one.send("40/nope,");
    CHECK(one.got() == lines{R"(44/nope,{"message":"Invalid namespace"})"});
}

TEST_CASE("a client of 1.x or 2.x is refused with the data, or the message as a string") {
    world all;
    value more;
    all.of().use([&](const socket&, const next& go_on) { go_on(connect_error("nope", more)); });
    CHECK(all.open(engine::revision::v3).got() == lines{R"(44"nope")"});
    more = value::object({{"why", 1}});
    CHECK(all.open(engine::revision::v3).got() == lines{R"(44{"why":1})"});
    more = 0;
    CHECK(all.open(engine::revision::v3).got() == lines{R"(44"nope")"});
}

TEST_CASE("what a client makes the server keep is counted with all that waits, and can be shed") {
    world all;
    const std::size_t before = engine::buffered_bytes::total();
    auto one = all.open();
    one.send(R"(40{"token":")" + std::string(20'000, 'x') + R"("})");
    CHECK(engine::buffered_bytes::total() >= before + 20'000);
    const std::size_t entered = engine::buffered_bytes::total();
    one.send("451-[\"take\",\"" + std::string(50'000, 'y') + "\",{\"_placeholder\":true,\"num\":0}]");
    CHECK(engine::buffered_bytes::total() >= entered + 50'000);
    CHECK(one.session().held() >= 70'000);
    CHECK(one.session().unsent() < 10'000);
    one.send("bAAAA");
    CHECK(engine::buffered_bytes::total() == entered);
    all.loop.turn([&] { one.session().shed(); });
    CHECK(one.closed());
    CHECK(engine::buffered_bytes::total() == before);
}

}  // namespace client_test
