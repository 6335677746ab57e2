// A broker on several workers, by raw websockets; run under ThreadSanitizer as well.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <kedge/engine_server.hpp>
#include <kedge/listen_socket.hpp>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/stomp.hpp>
#include <test/cluster/eventually.hpp>
#include <test/faults/hand_turned.hpp>
#include <test/stomp/stomp_peer.hpp>

namespace broker_test {

using namespace std::string_literals;
using namespace kedge::stomp::testing;

namespace {

struct world {
    explicit world(kedge::stomp::options terms = {},
                   const std::function<void(kedge::stomp::broker&)>& prepare = {})
        : stomp(io, "/stomp", std::move(terms)) {
        if (prepare) prepare(stomp);
        stomp.over(sockjs);
        sockjs.attach(io.engine());
        stomp.attach(io.engine());
        kedge::transports::listen_address here;
        here.host = "127.0.0.1";
        io.listen(here);
        running = std::thread([this] { io.run(); });
    }
    ~world() {
        io.close();
        running.join();
    }
    std::uint16_t port() const { return io.port(); }

    kedge::server io{{.threads = 3}};
    kedge::stomp::broker stomp;
    kedge::sockjs::front sockjs{"/sockjs"};
    std::thread running;
};

}  // namespace

TEST_CASE("mt: each job of many senders goes to one of many consumers") {
    constexpr int senders = 3, jobs = 40;
    world all;
    std::vector<std::string> seen[2];
    std::atomic<int> left{senders * jobs};
    std::vector<std::thread> threads;
    for (auto& mine : seen) {
        threads.emplace_back([&] {
            peer consumer(all.port(), &mine == &seen[0] ? "/stomp" : "/sockjs/websocket");
            consumer.settle("SUBSCRIBE|id:0|destination:/queue/jobs|ack:client-individual|prefetch-count:3");
            while (left > 0) {
                const std::string frame = consumer.hear();
                CAPTURE(frame);
                REQUIRE(frame.starts_with("MESSAGE"));
                if (body(frame) == "\"over\"") return;
                mine.push_back(body(frame));
                consumer.say("ACK|id:" + header(frame, "ack") + "||^");
                if (--left == 0)
                    all.stomp.to_queue("/queue/jobs", "over"s), all.stomp.to_queue("/queue/jobs", "over"s);
            }
        });
    }
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&, sender] {
            peer one(all.port());
            for (int job = 0; job < jobs; ++job)
                one.settle("SEND|destination:/queue/jobs", std::to_string(sender * jobs + job));
        });
    }
    for (auto& each : threads) each.join();
    std::set<std::string> once;
    for (const auto& mine : seen) once.insert(mine.begin(), mine.end());
    CHECK(once.size() == std::size_t{senders * jobs});
    CHECK(seen[0].size() + seen[1].size() == once.size());
}

TEST_CASE("mt: consumers that come and go lose nothing") {
    constexpr int jobs = 20;
    world all({.queues = {.max_deliveries = 1'000}});
    peer sender(all.port());
    for (int job = 0; job < jobs; ++job) sender.settle("SEND|destination:/queue/q", std::to_string(job));
    std::set<std::string> taken;
    for (int turn = 0; turn < jobs; ++turn) {
        peer consumer(all.port());
        consumer.say("SUBSCRIBE|id:0|destination:/queue/q|ack:client|prefetch-count:4||^");
        const std::string first = consumer.hear();
        taken.insert(body(first));
        consumer.settle("ACK|id:" + header(first, "ack"));
        consumer.drop();
    }
    CHECK(taken.size() == std::size_t{jobs});
}

TEST_CASE("mt: what is not taken in time is given up, and counted") {
    world all({.queues = {.max_deliveries = 2, .dead_letters = "/queue/dead"}});
    peer one(all.port());
    one.settle("SUBSCRIBE|id:d|destination:/queue/dead");
    one.settle("SUBSCRIBE|id:q|destination:/queue/q|ack:client-individual");
    one.say("SEND|destination:/queue/q|k:v||bad^");
    for (int time = 0; time < 2; ++time) {
        const std::string frame = one.hear();
        CHECK(header(frame, "redelivered") == (time == 0 ? "" : "true"));
        one.say("NACK|id:" + header(frame, "ack") + "||^");
    }
    const std::string letter = one.hear();
    CHECK(header(letter, "subscription") == "d");
    CHECK(header(letter, "original-destination") == "/queue/q");
    CHECK(header(letter, "k") == "v");
    CHECK(all.stomp.stats().queue_given_up == 1);
    const auto figures = all.stomp.figures()();
    CHECK(std::any_of(figures.begin(), figures.end(), [](const auto& each) {
        return each.name == "stomp_queue_given_up_total" && each.labels == "path=\"/stomp\"" &&
               each.value == 1;
    }));
}

TEST_CASE("mt: no message follows the receipt of UNSUBSCRIBE, and others get what is left") {
    world all;
    peer one(all.port()), other(all.port());
    one.settle("SUBSCRIBE|id:0|destination:/queue/q|ack:client-individual");
    one.say("SEND|destination:/queue/q||x^");
    CHECK(body(one.hear()) == "x");
    one.settle("UNSUBSCRIBE|id:0");
    other.say("SUBSCRIBE|id:1|destination:/queue/q||^");
    const std::string again = other.hear();
    CHECK(body(again) == "x");
    CHECK(header(again, "redelivered") == "true");
    one.settle("SEND|destination:/topic/nobody", "y");
}

TEST_CASE("who is refused within the rule that is asked is no consumer") {
    std::atomic<int> asked{0};
    world all({}, [&asked](kedge::stomp::broker& stomp) {
        stomp.on_subscribe(
            [&asked](const kedge::stomp::client& from, std::string_view) -> std::optional<std::string> {
                if (asked++ == 0) from.refuse("go away");
                return std::nullopt;
            });
    });
    peer one(all.port()), other(all.port());
    one.say("SUBSCRIBE|id:0|destination:/queue/q|ack:client-individual||^");
    CHECK(header(one.hear(), "message") == "go away");
    other.settle("SUBSCRIBE|id:0|destination:/queue/q");
    other.say("SEND|destination:/queue/q||1^SEND|destination:/queue/q||2^");
    REQUIRE(body(other.hear()) == "1");
    CHECK(body(other.hear()) == "2");
}

TEST_CASE("what strangers can make a broker keep is bounded") {
    const std::map<std::string, std::string> told{
        {"the queue is full",
         "SEND|destination:/queue/a||1^SEND|destination:/queue/a||2^SEND|destination:/queue/a||3^"},
        {"too many queues",
         "SEND|destination:/queue/a||1^SEND|destination:/queue/b||1^SEND|destination:/queue/"
         "c||1^SEND|destination:/"
         "queue/d||1^SEND|destination:/queue/e||1^SEND|destination:/queue/f||1^SEND|destination:/queue/"
         "g||1^"},
        {"too many subscriptions",
         "SUBSCRIBE|id:1|destination:/topic/a||^SUBSCRIBE|id:2|destination:/topic/a||^"
         "SUBSCRIBE|id:3|destination:/topic/a||^"},
        {"too many transactions", "BEGIN|transaction:1||^BEGIN|transaction:2||^BEGIN|transaction:3||^"},
        {"the transactions hold too much",
         "BEGIN|transaction:1||^SEND|destination:/queue/x|transaction:1||" + std::string(3'000, 'x') + "^"},
        {"the body is too large", "SEND|destination:/queue/x|content-length:5000||"},
        {"the headers are too large", "SEND|k:" + std::string(5'000, 'x')},
    };
    for (const auto& each : told) {
        const std::string &message = each.first, &frames = each.second;
        CAPTURE(message);
        world all({.max_head_bytes = 4'000,
                   .max_body_bytes = 4'000,
                   .max_subscriptions = 2,
                   .max_transactions = 2,
                   .max_transaction_bytes = 2'000,
                   .queues = {.max_messages = 2, .max_queues = 1}});
        peer one(all.port());
        one.say(frames);
        CHECK(header(one.hear(), "message") == message);
    }
}

TEST_CASE("a broker that could serve nobody is refused when it is made") {
    kedge::server io;
    using kedge::stomp::broker;
    CHECK_THROWS_AS(broker(io, "stomp"), std::invalid_argument);
    CHECK_THROWS_AS(broker(io, "/stomp", {.queues = {.dead_letters = "/topic/x"}}), std::invalid_argument);
    CHECK_THROWS_AS(broker(io, "/stomp", {.queues = {.max_deliveries = 0}}), std::invalid_argument);
    CHECK_THROWS_AS(broker(io, "/stomp").to_queue("/topic/x", 1), std::invalid_argument);
}

TEST_CASE("mt: a consumer that reads slowly is given no more than it takes, and loses nothing") {
    constexpr int messages = 30;
    world all({.max_buffered_bytes = 2'000'000,
               .queues = {.max_bytes = std::size_t{64} << 20, .max_unsettled = 2}});
    peer slow(all.port()), sender(all.port());
    slow.settle("SUBSCRIBE|id:0|destination:/queue/q");
    const std::string large(900'000, 'x');
    for (int each = 0; each < messages; ++each)
        sender.settle("SEND|destination:/queue/q|number:" + std::to_string(each), large);
    CHECK(all.stomp.stats().queued > 0);  // they wait where they are counted
    for (int each = 0; each < messages; ++each)
        REQUIRE(header(slow.hear(), "number") == std::to_string(each));
    CHECK(kedge::test::eventually([&] { return all.stomp.stats().queued == 0; }));
}

TEST_CASE("an acknowledgement that crosses the end of its subscription is no mistake") {
    world all;
    peer one(all.port());
    one.settle("SUBSCRIBE|id:0|destination:/queue/q|ack:client-individual");
    one.say("SEND|destination:/queue/q||x^");
    const std::string id = header(one.hear(), "ack");
    one.settle("UNSUBSCRIBE|id:0");
    one.settle("ACK|id:" + id);
    one.say("ACK|id:" + id + "||^");
    CHECK(header(one.hear(), "message") == "no such message to acknowledge");
}

TEST_CASE("of a transaction that holds what the broker refuses nothing takes effect") {
    world all({}, [](kedge::stomp::broker& stomp) {
        stomp.on_publish([](const kedge::stomp::client&, std::string_view destination) {
            return destination == "/queue/closed" ? std::optional<std::string>("closed") : std::nullopt;
        });
    });
    for (const std::string bad :
         {"SEND|destination:/queue/closed", "SEND|destination:/nosuch/x", "SEND|destination:/app/nosuch",
          "SEND|destination:/topic/a|event:connect", "ACK|id:q99"}) {
        CAPTURE(bad);
        peer one(all.port());
        one.say("BEGIN|transaction:t||^SEND|destination:/queue/q|transaction:t||x^" + bad +
                "|transaction:t||^COMMIT|transaction:t|receipt:c||^");
        CHECK(header(one.hear(), "receipt-id") == "c");
    }
    CHECK(all.stomp.stats().queued == 0);
}

TEST_CASE("what one client sends at once and takes long is spread over turns, in order") {
    using namespace std::chrono_literals;
    const kedge::transports::kernel table = kedge::test::with_hand_turned_clock();
    const kedge::transports::kernel_override clock(table);
    for (const std::string path : {"/stomp", "/sockjs/websocket"}) {
        CAPTURE(path);
        kedge::server io;
        kedge::stomp::broker stomp(io, "/stomp");
        std::vector<int> came;
        std::atomic<int> done{0};
        std::vector<std::size_t> others_saw;
        stomp.on_send("/app/slow", [&](int number) {
            came.push_back(number);
            ++done;
            kedge::test::hand_turned_now() += 3ms;
            io.after(1ms, [&] { others_saw.push_back(came.size()); });
        });
        kedge::sockjs::front sockjs{"/sockjs"};
        stomp.over(sockjs);
        sockjs.attach(io.engine());
        stomp.attach(io.engine());
        kedge::transports::listen_address here;
        here.host = "127.0.0.1";
        io.listen(here);
        std::thread running([&] { io.run(); });
        {
            peer one(io.port(), path);
            std::string all;
            for (int each = 0; each < 20; ++each)
                all += "SEND|destination:/app/slow||" + std::to_string(each) + '^';
            one.say(all + "SEND|destination:/app/slow|receipt:last||20^");
            CHECK(one.hear() == "RECEIPT|receipt-id:last||^");
            one.settle("SEND|destination:/app/slow", "21");
            // Who goes is heard to the end.
            peer two(io.port(), path);
            all.clear();
            for (int each = 22; each < 42; ++each)
                all += "SEND|destination:/app/slow||" + std::to_string(each) + '^';
            two.say(all);
            two.drop();
            CHECK(kedge::test::eventually([&] { return done == 42; }));
        }
        io.close();
        running.join();
        REQUIRE(came.size() == 42);
        CHECK(std::is_sorted(came.begin(), came.end()));
        REQUIRE(others_saw.size() > 10);
        CHECK(others_saw[0] == 1);
        CHECK(others_saw[10] == 11);
    }
}

TEST_CASE("what waits of clients for turns to come is counted, and what waits longest is cut off") {
    using namespace std::chrono_literals;
    kedge::server io{{.max_buffered_bytes_total = 3'000'000}};
    kedge::stomp::broker stomp(io, "/stomp");
    std::atomic<bool> slow{true};
    std::atomic<std::size_t> done{0};
    stomp.on_send("/app/slow", [&] {
        ++done;
        if (slow) std::this_thread::sleep_for(1ms);
    });
    stomp.attach(io.engine());
    kedge::transports::listen_address here;
    here.host = "127.0.0.1";
    io.listen(here);
    std::thread running([&] { io.run(); });
    const auto counted = [&] { return io.engine().stats().total; };
    const std::string frame = "SEND|destination:/app/slow||^";
    std::string much;
    while (much.size() < 900'000) much += frame;
    {
        std::vector<peer> crowd;
        while (counted().arrivals_cut == 0) {
            crowd.emplace_back(io.port(), "/stomp").say(much);
            REQUIRE(kedge::test::eventually([&] {
                return counted().bytes_arriving > crowd.size() * 800'000 || counted().arrivals_cut > 0;
            }));
        }
        slow = false;
        CHECK(crowd.size() > 2);
        CHECK(crowd.front().hear() ==
              "ERROR|message:too much waits to be done, and this has waited longest||^");
        crowd.back().say("SEND|destination:/app/slow|receipt:last||^");
        CHECK(crowd.back().hear() == "RECEIPT|receipt-id:last||^");
        for (peer& each : crowd) each.drop();
    }
    CHECK(kedge::test::eventually([&] { return counted().bytes_arriving == 0; }));
    io.close();
    running.join();
    CHECK(done > much.size() / frame.size());
}

TEST_CASE("what comes while a handler waits for events itself is heard behind it") {
    boost::asio::io_context mine;
    kedge::server io(mine);
    kedge::stomp::broker stomp(io, "/stomp");
    std::string order;
    std::atomic<bool> begun{false}, sent{false};
    stomp.on_send("/app/wait", [&](int number) {
        order += 'b' + std::to_string(number);
        begun = true;
        begun.notify_all();
        sent.wait(false);
        mine.poll();
        order += 'e' + std::to_string(number);
    });
    stomp.attach(io.engine());
    kedge::transports::listen_address here;
    here.host = "127.0.0.1";
    io.listen(here);
    std::thread running([&] { mine.run(); });
    {
        peer one(io.port(), "/stomp");
        one.say("SEND|destination:/app/wait||1^");
        begun.wait(false);
        one.say("SEND|destination:/app/wait|receipt:2||2^");
        sent = true;
        sent.notify_all();
        CHECK(one.hear() == "RECEIPT|receipt-id:2||^");
    }
    boost::asio::post(mine, [&] { io.close(); });
    running.join();
    CHECK(order == "b1e1b2e2");
}

}  // namespace broker_test
