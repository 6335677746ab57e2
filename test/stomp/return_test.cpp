// Clients that come back and name the last event that they have, by raw websockets on several workers.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kedge/listen_socket.hpp>
#include <kedge/server.hpp>
#include <kedge/stomp.hpp>
#include <test/stomp/stomp_peer.hpp>

namespace return_test {

using namespace std::string_literals;
using namespace kedge::stomp::testing;

namespace {

struct kept_world {
    explicit kept_world(std::optional<kedge::recovery_options> recovery = kedge::recovery_options{})
        : io({.connection_state_recovery = recovery, .threads = 3}), stomp(io, "/stomp") {
        stomp.on_connect([](const kedge::stomp::connect_request& who) { who.accept("ada"); });
        stomp.on_send("/app/flash", [this](int number) {
            io.to("news").except("nobody").emit("flash", number);
            io.except("news").emit("flash", "not for them");
            io.to("news").volatile_().emit("flash", "not kept");
        });
        stomp.on_send("/app/mail", [this](std::string user, std::string destination, int number) {
            stomp.to_user(user, destination, number);
        });
        stomp.attach(io.engine());
        kedge::transports::listen_address here;
        here.host = "127.0.0.1";
        io.listen(here);
        running = std::thread([this] { io.run(); });
    }
    ~kept_world() {
        io.close();
        running.join();
    }
    std::uint16_t port() const { return io.port(); }

    kedge::server io;
    kedge::stomp::broker stomp;
    std::thread running;
};

/// A client that is in a room, behind that event.
void enter(peer& who, const std::string& destination, const std::string& last) {
    who.say("SUBSCRIBE|id:0|destination:" + destination + "|last-event-id:" + last + "|receipt:in||^");
}

}  // namespace

TEST_CASE("mt: a client that names its last event gets what it missed, once, in order, before the receipt") {
    kept_world all;
    peer one(all.port());
    one.settle("SUBSCRIBE|id:0|destination:/topic/news");
    one.say("SEND|destination:/topic/news|event-id:mine||seen^");
    const std::string seen = one.hear();
    const std::string last = header(seen, "event-id");
    REQUIRE(body(seen) == "seen");
    REQUIRE(!last.empty());
    CHECK(last != "mine");
    one.drop();

    peer sender(all.port());
    sender.settle("SEND|destination:/topic/news", "1");
    sender.settle("SEND|destination:/topic/other", "not for it");
    sender.settle("SEND|destination:/app/flash", "2");
    sender.settle("SEND|destination:/topic/news|k:v", "3");

    peer again(all.port());
    enter(again, "/topic/news", last);
    CHECK(body(again.hear()) == "1");
    const std::string event = again.hear();
    CHECK(body(event) == "[2]");
    CHECK(header(event, "event") == "flash");
    const std::string third = again.hear();
    CHECK(body(third) == "3");
    CHECK(header(third, "k") == "v");
    CHECK(header(third, "subscription") == "0");
    CHECK(!header(third, "event-id").empty());
    CHECK(again.hear() == "RECEIPT|receipt-id:in||^");
    sender.settle("SEND|destination:/topic/news", "4");
    CHECK(body(again.hear()) == "4");
}

TEST_CASE("mt: what a user was sent is there for a device that comes back") {
    kept_world all;
    peer one(all.port());
    one.settle("SUBSCRIBE|id:0|destination:/user/queue/mail");
    one.say(R"(SEND|destination:/app/mail||["ada","/queue/mail",1]^)");
    const std::string last = header(one.hear(), "event-id");
    one.drop();
    peer sender(all.port());
    for (const std::string mail :
         {R"(["ada","/queue/mail",2])", R"(["ada","/queue/other",3])", R"(["bob","/queue/mail",4])"})
        sender.settle("SEND|destination:/app/mail", mail);
    peer again(all.port());
    enter(again, "/user/queue/mail", last);
    CHECK(body(again.hear()) == "[2]");
    CHECK(again.hear() == "RECEIPT|receipt-id:in||^");
}

TEST_CASE("mt: an event that is not known, or a server that keeps none: it begins now") {
    for (const bool keeps : {true, false}) {
        CAPTURE(keeps);
        kept_world all(keeps ? std::optional(kedge::recovery_options{}) : std::nullopt);
        peer one(all.port());
        one.settle("SEND|destination:/topic/news", "before");
        enter(one, "/topic/news", "nosuch");
        CHECK(one.hear() == "RECEIPT|receipt-id:in||^");
        one.say("SEND|destination:/topic/news||now^");
        const std::string frame = one.hear();
        CHECK(body(frame) == "now");
        CHECK(header(frame, "event-id").empty() == !keeps);
    }
}

TEST_CASE("mt: who leaves at once, or says more at once, gets its receipts in order") {
    kept_world all;
    peer one(all.port());
    one.settle("SUBSCRIBE|id:0|destination:/topic/news");
    one.say("SEND|destination:/topic/news||seen^");
    const std::string last = header(one.hear(), "event-id");
    one.settle("UNSUBSCRIBE|id:0");
    one.settle("SEND|destination:/topic/news", "missed");
    one.say("SUBSCRIBE|id:1|destination:/topic/news|last-event-id:" + last +
            "|receipt:1||^UNSUBSCRIBE|id:1|receipt:2||^SEND|destination:/topic/news|receipt:3||x^");
    std::vector<std::string> receipts;
    while (receipts.size() < 3) {
        const std::string frame = one.hear();
        if (frame.starts_with("RECEIPT")) receipts.push_back(header(frame, "receipt-id"));
        if (frame.starts_with("MESSAGE")) CHECK(receipts.empty());
    }
    CHECK(receipts == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("mt: a client comes back to many topics at once, and may leave before it is told") {
    constexpr int topics = 20;
    kept_world all;
    peer one(all.port());
    one.settle("SUBSCRIBE|id:all|destination:/topic/t0");
    one.say("SEND|destination:/topic/t0||seen^");
    const std::string last = header(one.hear(), "event-id");
    one.drop();
    peer sender(all.port()), again(all.port()), gone(all.port());
    std::string asked;
    for (int each = 0; each < topics; ++each) {
        const std::string topic = "/topic/t" + std::to_string(each);
        sender.settle("SEND|destination:" + topic, topic);
        asked += "SUBSCRIBE|id:" + std::to_string(each) + "|destination:" + topic + "|last-event-id:" + last +
                 "|receipt:" + std::to_string(each) + "||^";
    }
    gone.say(asked);
    gone.drop();
    again.say(asked + "DISCONNECT|receipt:bye||^");
    for (int each = 0; each < topics; ++each) {
        const std::string frame = again.hear();
        if (frame.starts_with("MESSAGE")) {
            CHECK(body(frame) == "/topic/t" + std::to_string(each));
            CHECK(again.hear() == "RECEIPT|receipt-id:" + std::to_string(each) + "||^");
        } else {  // it was leaving by then
            CHECK(frame == "RECEIPT|receipt-id:" + std::to_string(each) + "||^");
        }
    }
    CHECK(again.hear() == "RECEIPT|receipt-id:bye||^");
}

TEST_CASE("mt: clients that come and go while others send lose nothing, and get nothing twice") {
    constexpr int messages = 150;
    kept_world all;
    std::vector<std::thread> clients;
    std::atomic<int> ready{0};
    for (int each = 0; each < 2; ++each) {
        clients.emplace_back([&] {
            std::string last;
            int heard = 0;
            while (heard < messages) {
                peer one(all.port());
                one.say("SUBSCRIBE|id:0|destination:/topic/news" +
                        (last.empty() ? ""s : "|last-event-id:" + last) + "|receipt:in||^");
                for (int turn = 0; turn < 8 && heard < messages;) {
                    const std::string frame = one.hear();
                    if (frame.starts_with("RECEIPT")) {
                        if (last.empty()) ++ready;
                        continue;
                    }
                    REQUIRE(body(frame) == std::to_string(heard));
                    last = header(frame, "event-id");
                    ++heard, ++turn;
                }
                one.drop();
            }
        });
    }
    while (ready < 2) std::this_thread::yield();
    peer sender(all.port());
    for (int each = 0; each < messages; ++each)
        sender.settle("SEND|destination:/topic/news", std::to_string(each));
    for (auto& each : clients) each.join();
}

}  // namespace return_test
