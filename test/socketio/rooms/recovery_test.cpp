#include <kedge/socketio/rooms/recovery.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include <test/socketio/world.hpp>

namespace recovery_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

struct recovering_world : world {
    explicit recovering_world(const recovery_options& with = {})
        : world([&](hub_settings& made) { made.recovery = with; }) {}
};

/// What stands between the last two quotation marks.
std::string last_text(const std::string& line) {
    const auto end = line.rfind('"');
    const auto begin = line.rfind('"', end - 1) + 1;
    return line.substr(begin, end - begin);
}
/// An event without its offset: `42["a",1,"offset"]` becomes `42["a",1]`.
std::string bare(const std::string& line) {
    return line.substr(0, line.rfind(",\"")) + "]";
}
lines bare_all(const lines& all) {
    lines made;
    for (const auto& each : all) made.push_back(each.starts_with("42") ? bare(each) : each);
    return made;
}

/// A client that remembers what it must say to come back.
struct visitor {
    explicit visitor(world& in) : wire(std::make_shared<peer>(in.open())) {
        wire->send("40");
        greeting = read();
    }
    /// Comes back on another wire.
    visitor(world& in, const visitor& before, const std::string& more = "")
        : wire(std::make_shared<peer>(in.open())), pid(before.pid), offset(before.offset) {
        const std::string told = offset.empty() ? "" : R"(,"offset":")" + offset + '"';
        wire->send(R"(40{"pid":")" + pid + '"' + told + more + '}');
    }
    void connect(const std::string& reply) {
        sid = reply.substr(reply.find("sid\":\"") + 6, 20);
        pid = reply.substr(reply.find("pid\":\"") + 6, 20);
    }
    /// What came, offsets taken off; notes the last.
    lines read() {
        const auto all = wire->got();
        for (const auto& each : all) {
            if (each.starts_with("42") || each.starts_with("451-")) offset = last_text(each);
            if (each.starts_with("40{")) connect(each);
        }
        return bare_all(all);
    }
    /// Whether it got its old session back.
    bool returned(const std::string& before) {
        for (const auto& each : read())
            if (each.starts_with("40")) return pid == before;
        return false;
    }

    std::shared_ptr<peer> wire;
    lines greeting;
    std::string sid;
    std::string pid;
    std::string offset;
};

/// A client of polling: what its next poll brings.
std::string poll(world& in, polling_peer& wire) {
    in.loop.turn([&] { wire.transport().poll(); });
    return wire.got().back();
}

std::string connected(const visitor& who) {
    return R"(40{"sid":")" + who.sid + R"(","pid":")" + who.pid + R"("})";
}

}  // namespace

// --- what clients see

TEST_CASE("with recovery the CONNECT reply carries a pid, without it does not") {
    recovering_world all;
    auto one = all.open();
    one.send("40");
    CHECK(one.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAA","pid":"AAAAAAAAAAAAAAAAAAAB"})"});
    world plain;
    auto other = plain.open();
    other.send("40");
    CHECK(other.got() == lines{R"(40{"sid":"AAAAAAAAAAAAAAAAAAAA"})"});
}

TEST_CASE("events carry an offset, on every path; volatile ones, questions and answers do not") {
    recovering_world all;
    std::optional<socket> one;
    all.of().on_connection([&](const socket& entered) {
        one = entered;
        entered.on("add", [](int a, int b) { return a + b; });
    });
    visitor who(all);
    const auto got_by = [&](auto&& act) {
        all.loop.turn(act);
        const auto all_got = who.wire->got();
        REQUIRE_FALSE(all_got.empty());
        return all_got.front();
    };
    std::vector<std::string> offsets;
    const auto check_kept = [&](const std::string& got, const std::string& expected) {
        CHECK(bare(got) == expected);
        offsets.push_back(last_text(got));
        CHECK(offsets.back().size() >= 7);
    };
    check_kept(got_by([&] { one->emit("a", 1); }), R"(42["a",1])");
    check_kept(got_by([&] { all.of().emit("a"); }), R"(42["a"])");
    check_kept(got_by([&] { all.of().local().to(one->id()).emit("a"); }), R"(42["a"])");
    check_kept(got_by([&] { one->emit("b", binary("x", 1)); }), R"(451-["b",{"_placeholder":true,"num":0}])");
    std::sort(offsets.begin(), offsets.end());
    CHECK(std::unique(offsets.begin(), offsets.end()) == offsets.end());

    CHECK(got_by([&] { one->volatile_().emit("a", 1); }) == R"(42["a",1])");
    CHECK(got_by([&] { all.of().volatile_().emit("a"); }) == R"(42["a"])");
    CHECK(got_by([&] { one->emit("q", [](ack_error) {}); }).ends_with(R"(["q"])"));
    CHECK(got_by([&] {
              all.of().timeout(1s).emit("q", [](ack_error, std::vector<value>) {});
          }).ends_with(R"(["q"])"));
    who.wire->send(R"(421["add",2,3])");
    CHECK(who.wire->got() == lines{"431[5]"});
}

TEST_CASE("clients of the older protocol see the offset, and no pid") {
    recovering_world all;
    all.of().on_connection([](const socket& one) { one.emit("hello"); });
    auto old = all.open(engine::revision::v3);
    const auto got = old.got();
    REQUIRE(got.size() == 2);
    CHECK(got[0] == "40");
    CHECK(bare(got[1]) == R"(42["hello"])");
}

// --- the way back

TEST_CASE("what was missed comes before the CONNECT reply, in order; id, pid, rooms and data are the same") {
    recovering_world all;
    std::vector<bool> recovered;
    lines rooms;
    value kept;
    int middlewares = 0;
    all.of().use([&](const socket&, const next& go_on) {
        ++middlewares;
        go_on();
    });
    all.of().on_connection([&](const socket& one) {
        recovered.push_back(one.recovered());
        if (one.recovered()) {
            rooms = one.rooms();
            kept = one.data();
        } else {
            one.join({"red", "green"});
            one.data("name", "Ada");
        }
    });
    visitor who(all);
    const auto sid = who.sid;
    all.loop.turn([&] { all.of().emit("seen"); });
    CHECK(who.read() == lines{R"(42["seen"])"});
    who.wire->vanish();
    all.loop.turn([&] {
        all.of().emit("first", "é");
        all.of().to("red").emit("second", binary("xyz", 3));
        all.of().to("blue").emit("not for it");
        all.of().except("green").emit("not for it");
        all.of().volatile_().emit("not kept");
        all.of().local().to({"blue", "green"}).except("blue").emit("third");
        all.of().to(sid).emit("fourth");
    });
    visitor back(all, who);
    const auto got = back.read();
    REQUIRE(got.size() == 6);
    CHECK(got[0] == R"(42["first","é"])");
    CHECK(got[1].starts_with(R"(451-["second",{"_placeholder":true,"num":0},")"));
    CHECK(got[2] == "beHl6");
    CHECK(got[3] == R"(42["third"])");
    CHECK(got[4] == R"(42["fourth"])");
    CHECK(got[5] == R"(40{"sid":")" + sid + R"(","pid":")" + who.pid + R"("})");
    CHECK(recovered == std::vector<bool>{false, true});
    CHECK(middlewares == 1);
    std::sort(rooms.begin(), rooms.end());
    CHECK(rooms == lines{sid, "green", "red"});
    CHECK(kept["name"].as_string() == "Ada");
    all.loop.turn([&] { all.of().to("red").emit("live"); });
    CHECK(back.read() == lines{R"(42["live"])"});
}

TEST_CASE("the pid stays over any number of recoveries, each of which uses a stored session up") {
    recovering_world all;
    visitor who(all);
    all.loop.turn([&] { all.of().emit("n", 0); });
    who.read();
    for (int round = 1; round < 4; ++round) {
        who.wire->vanish();
        all.loop.turn([&] { all.of().emit("n", round); });
        visitor back(all, who);
        CHECK(back.read() == lines{"42[\"n\"," + std::to_string(round) + "]", connected(who)});
        who = back;
    }
    auto copy = who;
    who.wire->vanish();
    visitor first(all, copy);
    CHECK(first.read() == lines{connected(copy)});
    first.wire->send("41");
    visitor second(all, copy);
    CHECK_FALSE(second.returned(copy.pid));
}

TEST_CASE("who was sent nothing yet gets what came while it was away, and nothing from before it was there") {
    recovering_world all;
    all.loop.turn([&] { all.of().emit("before it came"); });
    visitor who(all);
    for (int round = 0; round < 3; ++round) {  // it has no offset as long as nothing comes
        who.wire->vanish();
        visitor back(all, who);
        CHECK(back.read() == lines{connected(who)});
        who = back;
    }
    who.wire->vanish();
    all.loop.turn([&] { all.of().emit("n", 1); });
    visitor back(all, who);
    CHECK(back.read() == lines{R"(42["n",1])", connected(who)});
    all.loop.turn([&] { all.of().emit("n", 2); });
    CHECK(back.read() == lines{R"(42["n",2])"});
}

TEST_CASE("what was written and reached nobody comes from the beginning when the client has no offset") {
    recovering_world all;
    all.of().use([](const socket& one, const next& go_on) {
        one.emit("hello");
        go_on();
    });
    all.loop.turn([&] { all.of().emit("before it came"); });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("n", 1); });
    SUBCASE("the connection is lost") {
        who.wire->vanish();
    }
    SUBCASE("the server believes it there") {}
    all.loop.turn([&] { all.of().emit("n", 2); });
    who.offset.clear();
    visitor back(all, who);
    CHECK(back.read() == lines{R"(42["hello"])", R"(42["n",1])", R"(42["n",2])", connected(who)});
}

TEST_CASE("an offset of an earlier socket of the client leads to nothing that came before the present one") {
    recovering_world all;
    visitor who(all);
    all.loop.turn([&] { all.of().emit("n", 1); });
    who.read();
    const auto earlier = who.offset;
    all.loop.turn([&] { all.of().emit("n", 2); });
    visitor anew(all);
    bool written = false;
    SUBCASE("it was sent nothing") {}
    SUBCASE("it was sent something that it has not got") {
        written = true;
        all.loop.turn([&] { all.of().emit("n", 3); });
    }
    anew.wire->vanish();
    all.loop.turn([&] { all.of().emit("n", 4); });
    anew.offset = earlier;
    visitor back(all, anew);
    lines expected{R"(42["n",4])", connected(anew)};
    if (written) expected.insert(expected.begin(), R"(42["n",3])");
    CHECK(back.read() == expected);
}

TEST_CASE("who was sent nothing comes anew when what it missed is no longer kept") {
    recovery_options small;
    small.max_stored_packets = 2;
    recovering_world all(small);
    visitor who(all);
    who.wire->vanish();
    for (int i = 0; i < 3; ++i) all.loop.turn([&] { all.of().emit("n", i); });
    visitor back(all, who);
    CHECK_FALSE(back.returned(who.pid));
}

TEST_CASE("who cannot be given back is served as anybody: a new id, a new pid, nothing that was missed") {
    recovery_options brief;
    brief.max_disconnection_duration = 1s;
    recovering_world all(brief);
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    who.wire->vanish();
    all.loop.turn([&] { all.of().emit("missed"); });
    std::string hello;
    SUBCASE("a pid that nobody has") {
        hello = R"({"pid":"x","offset":")" + who.offset + "\"}";
    }
    SUBCASE("an offset that nothing has") {
        hello = R"({"pid":")" + who.pid + R"(","offset":"x"})";
    }
    SUBCASE("an offset that is no text") {
        hello = R"({"pid":")" + who.pid + R"(","offset":1})";
    }
    SUBCASE("a pid that is no text") {
        hello = R"({"pid":null,"offset":")" + who.offset + "\"}";
    }
    SUBCASE("too late") {
        all.loop.advance(1001ms);
        hello = R"({"pid":")" + who.pid + R"(","offset":")" + who.offset + "\"}";
    }
    auto back = all.open();
    back.send("40" + hello);
    const auto got = back.got();
    REQUIRE(got.size() == 1);
    CHECK(got[0].starts_with(R"(40{"sid":"AAAAAAAAAAAAAAAAAA)"));
    CHECK(got[0].find(who.sid) == std::string::npos);
    CHECK(got[0].find(R"("pid":")") != std::string::npos);
    CHECK(got[0].find(who.pid) == std::string::npos);
}

TEST_CASE("a socket that is given back expires only when it is told so again") {
    recovering_world all;
    all.settings.ping_interval = 1h;
    std::optional<kedge::socket> here;
    bool again = false;
    all.of().on_connection([&](const kedge::socket& one) {
        here = one;
        if (again) one.expires_at(std::chrono::system_clock::now() + 10min);
    });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    here->expires_at(std::chrono::system_clock::now() + 1min);
    who.wire->vanish();
    visitor back(all, who);
    CHECK(back.read() == lines{connected(who)});
    all.loop.advance(5min);
    CHECK(here->connected());
    back.wire->vanish();
    again = true;
    visitor third(all, back);
    CHECK(third.read() == lines{connected(back)});
    all.loop.advance(10min + 1s);
    CHECK_FALSE(here->connected());
    CHECK(third.wire->got().back() == "41");
}

TEST_CASE("a client of the older protocol cannot come back with somebody's pid") {
    recovering_world all;
    all.of("/x");
    auto who = all.open();
    who.send("40/x,");
    const auto pid = last_text(who.got().front());
    all.loop.turn([&] { all.of("/x").emit("e"); });
    const auto offset = last_text(who.got().front());
    who.vanish();
    auto old = all.open(engine::revision::v3);
    old.send("40/x?pid=" + pid + "&offset=" + offset);
    CHECK(old.got() == lines{"40", "40/x,"});
}

TEST_CASE("pid and offset stay visible in the handshake's auth, beside the rest") {
    recovering_world all;
    std::string auth;
    all.of().on_connection([&](const socket& one) { auth = one.handshake().auth.to_json(); });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    who.wire->vanish();
    visitor back(all, who, R"(,"token":"x")");
    CHECK(auth == R"({"pid":")" + who.pid + R"(","offset":")" + who.offset + R"(","token":"x"})");
}

TEST_CASE("whoever claims nothing, or half of it, finds in the auth what was sent and no more") {
    recovering_world all;
    std::string auth;
    all.of().on_connection([&](const socket& one) { auth = one.handshake().auth.to_json(); });
    for (const std::string sent : {"{}", R"({"token":"x"})", R"({"pid":"p"})", R"({"pid":1,"offset":2})"}) {
        auto there = all.open();
        there.send("40" + sent);
        CHECK(auth == sent);
    }
}

TEST_CASE("a session is kept for some reasons of leaving and not for others") {
    recovering_world all;
    std::optional<socket> one;
    all.of().on_connection([&](const socket& entered) { one = entered; });
    visitor who(all);
    all.loop.turn([&] { one->emit("seen"); });
    who.read();
    std::string reason;
    one->on_disconnect([&](disconnect_reason why) { reason = to_string(why); });
    bool kept = true;
    std::string expected;
    SUBCASE("") {
        expected = "transport close";
        who.wire->vanish();
    }
    SUBCASE("") {
        expected = "transport error";
        all.loop.turn([&] { who.wire->transport().owner()->on_error(who.wire->transport(), "broken"); });
    }
    SUBCASE("") {
        expected = "ping timeout";
        all.loop.advance(60s);
    }
    SUBCASE("") {
        expected = "forced close";
        all.loop.turn([&] { one->conn().close(); });
    }
    SUBCASE("") {
        expected = "server shutting down";
        all.loop.turn([&] { all.above->close([] {}); });
    }
    SUBCASE("") {
        expected = "parse error";
        who.wire->send("x");
        kept = false;
    }
    SUBCASE("") {
        expected = "client namespace disconnect";
        who.wire->send("41");
        kept = false;
    }
    SUBCASE("") {
        expected = "server namespace disconnect";
        all.loop.turn([&] { one->disconnect(); });
        kept = false;
    }
    CHECK(reason == expected);
    std::optional<stored_session> found;
    all.of().adapter().restore_session(who.pid, who.offset,
                                       [&](auto session) { found = std::move(session); });
    CHECK(found.has_value() == kept);
    if (found) CHECK(found->sid == who.sid);
}

TEST_CASE("a session that the server had to end while a poll was not there is kept") {
    recovering_world all;
    auto wire = all.open<fake_polling>();
    wire.send("40");
    const auto pid = last_text(poll(all, wire));
    std::string reason;
    all.of().sockets().front().on_disconnect([&](disconnect_reason why) { reason = to_string(why); });
    all.loop.turn([&] { all.of().emit("seen"); });
    const auto offset = last_text(poll(all, wire));
    all.loop.turn([&] { all.of().emit("waits for a poll"); });
    wire.send("44");
    CHECK(reason == "forced server close");
    std::optional<stored_session> found;
    all.of().adapter().restore_session(pid, offset, [&](auto session) { found = std::move(session); });
    CHECK(found.has_value());
}

TEST_CASE("what a client of polling has not fetched is not lost with its session") {
    recovering_world all;
    auto wire = all.open<fake_polling>();
    wire.send("40");
    const auto pid = last_text(poll(all, wire));
    all.loop.turn([&] { all.of().emit("seen"); });
    const auto offset = last_text(poll(all, wire));
    all.loop.turn([&] { all.of().emit("waits for a poll"); });
    wire.vanish();
    auto back = all.open();
    back.send(R"(40{"pid":")" + pid + R"(","offset":")" + offset + "\"}");
    const auto got = back.got();
    REQUIRE(got.size() == 2);
    CHECK(bare(got[0]) == R"(42["waits for a poll"])");
}

TEST_CASE("namespaces are recovered one by one") {
    recovering_world all;
    all.of("/x");
    visitor who(all);
    who.wire->send("40/x,");
    const auto other = last_text(who.wire->got().front());
    all.loop.turn([&] {
        all.of().emit("main");
        all.of("/x").emit("x");
    });
    const auto got = who.wire->got();
    REQUIRE(got.size() == 2);
    who.wire->vanish();
    all.loop.turn([&] { all.of("/x").emit("missed"); });
    auto back = all.open();
    back.send(R"(40/x,{"pid":")" + who.pid + R"(","offset":")" + last_text(got[0]) + "\"}");
    CHECK(last_text(back.got().at(0)) != other);
    auto again = all.open();
    again.send(R"(40/x,{"pid":")" + other + R"(","offset":")" + last_text(got[1]) + "\"}");
    const auto missed = again.got();
    REQUIRE(missed.size() == 2);
    CHECK(missed[0].starts_with(R"(42/x,["missed",)"));
    CHECK(last_text(missed[1]) == other);
}

// --- taking over

TEST_CASE("a client whose old connection the server still believes in takes its socket over") {
    recovering_world all;
    lines story;
    all.of().on_connection([&](const socket& one) {
        story.push_back(one.recovered() ? "back" : "came");
        one.data("visits", one.data("visits").as_integer() + 1);
        one.on_disconnect([&](disconnect_reason why) { story.emplace_back(to_string(why)); });
    });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    all.loop.turn([&] { all.of().emit("into the tunnel"); });
    visitor back(all, who);
    CHECK(who.wire->closed());
    CHECK(back.read() == lines{R"(42["into the tunnel"])", connected(who)});
    CHECK(story == lines{"came", "forced close", "back"});
    who.wire->ignore();
    all.loop.turn([&] { all.of().emit("live"); });
    CHECK(back.read() == lines{R"(42["live"])"});
    CHECK(who.wire->got().empty());
    CHECK(all.of().sockets().size() == 1);
    CHECK(all.of().sockets().front().data("visits").as_integer() == 2);
}

// --- middlewares

TEST_CASE("middlewares that are not skipped decide before anything is sent") {
    recovery_options strict;
    strict.skip_middlewares = false;
    recovering_world all(strict);
    bool allowed = true;
    std::optional<next> waiting;
    bool ask_later = false;
    std::vector<bool> recovered;
    all.of().use([&](const socket& one, next go_on) {
        recovered.push_back(one.recovered());
        if (ask_later) {
            one.emit("from the middleware");
            waiting = std::move(go_on);
        } else if (allowed) {
            go_on();
        } else {
            go_on(connect_error("no more"));
        }
    });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    who.wire->vanish();
    all.loop.turn([&] { all.of().emit("missed"); });

    SUBCASE("refused, then let in") {
        allowed = false;
        visitor refused(all, who);
        CHECK(refused.wire->got() == lines{R"(44{"message":"no more"})"});
        allowed = true;
        visitor back(all, who);
        CHECK(back.read() == lines{R"(42["missed"])", connected(who)});
        CHECK(recovered == std::vector<bool>{false, true, true});
    }
    SUBCASE("what is sent meanwhile comes once, and in order") {
        ask_later = true;
        visitor back(all, who);
        all.loop.turn([&] { all.of().emit("meanwhile"); });
        CHECK(back.read().empty());
        all.loop.turn([&] { (*waiting)(); });
        CHECK(back.read() ==
              lines{R"(42["missed"])", R"(42["from the middleware"])", R"(42["meanwhile"])", connected(who)});
    }
    SUBCASE("the client goes and comes again while they are asked") {
        ask_later = true;
        visitor gone(all, who);
        gone.wire->vanish();
        ask_later = false;
        visitor back(all, who);
        const auto got = back.read();
        REQUIRE(got.size() == 3);
        CHECK(got[0] == R"(42["missed"])");
        CHECK(got[2] == connected(who));
    }
    SUBCASE("the client comes again on another wire while they are asked") {
        ask_later = true;
        visitor slow(all, who);
        ask_later = false;
        visitor back(all, who);
        CHECK(slow.wire->closed());
        CHECK(back.read().back() == connected(who));
    }
}

TEST_CASE("so much is sent while a middleware takes its time that the client must come back anew") {
    recovery_options strict;
    strict.skip_middlewares = false;
    strict.max_stored_packets = 3;
    recovering_world all(strict);
    std::optional<next> waiting;
    all.of().use([&](const socket& one, next go_on) {
        if (!one.recovered()) return go_on();
        waiting = std::move(go_on);
    });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    who.wire->vanish();
    visitor back(all, who);
    all.loop.turn([&] {
        for (int i = 0; i < 4; ++i) all.of().emit("n", i);
    });
    all.loop.turn([&] { (*waiting)(); });
    CHECK(back.read().empty());
    CHECK(back.wire->closed());
    visitor again(all, who);
    CHECK_FALSE(again.returned(who.pid));
}

// --- better delivered than lost

TEST_CASE("what a socket is sent in a middleware arrives, and is not repeated") {
    recovering_world all;
    all.of().use([](const socket& one, const next& go_on) {
        one.emit("welcome");
        go_on();
    });
    visitor who(all);
    CHECK(who.greeting == lines{R"(42["welcome"])", connected(who)});
    who.wire->vanish();
    visitor back(all, who);
    CHECK(back.read() == lines{connected(who)});
}

TEST_CASE("what a socket is sent after it has gone waits for it") {
    recovering_world all;
    std::optional<socket> one;
    all.of().on_connection([&](const socket& entered) {
        if (!one) one = entered;
    });
    visitor who(all);
    all.loop.turn([&] { one->emit("seen"); });
    who.read();
    one->on_disconnecting([&](disconnect_reason) { one->emit("last words"); });
    who.wire->vanish();
    all.loop.turn([&] { one->emit("result", 42); });
    visitor back(all, who);
    CHECK(back.read() == lines{R"(42["last words"])", R"(42["result",42])", connected(who)});
    all.loop.turn([&] { one->emit("by the old handle"); });
    CHECK(back.read() == lines{R"(42["by the old handle"])"});
    back.wire->send("41");
    visitor fresh(all);
    fresh.wire->send("41");
    CHECK(fresh.wire->got().empty());
}

TEST_CASE("nothing waits for a socket that left for good") {
    recovering_world all;
    std::vector<socket> sockets;
    all.of().on_connection([&](const socket& entered) { sockets.push_back(entered); });
    visitor who(all);
    visitor other(all);
    sockets[1].join(who.sid);
    all.loop.turn([&] { sockets[0].emit("seen"); });
    who.read();
    CHECK(other.read() == lines{});
    who.wire->send("41");
    all.loop.turn([&] { sockets[0].emit("too late"); });
    CHECK(other.read() == lines{});
    all.loop.turn([&] { all.of().to(who.sid).emit("to the room"); });
    CHECK(other.read() == lines{R"(42["to the room"])"});
}

TEST_CASE("a client that was idle for long comes back although nothing that it knows is kept any more") {
    recovery_options brief;
    brief.max_disconnection_duration = 1s;
    recovering_world all(brief);
    all.of().on_connection([&](const socket& one) {
        one.on_disconnecting([&](disconnect_reason) { all.of().emit("somebody leaves"); });
    });
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    all.loop.advance(10s);
    SUBCASE("and has missed what came since") {
        who.wire->vanish();
        all.loop.turn([&] { all.of().emit("missed"); });
        visitor back(all, who);
        CHECK(back.read() == lines{R"(42["somebody leaves"])", R"(42["missed"])", connected(who)});
    }
    SUBCASE("but not with an event unread") {
        all.loop.turn([&] { all.of().emit("lost in the tunnel"); });
        all.loop.advance(10s);
        who.wire->vanish();
        visitor back(all, who);
        CHECK_FALSE(back.returned(who.pid));
    }
    SUBCASE("and has missed what could not be written any more") {
        who.wire->send("41");
        auto poller = all.open<fake_polling>();
        poller.send("40");
        const auto pid = last_text(poll(all, poller));
        const auto entered = all.of().sockets().front();
        all.loop.turn([&] { entered.emit("in time"); });
        const auto offset = last_text(poll(all, poller));
        all.loop.advance(1500ms);
        all.loop.turn([&] {
            entered.conn().close();
            all.of().emit("after the end");
        });
        all.loop.advance(500ms);
        poller.vanish();
        auto back = all.open();
        back.send(R"(40{"pid":")" + pid + R"(","offset":")" + offset + "\"}");
        const auto got = back.got();
        REQUIRE(got.size() == 3);
        CHECK(bare(got[0]) == R"(42["after the end"])");
        CHECK(bare(got[1]) == R"(42["somebody leaves"])");
        CHECK(last_text(got[2]) == pid);
    }
}

// --- order

TEST_CASE("what is emitted by who looks at an event comes after it, for all") {
    recovering_world all;
    bool answered = false;
    all.of().on_connection([&](const socket& one) {
        one.on_any_outgoing([&, one](std::string_view event, const arguments&) {
            if (event != "question" || std::exchange(answered, true)) return;
            all.of().emit("answer");
            one.emit("to one");
        });
    });
    visitor first(all);
    visitor second(all);
    all.loop.turn([&] { all.of().emit("question"); });
    CHECK(first.read() == lines{R"(42["question"])", R"(42["answer"])", R"(42["to one"])"});
    CHECK(second.read() == lines{R"(42["question"])", R"(42["answer"])"});
}

// --- bounds

TEST_CASE("who has missed more than is kept comes anew") {
    recovery_options few;
    few.max_stored_packets = 3;
    recovering_world all(few);
    visitor who(all);
    all.loop.turn([&] { all.of().emit("seen"); });
    who.read();
    who.wire->vanish();
    all.loop.turn([&] {
        all.of().emit("a");
        all.of().emit("b");
    });
    visitor back(all, who);
    CHECK(back.returned(who.pid));
    who = back;
    who.wire->vanish();
    all.loop.turn([&] {
        for (int i = 0; i < 4; ++i) all.of().emit("n", i);
    });
    visitor late(all, who);
    CHECK_FALSE(late.returned(who.pid));
}

TEST_CASE("what is too old is let go by a timer, which then rests") {
    recovering_world all;
    visitor who(all);
    who.wire->vanish();
    all.loop.turn([&] { all.of().emit("e", std::string(100, 'x')); });
    CHECK(all.loop.timers().next().has_value());
    all.loop.advance(10min);
    CHECK_FALSE(all.loop.timers().next().has_value());
}

TEST_CASE("offsets are unlike each other and look like times in base 64") {
    recovery kept({}, 1, 1'795'228'035'810);
    CHECK(kept.make_offset() == "Q7xxUhY");
    CHECK(kept.make_offset() == "Q7xxUhZ");
}

}  // namespace recovery_test
