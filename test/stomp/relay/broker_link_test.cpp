#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <test/stomp/relay/scripted_broker.hpp>

namespace broker_link_test {

using namespace kedge::stomp;
using namespace kedge::stomp::testing;
using namespace std::chrono_literals;

namespace {

using notes = std::vector<std::string>;

/// A link, on a clock and a network that the test holds in its hands.
struct link_bench : broker_link_user {
    explicit link_bench(link_terms terms = {.virtual_host = "/", .login = "ada", .passcode = "x"})
        : link(loop, net, std::move(terms), *this) {}

    void on_ready() override { told.emplace_back("ready"); }
    void on_frame(frame& got) override {
        told.push_back(got.command + ' ' + std::string(got.value("k")) + ' ' + got.body);
        if (got.body == "enough") link.stop();
    }
    void on_lost(const frame& why) override {
        told.push_back("lost " + std::string(why.value("message")) + ' ' + why.body);
    }
    void on_room() override { told.emplace_back("room"); }

    void hear(std::string note) {
        loop.turn([&] { link.on_bytes(bytes_of(std::move(note))); });
    }
    void greet(const std::string& more = "heart-beat:10000,10000|") {
        link.start();
        link.on_connected();
        hear("CONNECTED|version:1.2|" + more + "|^");
        REQUIRE(told == notes{"ready"});
        told.clear();
        net.take();
    }

    kedge::testing::fake_loop loop;
    scripted_broker net;
    notes told;
    broker_link link;
};

}  // namespace

TEST_CASE("a link introduces itself, and is ready when the broker greets") {
    link_bench one;
    one.link.start();
    one.link.on_connected();
    CHECK(one.net.take() == notes{"connect",
                                  "CONNECT|accept-version:1.2|host:/|heart-beat:10000,10000|login:"
                                  "ada|passcode:x||^"});
    CHECK_FALSE(one.link.ready());
    one.hear("CONNEC");
    one.hear("TED|version:1.2|server:x||^");
    CHECK(one.told == notes{"ready"});
    CHECK(one.link.ready());
}

TEST_CASE("what a login cannot forge is a header") {
    link_bench one({.virtual_host = "/", .login = "a\nhost:b", .passcode = "x\ny:z"});
    one.link.start();
    one.link.on_connected();
    CHECK(one.net.take().back() ==
          "CONNECT|accept-version:1.2|host:/|heart-beat:10000,10000|login:a host:b|passcode:x y:z||^");
}

TEST_CASE("who is not let in is told why, in the broker's words") {
    struct row {
        std::string said;
        std::string lost;
    };
    const std::vector<row> rows{
        {"ERROR|message:Bad CONNECT|content-length:2||no^", "lost Bad CONNECT no"},
        {"CONNECTED|version:1.1||^", "lost the broker speaks version 1.1 only "},
        {"CONNECTED||^", "lost the broker speaks version 1.0 only "},
        {"MESSAGE|subscription:1||x^", "lost the broker does not greet "},
        {"HTTP/1.1 400 Bad Request|no colon|",
         "lost the broker sent what is no STOMP: a header without a colon "},
    };
    for (const row& each : rows) {
        CAPTURE(each.said);
        link_bench one;
        one.link.start();
        one.link.on_connected();
        one.net.take();
        one.hear(each.said);
        CHECK(one.told == notes{each.lost});
        CHECK(one.net.take() == notes{"hang up"});
        CHECK(one.link.off());
    }
}

TEST_CASE("a broker that takes its time is given up") {
    link_bench one;
    one.link.start();
    one.loop.advance(9'999ms);
    CHECK(one.told.empty());
    one.loop.advance(1ms);
    CHECK(one.told == notes{"lost the broker did not answer in time "});
    CHECK(one.net.take() == notes{"connect", "hang up"});
}

TEST_CASE("1.0 knows no heart-beats") {
    link_bench one;
    one.link.introduce({}, {}, version::v1_0);
    one.link.start();
    one.link.on_connected();
    CHECK(one.net.take().back() == "CONNECT|accept-version:1.0|host:/||^");
    one.hear("CONNECTED|heart-beat:1000,1000||^");
    CHECK(one.told == notes{"ready"});
    one.loop.advance(100s);
    CHECK(one.net.take().empty());
    CHECK(one.link.ready());
}

TEST_CASE("frames of the broker are heard, however they are cut; heart-beats are not") {
    link_bench one;
    one.greet();
    const std::string said = "|MESSAGE|k:a\\cb|content-length:3||x^y^||RECEIPT|k:7||^|PING|k:no||^";
    for (const char each : said) one.hear(std::string(1, each));
    CHECK(one.told == notes{"MESSAGE a:b x" + std::string(1, '\0') + "y", "RECEIPT 7 "});
}

TEST_CASE("who ends a link within a frame hears nothing behind it") {
    link_bench one;
    one.greet();
    one.hear("MESSAGE|k:1||enough^MESSAGE|k:2||x^ERROR|message:m||^");
    CHECK(one.told == notes{"MESSAGE 1 enough"});
    CHECK(one.net.take() == notes{"DISCONNECT||^", "finish"});
}

TEST_CASE("heart-beats go out when nothing else does") {
    link_bench one;
    one.greet("heart-beat:0,4000|");  // ours is the slower
    one.loop.advance(5s);
    CHECK(one.net.take() == notes{"|"});
    one.loop.advance(4'900ms);
    const std::vector<header_view> headers{{"destination", "/queue/a"}};
    one.link.send("SEND", headers, "x");
    CHECK(one.net.take() == notes{"SEND|destination:/queue/a|content-length:1||x^"});
    one.loop.advance(4s);
    CHECK(one.net.take().empty());
    one.loop.advance(100s);
    CHECK(one.link.ready());  // it offers none: its silence says nothing
}

TEST_CASE("a broker that falls silent is given up; who does not read waits") {
    link_bench one;
    one.greet();
    one.loop.advance(29s);
    one.hear("|");
    one.link.hold(true);
    one.loop.advance(100s);
    CHECK(one.told.empty());
    one.link.hold(false);
    one.loop.advance(29s);
    CHECK(one.told.empty());
    one.loop.advance(3s);
    CHECK(one.told == notes{"lost no heart-beat of the broker came in time "});
    CHECK(one.net.take().back() == "hang up");
}

TEST_CASE("a broker that takes nothing makes a link congested, once, until there is room") {
    link_bench one({.max_unsent = 100});
    one.greet();
    one.net.stuck = 101;
    const std::vector<header_view> headers{{"destination", "/queue/a"}};
    one.link.send("SEND", headers);
    CHECK(one.link.congested());
    one.link.send("SEND", headers);
    CHECK(one.net.take() ==
          notes{"SEND|destination:/queue/a||^", "want drain", "SEND|destination:/queue/a||^"});
    one.net.stuck = 0;
    one.link.on_drained();
    one.link.on_drained();
    CHECK(one.told == notes{"room"});
    CHECK_FALSE(one.link.congested());
}

TEST_CASE("reading is held, and taken up, once") {
    link_bench one;
    one.greet();
    one.link.hold(true);
    one.link.hold(true);
    one.link.hold(false);
    one.link.hold(false);
    CHECK(one.net.take() == notes{"pause", "resume"});
}

TEST_CASE("a link that was lost begins anew") {
    link_bench one;
    one.greet();
    one.hear("MESSAGE|half of a fra");
    one.link.on_lost("gone");
    CHECK(one.told == notes{"lost gone "});
    one.told.clear();
    one.greet();
    one.hear("ERROR|message:m||details^");
    CHECK(one.told == notes{"lost m details"});
    one.link.on_lost("again");
    one.link.stop();
    CHECK(one.told.size() == 1);
    CHECK(one.net.take() == notes{"hang up"});
}

TEST_CASE("DISCONNECT is said once") {
    link_bench one;
    one.greet();
    const std::vector<header_view> headers{{"receipt", "1"}};
    one.link.send("DISCONNECT", headers);
    one.link.stop();
    CHECK(one.net.take() == notes{"DISCONNECT|receipt:1||^", "finish"});
}

}  // namespace broker_link_test
