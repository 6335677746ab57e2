// A relay on several workers, before a broker that the test plays; run under ThreadSanitizer as well.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/listen_socket.hpp>
#include <kedge/server.hpp>
#include <kedge/stomp.hpp>
#include <test/cluster/eventually.hpp>
#include <test/stomp/relay/tcp_broker.hpp>
#include <test/stomp/stomp_peer.hpp>

namespace relay_test {

using namespace kedge::stomp::testing;
using kedge::test::eventually;
using namespace std::chrono_literals;

namespace {

/// A server with a relay; what it logs is kept.
struct relay_world {
    explicit relay_world(const broker_port& broker, kedge::stomp::options terms = {},
                         const std::function<void(kedge::stomp::relay_options&)>& adjust = {})
        : stomp(io, "/stomp", options_for(broker, adjust), std::move(terms)) {
        stomp.on_connect(
            [](const kedge::stomp::connect_request& who) { who.accept(std::string(who.login())); });
        stomp.on_subscribe([](const kedge::stomp::client&, std::string_view destination) {
            return destination == "/queue/secret" ? std::optional<std::string>("not yours") : std::nullopt;
        });
        stomp.on_send("/app/add", [](int a, int b) { return a + b; });
        stomp.attach(io.engine());
        kedge::transports::listen_address here;
        here.host = "127.0.0.1";
        io.listen(here);
        running = std::thread([this] { io.run(); });
    }
    ~relay_world() {
        io.close();
        running.join();
    }
    static kedge::stomp::relay_options options_for(
        const broker_port& broker, const std::function<void(kedge::stomp::relay_options&)>& adjust) {
        kedge::stomp::relay_options made{.port = broker.number(), .system = {"relay", "secret"}};
        made.shortest_pause = made.longest_pause = 20ms;
        if (adjust) adjust(made);
        return made;
    }
    /// A client that the broker lets in, and the broker's side of it.
    std::pair<peer, broker_side> meet(broker_port& broker, const std::string& headers = {}) {
        peer client(io.port(), "/stomp", headers);
        broker_side side = broker.accept();
        side.greet();
        REQUIRE(client.hear().starts_with("CONNECTED|"));
        return {std::move(client), std::move(side)};
    }
    bool logged(const std::string& event) {
        const std::lock_guard guard(lock);
        return std::find(events.begin(), events.end(), event) != events.end();
    }

    std::mutex lock;
    std::vector<std::string> events;
    kedge::server io{{.threads = 3, .log = [this](const kedge::log_record& line) {
                          const std::lock_guard guard(lock);
                          events.emplace_back(line.event);
                      }}};
    kedge::stomp::relay stomp;
    std::thread running;
};

/// Waits until a number does not grow any more, as far as one can see.
template <class Count>
void until_still(Count&& count) {
    std::uint64_t last = 0;
    int looks = 0;
    CHECK(eventually([&] {
        const std::uint64_t now = count();
        looks = now == last ? looks + 1 : 0;
        last = now;
        return now > 0 && looks == 40;
    }));
}

const std::string system_greeting =
    "CONNECT|accept-version:1.2|host:/|heart-beat:10000,10000|login:relay|passcode:secret||^";

}  // namespace

TEST_CASE("mt: a relay passes both ways what is the broker's, and keeps what is the server's") {
    broker_port broker;
    broker.listen();
    relay_world all(broker, {}, [](auto& to) {
        to.login_of = [](const kedge::stomp::client& who) {
            return kedge::stomp::relay_login{who.user(), std::string(who.header("passcode"))};
        };
    });
    broker_side system = broker.accept();
    CHECK(system.greet() == system_greeting);
    CHECK(eventually([&] { return all.stomp.available(); }));
    CHECK(eventually([&] { return all.logged("STOMP broker reached"); }));

    peer client(all.io.port(), "/stomp", "login:ada|passcode:x|");
    broker_side side = broker.accept();
    CHECK(side.greet() == "CONNECT|accept-version:1.2|host:/|heart-beat:10000,10000|login:ada|passcode:x||^");
    CHECK(header(client.hear(), "user-name") == "ada");

    client.say("SUBSCRIBE|id:0|destination:/queue/a|ack:client|receipt:s||^");
    CHECK(side.hear() == "SUBSCRIBE|id:0|destination:/queue/a|ack:client|receipt:1||^");
    side.say(
        "RECEIPT|receipt-id:1||^MESSAGE|subscription:0|message-id:T_1|ack:T_1|destination:/queue/a||hi^");
    CHECK(client.hear() == "RECEIPT|receipt-id:s||^");
    CHECK(body(client.hear()) == "hi");
    client.say("ACK|id:T_1||^SEND|destination:/topic/t||x^");
    CHECK(side.hear() == "ACK|id:T_1||^");
    CHECK(side.hear() == "SEND|destination:/topic/t|content-length:1||x^");

    client.settle("SUBSCRIBE|id:1|destination:/user/queue/add|ack:client");
    client.say("SEND|destination:/app/add||[19,23]^");
    const std::string sum = client.hear();
    CHECK(body(sum) == "42");
    client.settle("ACK|id:" + header(sum, "ack"));
    all.stomp.to_user("ada", "/queue/add", 7);
    CHECK(body(client.hear()) == "[7]");
    all.stomp.publish("/topic/prices", 1, 2);
    all.stomp.to_queue("/queue/jobs", "do");
    CHECK(system.hear() ==
          "SEND|destination:/topic/prices|content-type:application/"
          "json|persistent:true|content-length:5||[1,2]^");
    CHECK(system.hear() ==
          "SEND|destination:/queue/jobs|content-type:application/"
          "json|persistent:true|content-length:4||\"do\"^");
    CHECK_THROWS_AS(all.stomp.publish("/app/add", 1), std::invalid_argument);

    client.say("SUBSCRIBE|id:2|destination:/queue/secret||^");
    CHECK(header(client.hear(), "message") == "not yours");
    CHECK(side.hear() == "DISCONNECT||^");
    CHECK(side.ends());
    CHECK(eventually([&] { return all.stomp.relay_stats().clients == 0; }));
    CHECK(all.stomp.relay_stats().passed_on == 3);
    CHECK(all.stomp.relay_stats().heard == 1);
    const auto figures = all.stomp.figures()();
    CHECK(std::any_of(figures.begin(), figures.end(), [](const auto& each) {
        return each.name == "stomp_broker_available" && each.value == 1;
    }));
}

TEST_CASE("mt: clients of a broker that is not there are told so, until it comes back") {
    broker_port broker;
    relay_world all(broker);
    REQUIRE(eventually([&] { return all.logged("STOMP broker not there"); }));
    peer early(all.io.port(), "/stomp", "");
    CHECK(header(early.hear(), "message").starts_with("the broker is not "));
    all.stomp.publish("/topic/t", "waits");
    broker.listen();
    {
        broker_side system = broker.accept();
        system.greet();
        CHECK(body(system.hear()) == "\"waits\"");
        auto [client, side] = all.meet(broker);
        client.say("SEND|destination:/queue/a||x^");
        CHECK(body(side.hear()) == "x");
        { const broker_side gone = std::move(side); }
        CHECK(header(client.hear(), "message") == "the broker has closed the connection, or it broke");
    }
    CHECK(eventually([&] { return all.logged("STOMP broker left a client"); }));
    CHECK(broker.accept().greet() == system_greeting);
    CHECK(all.stomp.relay_stats().failures >= 3);
}

TEST_CASE("mt: a client that reads slowly slows the broker down, and loses nothing") {
    constexpr int messages = 24;
    broker_port broker;
    broker.listen();
    relay_world all(broker, {.max_buffered_bytes = 2'000'000});
    broker_side system = broker.accept();
    system.greet();
    auto met = all.meet(broker);
    peer& client = met.first;
    std::thread sends([&side = met.second] {
        const std::string large(1'000'000, 'x');
        for (int each = 0; each < messages; ++each)
            side.say_bytes(bytes_of("MESSAGE|subscription:0|message-id:" + std::to_string(each) + "||") +
                           large + std::string(1, '\0'));
    });
    until_still([&] { return all.stomp.relay_stats().heard; });
    CHECK(all.stomp.relay_stats().heard < messages);
    int heard = 0;
    for (; heard < messages; ++heard) {
        const std::string got = client.hear();
        REQUIRE(header(got, "message-id") == std::to_string(heard));
    }
    sends.join();
    client.say("SEND|destination:/queue/a||alive^");
    CHECK(body(met.second.hear()) == "alive");
}

TEST_CASE("mt: a broker that reads slowly slows the client down, and misses nothing") {
    constexpr int messages = 24;
    broker_port broker;
    broker.listen();
    relay_world all(broker, {.max_buffered_bytes = 2'000'000});
    broker_side system = broker.accept();
    system.greet();
    auto met = all.meet(broker);
    std::thread sends([&client = met.first] {
        for (int each = 0; each < messages; ++each)
            client.say("SEND|destination:/queue/a|number:" + std::to_string(each) + "||" +
                       std::string(900'000, 'x') + '^');
    });
    until_still([&] { return all.stomp.relay_stats().passed_on; });
    CHECK(all.stomp.relay_stats().passed_on < messages);
    for (int each = 0; each < messages; ++each)
        REQUIRE(header(met.second.hear(), "number") == std::to_string(each));
    sends.join();
    CHECK(all.stomp.relay_stats().passed_on == messages);
}

}  // namespace relay_test
