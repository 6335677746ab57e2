#include <doctest/doctest.h>

#include <test/stomp/session/session_fixture.hpp>

namespace session_test {

using namespace kedge::stomp;
using fixture = kedge::stomp::testing::session_fixture;
using kedge::stomp::testing::lines;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

TEST_CASE_FIXTURE(fixture, "the highest version that both speak is spoken") {
    say("CONNECT|accept-version:1.0,1.2,1.1|host:x||^");
    CHECK(got == lines{"CONNECTED|version:1.2|session:s1|server:kedge/0.1.0|heart-beat:10000,10000||^"});
    CHECK(under_test.spoken() == version::v1_2);
}

TEST_CASE_FIXTURE(fixture, "without accept-version it is 1.0, which knows no heart-beats") {
    say("STOMP||^");
    CHECK(got == lines{"CONNECTED|version:1.0|session:s1|server:kedge/0.1.0||^"});
}

TEST_CASE_FIXTURE(fixture, "no common version is an error that names those there are") {
    say("CONNECT|accept-version:2.0||^");
    CHECK(got.front().starts_with("ERROR|version:1.0,1.1,1.2|message:"));
    CHECK(got.back() == "close");
    CHECK(told == lines{"close"});
}

TEST_CASE_FIXTURE(fixture, "a refused client is told why, and its connection ends") {
    say("CONNECT|accept-version:1.2|login:bad||^SEND|destination:/a||^");
    CHECK(got == lines{"ERROR|message:Access refused||^", "close"});
    CHECK(told == lines{"connect bad", "close"});
}

TEST_CASE_FIXTURE(fixture, "consent may come later") {
    say("CONNECT|accept-version:1.1|login:later||^");
    CHECK(got.empty());
    under_test.accept("s2");
    CHECK(got == lines{"CONNECTED|version:1.1|session:s2|server:kedge/0.1.0|heart-beat:10000,10000||^"});
}

TEST_CASE_FIXTURE(fixture, "CONNECT comes first, and once") {
    say("SEND|destination:/a|receipt:7||^");
    CHECK(got == lines{"ERROR|message:CONNECT comes first|receipt-id:7||^", "close"});
}

TEST_CASE_FIXTURE(fixture, "a second CONNECT is an error") {
    connect();
    say("CONNECT|accept-version:1.2||^");
    CHECK(got == lines{"ERROR|message:connected already||^", "close"});
}

TEST_CASE_FIXTURE(fixture, "subscriptions have ids, and receipts follow what they are for") {
    connect();
    say("SUBSCRIBE|id:0|destination:/topic/a|receipt:r\\c1||^UNSUBSCRIBE|id:0|receipt:r2||^");
    CHECK(told == lines{"subscribe 0 /topic/a", "unsubscribe 0"});
    CHECK(got == lines{"RECEIPT|receipt-id:r\\c1||^", "RECEIPT|receipt-id:r2||^"});
}

TEST_CASE_FIXTURE(fixture, "what a SUBSCRIBE may not be") {
    struct row {
        std::string asked;
        std::string message;
    };
    const std::vector<row> rows{{"id:0", "SUBSCRIBE needs the header destination"},
                                {"destination:/a", "SUBSCRIBE needs the header id"},
                                {"id:0|destination:/a|ack:some", "unknown ack mode"},
                                {"id:0|destination:/nosuch", "unknown destination"}};
    for (const row& one : rows) {
        CAPTURE(one.asked);
        fixture each;
        each.connect();
        each.say("SUBSCRIBE|" + one.asked + "||^");
        REQUIRE(each.got.size() == 2);
        CHECK(each.got.front().starts_with("ERROR|message:" + one.message + "|"));
        CHECK(each.got.back() == "close");
        CHECK(each.under_test.subscriptions().empty());
    }
}

TEST_CASE_FIXTURE(fixture, "an id in use, and an unknown one, are errors") {
    connect();
    say("SUBSCRIBE|id:0|destination:/a||^SUBSCRIBE|id:0|destination:/b||^");
    CHECK(got.front().starts_with("ERROR|message:the subscription id is in use|"));
    fixture other;
    other.connect();
    other.say("UNSUBSCRIBE|id:9||^");
    CHECK(other.got.front().starts_with("ERROR|message:no such subscription|"));
}

TEST_CASE_FIXTURE(fixture, "1.0 knows subscriptions by their destination") {
    connect("");
    say("SUBSCRIBE|destination:/topic/a||^UNSUBSCRIBE|destination:/topic/a||^");
    CHECK(told == lines{"subscribe /topic/a /topic/a", "unsubscribe /topic/a"});
    CHECK(got.empty());
}

TEST_CASE_FIXTURE(fixture, "a delivery is a MESSAGE, with an ack in 1.2 where it wants one") {
    connect();
    say("SUBSCRIBE|id:0|destination:/topic/a||^");
    const std::array<header_view, 1> headers{{{"k", "a:b"}}};
    under_test.deliver(*under_test.find("0"), "/topic/a", "m1", "k1", headers, "hi");
    CHECK(got == lines{"MESSAGE|destination:/topic/a|message-id:m1|subscription:0|ack:k1|k:a\\cb|"
                       "content-length:2||hi^"});
}

TEST_CASE_FIXTURE(fixture, "acknowledgements name deliveries as their version does") {
    connect();
    say("ACK|id:m1||^NACK|id:m2|subscription:0||^");
    CHECK(told == lines{"ack m1 ", "nack m2 0"});
    fixture older;
    older.connect("accept-version:1.1");
    older.say("ACK|message-id:m1|subscription:0||^");
    CHECK(older.told == lines{"ack m1 0"});
    fixture oldest;
    oldest.connect("");
    oldest.say("NACK|message-id:m1||^");
    CHECK(oldest.got.front().starts_with("ERROR|message:unknown command|"));
}

TEST_CASE_FIXTURE(fixture, "nothing of a transaction takes effect before its end, then all does in order") {
    connect();
    say("BEGIN|transaction:t||^SEND|destination:/a|transaction:t||1^SEND|destination:/a||2^"
        "ACK|id:m|transaction:t||^");
    CHECK(told == lines{"send /a 2"});
    say("COMMIT|transaction:t|receipt:c||^");
    CHECK(told == lines{"send /a 2", "begin t", "send /a 1", "ack m ", "commit t"});
    CHECK(got == lines{"RECEIPT|receipt-id:c||^"});
}

TEST_CASE_FIXTURE(fixture, "an aborted transaction was nothing, and its name may be used again") {
    connect();
    say("BEGIN|transaction:t||^SEND|destination:/a|transaction:t||1^ABORT|transaction:t||^"
        "BEGIN|transaction:t||^COMMIT|transaction:t||^");
    CHECK(told == lines{"begin t", "commit t"});
    CHECK(got.empty());
}

TEST_CASE_FIXTURE(fixture, "transactions that are unknown, open already or too large are errors") {
    for (const std::string text :
         {"COMMIT|transaction:t||^", "ABORT|transaction:t||^", "BEGIN||^",
          "SEND|destination:/a|transaction:t||x^", "BEGIN|transaction:t||^BEGIN|transaction:t||^"}) {
        CAPTURE(text);
        fixture each;
        each.connect();
        each.say(text);
        CHECK(each.got.back() == "close");
        CHECK(each.told == lines{"close"});
    }
    terms.max_transaction_bytes = 1000;
    connect();
    say("BEGIN|transaction:t||^SEND|destination:/a|transaction:t||" + std::string(1000, 'x') + "^");
    CHECK(got.front() == "ERROR|message:the transactions hold too much||^");
}

TEST_CASE_FIXTURE(fixture,
                  "DISCONNECT is receipted, nothing behind it counts, and the server closes in the end") {
    connect();
    say("DISCONNECT|receipt:77||^SEND|destination:/a||x^");
    CHECK(got == lines{"RECEIPT|receipt-id:77||^"});
    CHECK(told.empty());
    loop.advance(1000ms);
    CHECK(got.back() == "close");
    CHECK(told == lines{"close"});
}

TEST_CASE_FIXTURE(fixture, "a fault ends the connection, and nothing behind it is processed") {
    connect();
    say("SEND|destination:/nosuch|receipt:7||x^SEND|destination:/a||y^");
    CHECK(got == lines{"ERROR|message:unknown destination|receipt-id:7||^", "close"});
    CHECK(told == lines{"close"});
}

TEST_CASE_FIXTURE(fixture, "heart-beats are sent while nothing else is, at half of what was agreed on") {
    connect("accept-version:1.2|heart-beat:0,4000");
    loop.advance(10'000ms);
    CHECK(got == lines{"|", "|"});
    got.clear();
    say("SUBSCRIBE|id:0|destination:/a|receipt:1||^");
    loop.advance(4'000ms);
    CHECK(got.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "who is silent for three intervals is gone, half a frame is life") {
    connect("accept-version:1.2|heart-beat:10000,0");
    loop.advance(29'000ms);
    say("SEND|dest");
    loop.advance(29'000ms);
    CHECK(got.empty());
    loop.advance(2'000ms);
    CHECK(got == lines{"ERROR|message:no heart-beat came in time||^", "close"});
}

TEST_CASE_FIXTURE(fixture, "who promised no heart-beats may be silent for ever") {
    connect();
    loop.advance(3'600'000ms);
    CHECK(got.empty());
    CHECK(told.empty());
}

TEST_CASE_FIXTURE(fixture, "heart-beats that are no numbers are refused") {
    for (const std::string text : {"abc", "1", "-1,0", "1,", "1,2,3"}) {
        CAPTURE(text);
        fixture each;
        each.say("CONNECT|accept-version:1.2|heart-beat:" + text + "||^");
        CHECK(each.got.back() == "close");
    }
}

TEST_CASE_FIXTURE(fixture, "who never says CONNECT is sent away") {
    loop.advance(60'000ms);
    CHECK(got == lines{"ERROR|message:no CONNECT came in time||^", "close"});
}

TEST_CASE_FIXTURE(fixture, "a client that has gone is told nothing more") {
    connect();
    under_test.lose();
    under_test.lose();
    CHECK(told == lines{"close"});
    say("SEND|destination:/a||x^");
    loop.advance(100'000ms);
    CHECK(got.empty());
}

TEST_CASE("of a transaction that holds what is not taken nothing takes effect") {
    for (const std::string frame : {"SEND|destination:/nosuch|transaction:t||x^", "SEND|transaction:t||x^",
                                    "ACK|id:nosuch|transaction:t||^", "NACK|transaction:t||^"}) {
        CAPTURE(frame);
        fixture each;
        each.connect();
        each.say("BEGIN|transaction:t||^SEND|destination:/a|transaction:t||1^" + frame +
                 "SEND|destination:/a|transaction:t||2^COMMIT|transaction:t|receipt:c||^");
        CHECK(each.told == lines{"close"});
        REQUIRE(each.got.size() == 2);
        CHECK(each.got.front().starts_with("ERROR|"));
        CHECK(each.got.front().find("receipt-id:c|") != std::string::npos);
    }
}

TEST_CASE_FIXTURE(fixture, "what fails within a transaction that was taken takes nothing with it") {
    connect();
    say("BEGIN|transaction:t||^SEND|destination:/fails|transaction:t||1^SEND|destination:/a|transaction:t||2^"
        "COMMIT|transaction:t||^");
    CHECK(told == lines{"begin t", "send /fails 1", "send /a 2", "commit t", "close"});
    CHECK(got == lines{"ERROR|message:it failed||^", "close"});
}

TEST_CASE_FIXTURE(fixture, "who is not read is not silent") {
    connect("accept-version:1.2|heart-beat:10000,0");
    under_test.hold(true);
    under_test.hold(true);
    loop.advance(100s);
    CHECK(got.empty());
    under_test.hold(false);
    CHECK(told == lines{"hold", "read on"});
    loop.advance(31s);
    CHECK(got == lines{"ERROR|message:no heart-beat came in time||^", "close"});
    fixture other;
    other.connect();
    other.under_test.hold(true);
    other.under_test.fail({.message = "the server ends"});
    CHECK(other.told == lines{"hold", "read on", "close"});
}

TEST_CASE_FIXTURE(fixture, "a message of another server passes as it is, in the client's words") {
    connect();
    under_test.pass({.command = "MESSAGE",
                     .headers = {{"subscription", "0"}, {"k", "a:b"}, {"content-length", "9"}},
                     .body = "x"});
    CHECK(got == lines{"MESSAGE|subscription:0|k:a\\cb|content-length:1||x^"});
}

TEST_CASE_FIXTURE(fixture, "the receipt of DISCONNECT waits for what it has to wait for") {
    leaves_late = true;
    connect();
    say("DISCONNECT|receipt:bye||^");
    CHECK(got.empty());
    under_test.settle(errands.front());
    CHECK(got == lines{"RECEIPT|receipt-id:bye||^"});
}

}  // namespace session_test
