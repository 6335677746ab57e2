#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/relayed.hpp>
#include <test/stomp/relay/scripted_broker.hpp>

namespace relayed_test {

using namespace kedge::stomp;
using namespace kedge::stomp::testing;
using namespace std::chrono_literals;

namespace {

using scene = std::vector<std::string>;

/// A client, what it has at the broker, and both networks, which the test plays.
struct relay_bench : wire, session_owner, relayed_owner {
    explicit relay_bench(relay_options to = {}) : core(std::move(to), terms) {}

    void send(std::string_view message) override { got.push_back(noted(message)); }
    void close() override { got.emplace_back("close"); }
    void hold(bool held) override { got.emplace_back(held ? "hold" : "read on"); }

    void on_connect(session&, const frame&) override { far.start({"ada", "x"}); }
    std::optional<refusal> on_subscribe(session&, const subscription&, const frame& asked) override {
        far.forward(asked);
        return std::nullopt;
    }
    void on_unsubscribe(session&, const subscription&, const frame& asked) override { far.forward(asked); }
    std::optional<refusal> may_send(session&, const frame&) override { return std::nullopt; }
    std::optional<refusal> on_send(session&, frame& sent) override {
        if (!sent.value("destination").starts_with("/app/")) far.forward(sent);
        return std::nullopt;
    }
    std::optional<refusal> may_ack(session&, std::string_view, const frame&) override { return std::nullopt; }
    std::optional<refusal> on_ack(session&, std::string_view, const frame& asked) override {
        far.forward(asked);
        return std::nullopt;
    }
    void on_commit(session&, std::string_view name, bool begins) override { far.on_commit(name, begins); }
    void on_disconnect(session&) override { far.on_disconnect(); }
    void on_close(session&) override { far.stop(); }

    void on_admitted() override { client.accept("s1"); }
    void on_pressure(bool held) override { client.hold(held); }
    void on_abandoned(std::string_view why) override { told.emplace_back(why); }

    void say(std::string note) {
        loop.turn([&] { client.receive(bytes_of(std::move(note))); });
    }
    void hear(std::string note) {
        loop.turn([&] { far.link().on_bytes(bytes_of(std::move(note))); });
    }
    /// Lets the client in, and forgets how.
    void connect(const std::string& spoken = "1.2") {
        say("CONNECT|accept-version:" + spoken + "||^");
        far.link().on_connected();
        hear("CONNECTED|version:" + spoken + "||^");
        REQUIRE(client.connected());
        got.clear();
        net.take();
    }

    kedge::testing::fake_loop loop;
    options terms;
    scene got;
    scene told;
    scripted_broker net;
    relay_core core;
    session client{loop, terms, *this, *this};
    relayed far{loop, core, net, client, *this};
};

}  // namespace

TEST_CASE("a client comes in when the broker lets it in, as who it is and in its version") {
    relay_bench one;
    one.say("CONNECT|accept-version:1.1,1.0|login:eve||^");
    CHECK(one.net.take() == scene{"connect"});
    one.far.link().on_connected();
    CHECK(one.net.take() ==
          scene{"CONNECT|accept-version:1.1|host:/|heart-beat:10000,10000|login:ada|passcode:x||^"});
    CHECK(one.got.empty());
    one.hear("CONNECTED|version:1.1||^");
    REQUIRE(one.got.size() == 1);
    CHECK(one.got.front().starts_with("CONNECTED|version:1.1|session:s1|"));
    CHECK(one.core.counted.opened == 1);
}

TEST_CASE("who is not let in by the broker is told in its words, and counted no longer") {
    relay_bench one;
    one.say("CONNECT|accept-version:1.2||^");
    one.far.link().on_connected();
    one.hear("ERROR|message:Bad CONNECT|content-type:text/plain|content-length:3||no!^");
    CHECK(one.got ==
          scene{"ERROR|message:Bad CONNECT|content-type:text/plain|content-length:3||no!^", "close"});
    CHECK(one.told == scene{"no!"});
    CHECK(one.core.counted.closed == 1);
    CHECK(one.core.counted.failures == 1);
}

TEST_CASE("a broker that is not there is said so; who comes soon behind is told at once") {
    relay_bench one;
    one.say("CONNECT|accept-version:1.2||^");
    one.net.take();
    one.far.link().on_lost("the broker is not reached: refused");
    CHECK(one.got == scene{"ERROR|message:the broker is not reached\\c refused||^", "close"});
    relay_bench other;
    other.core.counted.missed = true;
    other.say("CONNECT|accept-version:1.2||^");
    CHECK(other.got == scene{"ERROR|message:the broker is not there||^", "close"});
    CHECK(other.net.take().empty());
}

TEST_CASE("there are no more clients than there may be") {
    relay_bench one({.max_clients = 1});
    one.core.counted.opened = 1;
    one.say("CONNECT|accept-version:1.2||^");
    CHECK(one.got == scene{"ERROR|message:too many clients||^", "close"});
    CHECK(one.net.take().empty());
    CHECK(one.core.counted.opened - one.core.counted.closed == 1);
}

TEST_CASE("frames pass with their headers, and without what is not the sender's to say") {
    relay_bench one;
    one.connect();
    one.say(
        "SUBSCRIBE|id:0|destination:/queue/a|ack:client|prefetch-count:5|x-queue-name:secret||^"
        "SEND|destination:/queue/"
        "a|k:a\\cb|message-id:m|redelivered:true|x-dead-letter-exchange:x|content-length:"
        "1||x^"
        "ACK|id:T_1@@2|subscription:0||^NACK|id:3|requeue:false||^UNSUBSCRIBE|id:0|durable:true||^");
    CHECK(one.net.take() == scene{"SUBSCRIBE|id:0|destination:/queue/a|ack:client|prefetch-count:5||^",
                                  "SEND|destination:/queue/a|k:a\\cb|content-length:1||x^",
                                  "ACK|id:T_1@@2|subscription:0||^", "NACK|id:3|requeue:false||^",
                                  "UNSUBSCRIBE|id:0|durable:true||^"});
    CHECK(one.got.empty());
    CHECK(one.core.counted.passed_on == 1);
}

TEST_CASE("what the broker sends passes as it is, also for subscriptions that it made itself") {
    relay_bench one;
    one.connect("1.1");
    one.hear("MESSAGE|subscription:/temp-queue/r|message-id:T_1|k:a\\cb|content-length:3||x^y^");
    CHECK(one.got ==
          scene{"MESSAGE|subscription:/temp-queue/r|message-id:T_1|k:a\\cb|content-length:3||x^y^"});
    CHECK(one.core.counted.heard == 1);
}

TEST_CASE("receipts are the broker's, in the order of the frames, under the client's names") {
    relay_bench one;
    one.connect();
    one.say(
        "SUBSCRIBE|id:0|destination:/queue/a|receipt:r\\c1||^SEND|destination:/app/x|receipt:r2||^"
        "SEND|destination:/queue/a|receipt:r3||x^");
    CHECK(one.net.take() == scene{"SUBSCRIBE|id:0|destination:/queue/a|receipt:1||^",
                                  "SEND|destination:/queue/a|receipt:2|content-length:1||x^"});
    one.hear("RECEIPT|receipt-id:2||^RECEIPT|receipt-id:99||^RECEIPT|receipt-id:no||^");
    CHECK(one.got.empty());
    one.hear("RECEIPT|receipt-id:1||^");
    CHECK(one.got ==
          scene{"RECEIPT|receipt-id:r\\c1||^", "RECEIPT|receipt-id:r2||^", "RECEIPT|receipt-id:r3||^"});
}

TEST_CASE("an error of the broker's names the frame at fault, and ends both") {
    relay_bench one;
    one.connect();
    one.say("SEND|destination:/queue/a|receipt:mine||x^");
    one.net.take();
    one.hear("ERROR|message:not found|receipt-id:1||no queue^");
    CHECK(one.got ==
          scene{"ERROR|message:not found|receipt-id:mine|content-type:text/plain|content-length:8||"
                "no queue^",
                "close"});
    CHECK(one.net.take() == scene{"hang up"});
    relay_bench other;
    other.connect();
    other.hear("ERROR|message:shutting down||^");
    CHECK(other.got == scene{"ERROR|message:shutting down||^", "close"});
}

TEST_CASE("a transaction is one of the broker's, when anything of it is") {
    relay_bench one;
    one.connect();
    one.say(
        "BEGIN|transaction:t||^SEND|destination:/queue/a|transaction:t|receipt:early||1^"
        "SEND|destination:/app/x|transaction:t||2^ACK|id:9|transaction:t||^");
    CHECK(one.net.take().empty());
    CHECK(one.got == scene{"RECEIPT|receipt-id:early||^"});
    one.got.clear();
    one.say("COMMIT|transaction:t|receipt:c||^");
    CHECK(one.net.take() == scene{"BEGIN|transaction:t||^",
                                  "SEND|transaction:t|destination:/queue/a|content-length:1||1^",
                                  "ACK|transaction:t|id:9||^", "COMMIT|transaction:t|receipt:1||^"});
    CHECK(one.got.empty());
    one.hear("RECEIPT|receipt-id:1||^");
    CHECK(one.got == scene{"RECEIPT|receipt-id:c||^"});
    one.say(
        "BEGIN|transaction:u||^SEND|destination:/app/x|transaction:u||2^COMMIT|transaction:u||^"
        "BEGIN|transaction:v||^SEND|destination:/queue/a|transaction:v||2^ABORT|transaction:v||^");
    CHECK(one.net.take().empty());
}

TEST_CASE("the receipt of DISCONNECT is the broker's, which has taken all before") {
    relay_bench one;
    one.connect();
    one.say("SEND|destination:/queue/a||x^DISCONNECT|receipt:bye||^");
    CHECK(one.net.take() ==
          scene{"SEND|destination:/queue/a|content-length:1||x^", "DISCONNECT|receipt:1||^"});
    CHECK(one.got.empty());
    one.hear("RECEIPT|receipt-id:1||^");
    CHECK(one.got == scene{"RECEIPT|receipt-id:bye||^"});
    one.loop.turn([&] { one.client.lose(); });
    CHECK(one.net.take() == scene{"finish"});
}

TEST_CASE("a broker that closes behind DISCONNECT does no wrong") {
    relay_bench one;
    one.connect();
    one.say("DISCONNECT|receipt:bye||^");
    one.hear("RECEIPT|receipt-id:1||^");
    one.far.link().on_lost("closed");
    CHECK(one.got == scene{"RECEIPT|receipt-id:bye||^"});
    CHECK(one.told.empty());
    CHECK(one.core.counted.failures == 0);
    CHECK(one.core.counted.closed == 1);
}

TEST_CASE("a client that goes leaves the broker") {
    relay_bench one;
    one.connect();
    one.loop.turn([&] { one.client.lose(); });
    CHECK(one.net.take() == scene{"DISCONNECT||^", "finish"});
    CHECK(one.core.counted.closed == 1);
    relay_bench early;
    early.say("CONNECT|accept-version:1.2||^");
    early.loop.turn([&] { early.client.lose(); });
    CHECK(early.net.take() == scene{"connect", "hang up"});
    early.far.link().on_connected();
    CHECK(early.net.take().empty());
}

TEST_CASE("a broker that goes ends its clients, who are told") {
    relay_bench one;
    one.connect();
    one.far.link().on_lost("the broker has gone");
    CHECK(one.got == scene{"ERROR|message:the broker has gone||^", "close"});
    CHECK(one.core.counted.closed == 1);
}

TEST_CASE("who sends more than the broker takes is not read, and is not silent meanwhile") {
    relay_bench one({.max_unsent_bytes = 100});
    one.say("CONNECT|accept-version:1.2|heart-beat:1000,0||^");
    one.far.link().on_connected();
    one.hear("CONNECTED|version:1.2||^");
    one.got.clear();
    one.net.stuck = 101;
    one.say("SEND|destination:/queue/a||x^SEND|destination:/queue/a||y^");
    CHECK(one.got == scene{"hold"});
    one.loop.advance(100s);
    one.net.stuck = 0;
    one.loop.turn([&] { one.far.link().on_drained(); });
    CHECK(one.got == scene{"hold", "read on"});
    one.net.stuck = one.terms.max_buffered_bytes + 1;
    CHECK(one.far.overrun());
}

TEST_CASE("a relay that could serve nobody is refused when it is made") {
    const options clients;
    CHECK_THROWS_AS(relay_core({.host = ""}, clients), std::invalid_argument);
    CHECK_THROWS_AS(relay_core({.port = 0}, clients), std::invalid_argument);
    CHECK_THROWS_AS(relay_core({.destinations = {}}, clients), std::invalid_argument);
    CHECK_THROWS_AS(relay_core({.destinations = {"/queue"}}, clients), std::invalid_argument);
    CHECK_THROWS_AS(relay_core({.destinations = {"/app/"}}, clients), std::invalid_argument);
    CHECK_THROWS_AS(relay_core({.heart_beat_tolerance = 0}, clients), std::invalid_argument);
    kedge::transports::tls_client_options tls;
    tls.ca_file = "/nosuch";
    CHECK_THROWS_AS(relay_core({.tls = tls}, clients), std::runtime_error);
    const relay_core one({.destinations = {"/queue/"}}, clients);
    CHECK(one.takes("/queue/a"));
    CHECK_FALSE(one.takes("/queue/"));
    CHECK_FALSE(one.takes("/topic/a"));
}

}  // namespace relayed_test
