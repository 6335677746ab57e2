#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <kedge/transports/loop/worker.hpp>
#include <test/transports/server_under_test.hpp>

namespace intake_test {

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr int many = 20'000;

/// Messages of which each is its own number.
std::string numbered(int count) {
    std::string body;
    for (int i = 0; i < count; ++i)
        body.append(i == 0 ? "4"
                           : "\x1e"
                             "4")
            .append(std::to_string(i));
    return body;
}

/// A server whose handler counts, and stands still at the first message until it is told to go on: what a
/// client does meanwhile has come before the second share of its POST is taken.
class standing_server {
  public:
    standing_server() {
        on.greet = [this](transports::session opened) {
            opened.on_message([this, opened](const transports::received_message& message,
                                             const engine::request*) {
                if (message.data.front() == 'w') return opened.send(message.data);  // a witness
                if (message.data == "0") {
                    if (stands) released_.get_future().wait();
                    at_first(opened);
                }
                in_order = in_order && message.data == std::to_string(taken.load());
                most_in_a_turn = std::max(most_in_a_turn, ++in_turn_[transports::worker::current()->turn()]);
                if (++taken == many) on.events.add("all");
            });
        };
    }
    void go_on() { released_.set_value(); }

    std::atomic<int> taken{0};
    bool in_order = true;
    int most_in_a_turn = 0;
    bool stands = true;
    std::function<void(transports::session)> at_first = [](const transports::session&) {};

  private:
    std::promise<void> released_;
    std::map<std::uint64_t, int> in_turn_;

  public:
    server_under_test on;
};

void begin_post(raw_client& by, const polling_client& of, std::string_view body) {
    by.send(raw_client::head("POST", of.address, {}, body));
}
void begin_post(polling_client& client, std::string_view body) {
    begin_post(client.posts, client, body);
}

}  // namespace

TEST_CASE("the packets of a POST are shared among turns, and it is answered behind the last") {
    standing_server under;
    polling_client client(under.on);
    witness other(under.on);
    begin_post(client, numbered(many));
    under.go_on();
    const answer posted = client.posts.read_answer();
    CHECK(posted.body == "ok");
    CHECK(under.taken == many);
    CHECK(under.in_order);
    CHECK(under.most_in_a_turn < 2000);
    CHECK(other.undisturbed());
    client.begin_poll();
    under.on.session(client.sid).send("still there");
    CHECK(client.end_poll().body == "4still there");
}

TEST_CASE("several clients who post much take turns, and whoever posts little waits for none") {
    standing_server under;
    under.stands = false;
    std::vector<std::unique_ptr<polling_client>> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<polling_client>(under.on));
    for (auto& each : clients) begin_post(*each, numbered(many));
    for (auto& each : clients) CHECK(each->posts.read_answer().status == 200);
    CHECK(under.taken == 5 * many);
    CHECK(under.most_in_a_turn < 8000);
}

TEST_CASE("a POST that came whole is taken to its end, though its connection is gone") {
    standing_server under;
    polling_client client(under.on);
    auto passing = std::make_unique<raw_client>(under.on.port());
    begin_post(*passing, client, numbered(many));
    passing.reset();
    under.go_on();
    CHECK(under.on.events.wait_for("all"));
    CHECK(under.in_order);
    CHECK(client.post("4behind").body == "ok");
    CHECK(under.taken == many + 1);
}

TEST_CASE("of POSTs whose connections are gone only some are kept") {
    constexpr int clients = 40;
    constexpr std::string_view gone = "transport error: data request connection closed prematurely";
    transports::server_options small = with_eio3();
    small.engine.max_http_buffer_size = 20'000;
    server_under_test on(std::move(small));
    std::promise<void> stands;
    std::promise<void> released;
    on.greet = [&](transports::session opened) {
        opened.on_message([&](const transports::received_message& message, const engine::request*) {
            if (message.data != "stand") return;
            stands.set_value();
            released.get_future().wait();
        });
    };
    std::string body;
    for (int i = 0; i < 9'000; ++i)
        body.append(
            "4"
            "\x1e");
    std::vector<std::unique_ptr<polling_client>> posting;
    for (int i = 0; i < clients; ++i) posting.push_back(std::make_unique<polling_client>(on));
    websocket_client standing(on);
    standing.send_text("4stand");
    stands.get_future().wait();
    for (auto& each : posting) {
        raw_client passing(on.port());
        begin_post(passing, *each, body + "1");
    }
    released.set_value();
    const auto ends = [&](std::string_view how) {
        int count = 0;
        for (const std::string& each : on.events.all()) count += each.ends_with(how) ? 1 : 0;
        return count;
    };
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ends("transport close") + ends(gone) < clients && std::chrono::steady_clock::now() < patience)
        std::this_thread::yield();
    const int dropped = ends(gone);
    CHECK(ends("transport close") == clients - dropped);
    CHECK(dropped > 0);
    CHECK(dropped < clients);
}

TEST_CASE("a POST that comes before the packets of another are taken is an overlap") {
    standing_server under;
    polling_client client(under.on);
    begin_post(client, numbered(many));
    raw_client second = under.on.connect();
    begin_post(second, client, "4no");
    under.go_on();
    CHECK(second.read_answer().status == 400);
    CHECK(client.posts.read_answer().body == "ok");
    CHECK(under.on.events.wait_for("close " + client.sid +
                                   " transport error: data request overlap from client"));
    CHECK(under.taken < many);
}

TEST_CASE("who upgrades before a POST is answered has not stopped polling, and stays where it is") {
    standing_server under;
    polling_client client(under.on);
    raw_client socket = under.on.connect();
    REQUIRE(socket.upgrade(of(v4_websocket, client.sid)).status == 101);
    socket.send_text("2probe");
    REQUIRE(socket.read_text() == "3probe");
    begin_post(client, numbered(many));
    socket.send_text("5");
    under.go_on();
    CHECK(client.posts.read_answer().body == "ok");
    CHECK(under.in_order);
    CHECK(under.taken == many);
    CHECK_FALSE(under.on.events.happened("upgrade " + client.sid));
    client.begin_poll();
    under.on.session(client.sid).send("by polling");
    CHECK(client.end_poll().body == "4by polling");
}

TEST_CASE("a session that ends answers the POST whose packets wait, and takes no more of them") {
    for (const bool at_once : {false, true}) {
        CAPTURE(at_once);
        standing_server under;
        polling_client client(under.on);
        client.begin_poll();
        // A turn is over before what is posted here is done; the packets are not.
        under.at_first = [at_once](transports::session session) {
            transports::worker::current()->post([session, at_once]() mutable { session.close(at_once); });
        };
        begin_post(client, numbered(many));
        under.go_on();
        CHECK(client.posts.read_answer().body == "ok");
        CHECK(client.end_poll().body == "1");
        CHECK(under.on.events.wait_for("close " + client.sid + " forced close"));
        CHECK(under.taken < many);
    }
}

TEST_CASE("a close packet ends a POST of many packets") {
    standing_server under;
    polling_client client(under.on);
    begin_post(client, numbered(many) +
                           "\x1e"
                           "1\x1e"
                           "4never");
    under.go_on();
    CHECK(client.posts.read_answer().body == "ok");
    CHECK(under.on.events.wait_for("close " + client.sid + " transport close"));
    CHECK(under.taken == many);
}

TEST_CASE("what cannot be read behind many packets ends the session behind them") {
    standing_server under;
    polling_client client(under.on);
    begin_post(client, numbered(many) +
                           "\x1e"
                           "x");
    under.go_on();
    CHECK(client.posts.read_answer().body == "ok");
    CHECK(under.on.events.wait_for("close " + client.sid + " parse error"));
    CHECK(under.taken == many);
}

TEST_CASE("a server is destroyed while packets of a POST wait") {
    standing_server under;
    polling_client client(under.on);
    under.at_first = [&under](const transports::session&) { under.on.server.stop(); };
    begin_post(client, numbered(many));
    under.go_on();
}

TEST_CASE("mt: many packets of many clients, of whom some go, close, overlap or ask for the wrong thing") {
    transports::server_options two = with_eio3();
    two.threads = 2;
    server_under_test on(std::move(two));
    on.greet = [](transports::session opened) {
        opened.on_message(
            [opened, count = 0](const transports::received_message& message, const engine::request*) mutable {
                if (message.data.front() == 'w') return opened.send(message.data);
                ++count;
                if (message.data == "bye") return opened.close(true);
                if (message.data == "leave") return opened.close();
                if (count % 100 == 0) throw 1;
            });
    };
    const std::string body = numbered(3000);
    witness other(on);
    for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        polling_client client(on);
        const std::string last = round % 4 == 0   ? "\x1e"
                                                    "4bye"
                                 : round % 4 == 1 ? "\x1e"
                                                    "4leave"
                                                  : "";
        const std::string said = body + last;
        raw_client passing(on.port());
        begin_post(passing, client, said);
        switch (round % 5) {
            case 0:
                passing.drop();
                break;
            case 1:
                passing.reset();
                break;
            case 2:
                CHECK(client.post("4second").status != 0);
                break;
            case 3:
                CHECK(client.polls.get(client.address + "&EIO=3").status == 400);
                [[fallthrough]];
            default:
                CHECK(passing.read_answer().status == 200);
        }
        CHECK(other.undisturbed());
    }
}

}  // namespace intake_test
