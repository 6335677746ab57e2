#include <doctest/doctest.h>

#include <test/stomp/session/session_fixture.hpp>

namespace session_receipts_test {

using namespace kedge::stomp;
using fixture = kedge::stomp::testing::session_fixture;
using kedge::stomp::testing::lines;

TEST_CASE_FIXTURE(fixture, "receipts wait for what is done elsewhere, and keep their order") {
    connect();
    say("SEND|destination:/far|receipt:1||x^SEND|destination:/a|receipt:2||y^SEND|destination:/far||z^"
        "DISCONNECT|receipt:3||^");
    CHECK(got.empty());
    REQUIRE(errands.size() == 2);
    under_test.settle(errands[1]);
    CHECK(got.empty());
    under_test.settle(errands[0]);
    CHECK(got == lines{"RECEIPT|receipt-id:1||^", "RECEIPT|receipt-id:2||^", "RECEIPT|receipt-id:3||^"});
    under_test.settle(errands[0]);
    CHECK(got.size() == 3);
}

TEST_CASE_FIXTURE(fixture, "what is refused elsewhere is an error with the receipt of its frame") {
    connect();
    say("SEND|destination:/far|receipt:1||x^SEND|destination:/a|receipt:2||y^");
    under_test.settle(errands.at(0), refusal{.message = "full"});
    CHECK(got == lines{"ERROR|message:full|receipt-id:1||^", "close"});
    CHECK(under_test.failed());
}

TEST_CASE_FIXTURE(fixture, "who is leaving is told as well what is refused elsewhere") {
    connect();
    say("SEND|destination:/far|receipt:1||x^DISCONNECT|receipt:2||^");
    under_test.settle(errands.at(0), refusal{.message = "full"});
    CHECK(got == lines{"ERROR|message:full|receipt-id:1||^", "close"});
    CHECK(under_test.failed());
}

TEST_CASE_FIXTURE(fixture, "who is leaving is not told that the server ends") {
    connect();
    say("DISCONNECT|receipt:1||^");
    under_test.fail({.message = "the server ends"});
    CHECK(got == lines{"RECEIPT|receipt-id:1||^"});
}

TEST_CASE_FIXTURE(fixture, "the receipt of a COMMIT waits for all that it does") {
    connect();
    say("BEGIN|transaction:t||^SEND|transaction:t|destination:/far||x^COMMIT|transaction:t|receipt:1||^");
    CHECK(got.empty());
    under_test.settle(errands.at(0));
    CHECK(got == lines{"RECEIPT|receipt-id:1||^"});
}

TEST_CASE_FIXTURE(fixture, "heart-beats that go both ways are told of, those of one side are not") {
    say("CONNECT|accept-version:1.2|heart-beat:1000,1000||^");
    CHECK(told.back() == "heart-beats");
    fixture other;
    other.say("CONNECT|accept-version:1.2|heart-beat:1000,0||^");
    CHECK(other.told == lines{"connect "});
}

TEST_CASE_FIXTURE(fixture,
                  "clients of 1.0 pad their values, name no subscriptions, and end them by destination") {
    say("CONNECT|login: bad ||^");
    CHECK(told.front() == "connect bad");
    fixture other;
    other.connect("x:y");
    other.say("SUBSCRIBE|destination: /a||^SUBSCRIBE|id:7|destination:/b||^");
    const auto& all = other.under_test.subscriptions();
    REQUIRE(all.size() == 2);
    other.under_test.deliver(all[0], "/a", "m1", {}, {}, "x");
    other.under_test.deliver(all[1], "/b", "m2", {}, {}, "x");
    CHECK(other.got == lines{"MESSAGE|destination:/a|message-id:m1|content-length:1||x^",
                             "MESSAGE|destination:/b|message-id:m2|subscription:7|content-length:1||x^"});
    other.say("UNSUBSCRIBE|destination:/b||^UNSUBSCRIBE|destination:/a||^");
    CHECK(all.empty());
    CHECK(other.under_test.connected());
}

TEST_CASE_FIXTURE(fixture, "names are bounded") {
    const std::string_view frames[] = {"SUBSCRIBE|id:%|destination:/a||^", "SUBSCRIBE|id:1|destination:%||^",
                                       "BEGIN|transaction:%||^", "SEND|destination:%||^",
                                       "SUBSCRIBE|id:|destination:/a||^"};
    for (const std::string_view pattern : frames) {
        std::string text(pattern);
        CAPTURE(text);
        fixture each;
        each.terms.max_name_bytes = 8;
        each.connect();
        if (const std::size_t at = text.find('%'); at != std::string::npos) text.replace(at, 1, "123456789");
        each.say(text);
        CHECK(each.got.back() == "close");
        CHECK(each.told == lines{"close"});
    }
}

}  // namespace session_receipts_test
