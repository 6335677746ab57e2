#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/net/random_openssl.hpp>
#include <test/transports/relay/two_nodes.hpp>

namespace relay_test {

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr std::string_view unknown_sid = R"({"code":1,"message":"Session ID unknown"})";

/// A polling session of the home, spoken to by way of the entry.
struct wanderer {
    explicit wanderer(two_nodes& on, std::string_view target = v4_polling)
        : polls(on.entry.on.connect()), posts(on.entry.on.connect()) {
        raw_client opening = on.home.on.connect();
        sid = sid_in(opening.get(target).body);
        address = of(target, sid);
    }
    raw_client polls;
    raw_client posts;
    std::string sid;
    std::string address;
};

}  // namespace

TEST_CASE("a session is spoken to by way of any node") {
    two_nodes on;
    wanderer client(on);
    CHECK(engine::node_of(client.sid) == 0);
    for (int i = 0; i < 10; ++i) {
        const std::string text = "hello " + std::to_string(i);
        const answer posted = client.posts.post(client.address, "4" + text);
        CHECK(posted.status == 200);
        CHECK(posted.body == "ok");
        CHECK(client.polls.get(client.address).body == "4" + text);
    }
    // Parked until there is something to say.
    client.polls.send(raw_client::head("GET", client.address));
    CHECK(client.polls.quiet());
    on.home.on.session(client.sid).send("news");
    CHECK(client.polls.read_answer().body == "4news");

    CHECK(on.entry.stats().passed_on == 21);
    CHECK(on.home.stats().from_peers == 21);
    CHECK(on.entry.stats().passing_failed == 0);
    CHECK(on.home.on.server.stats().accepted == 2);  // the handshake's, and one for all that was passed on
    CHECK(on.home.stats().refused == std::array<std::uint64_t, 6>{});
}

TEST_CASE("JSONP is passed on as all else") {
    two_nodes on;
    raw_client opening = on.home.on.connect();
    const std::string target = std::string(v3_polling) + "&j=3&b64=1";
    std::string plain = opening.get(target).body;
    std::string unescaped;
    for (const char c : plain)
        if (c != '\\') unescaped += c;
    const std::string address = of(target, sid_in(unescaped));
    raw_client by = on.entry.on.connect();
    CHECK(by.post(address, "d=6%3A4hello", "Content-Type: application/x-www-form-urlencoded\r\n").status ==
          200);
    CHECK(by.get(address).body == "___eio[3](\"6:4hello\");");
}

TEST_CASE("a session upgrades by way of another node, and both sides are told of the end") {
    two_nodes on;
    for (const bool client_ends : {true, false}) {
        wanderer client(on);
        const std::string target = of(v4_websocket, client.sid);
        raw_client socket = on.entry.on.connect();
        // A frame that comes with the request belongs to the websocket.
        const std::string head = raw_client::head("GET", target, raw_client::upgrade_headers);
        CHECK(socket.request(head + raw_client::masked_frame(0x81, "2probe")).status == 101);
        CHECK(socket.read_text() == "3probe");
        socket.send_text("5");
        CHECK(on.home.on.events.wait_for("upgrade " + client.sid));
        socket.send_text("4hello");
        CHECK(socket.read_text() == "4hello");
        const std::string large(300'000, 'x');
        socket.send_text("4" + large);
        CHECK(socket.read_text() == "4" + large);
        if (client_ends) {
            socket.drop();
            CHECK(on.home.on.events.wait_for("close " + client.sid + " transport close"));
        } else {
            on.home.on.session(client.sid).close();
            CHECK(socket.read_frame().opcode == 8);
            socket.send_frame(0x88, "");
            CHECK(socket.ends());
        }
    }
}

TEST_CASE("bodies and answers stream, however long and whatever their framing") {
    auto options = with_eio3();
    options.engine.max_http_buffer_size = 4'000'000;
    options.http_compression.reset();
    two_nodes on(options);
    wanderer client(on);
    const std::string large(3'000'000, 'y');
    CHECK(client.posts.post(client.address, "4" + large).body == "ok");
    // The client asks, and does not read for a while.
    client.polls.send(raw_client::head("GET", client.address));
    CHECK(client.posts.post(client.address, "4" + large).body == "ok");
    CHECK(client.polls.read_answer().body == "4" + large);
    CHECK(client.polls.get(client.address).body == "4" + large);

    client.posts.send(
        "POST " + client.address +
        " HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(client.posts.read_answer().status == 100);
    client.posts.send("3\r\n4ab\r\n");
    client.posts.send("2\r\ncd\r\n0\r\n\r\n");
    CHECK(client.posts.read_answer().body == "ok");
    CHECK(client.polls.get(client.address).body == "4abcd");
}

TEST_CASE("a body that the home refuses is refused by way of another node") {
    two_nodes on;
    wanderer client(on);
    client.posts.send("POST " + client.address +
                      " HTTP/1.1\r\nHost: test\r\nContent-Length: 90000000\r\n\r\n");
    CHECK(client.posts.read_answer().status == 413);
}

TEST_CASE("the home sees where the client is, not the node between") {
    auto options = with_eio3();
    options.trust_proxy = transports::trust_proxy::networks({"loopback"});
    options.limits.connections_per_address = 3;
    std::mutex lock;
    std::vector<std::string> seen;
    options.headers = [&](transports::header_list&, const engine::request& asked) {
        const std::lock_guard hold(lock);
        seen.push_back(std::string(asked.remote_address()) + (asked.secure() ? " secure" : " plain"));
    };
    std::uint16_t behind = 0;
    two_nodes on(options, [&](transports::engine_server& server) {
        auto where = loopback();
        where.proxy_protocol = true;
        behind = server.listen(where);
    });
    wanderer client(on);
    on.home.on.session(client.sid).send("one");
    {
        raw_client by(behind);
        by.send("PROXY TCP4 203.0.113.9 127.0.0.1 4444 80\r\n");
        CHECK(by.get(client.address).body == "4one");
        on.home.on.session(client.sid).send("two");
        CHECK(by.get(client.address, "X-Forwarded-Proto: https\r\n").body == "4two");
    }
    const std::lock_guard hold(lock);
    REQUIRE(seen.size() == 3);
    CHECK(seen[1] == "203.0.113.9 plain");
    CHECK(seen[2] == "203.0.113.9 plain");
}

TEST_CASE("a session of a node that is not there is unknown, at once") {
    two_nodes on;
    wanderer client(on);
    on.entry.know({.own = 1, .others = {}});
    const answer refused = client.polls.get(client.address);
    CHECK(refused.status == 400);
    CHECK(refused.body == unknown_sid);
    CHECK(on.entry.stats().passing_failed == 1);

    // It is to be there, but nobody listens: it is suspect from then on.
    std::uint16_t nobody = 0;
    {
        transports::listen_socket briefly(loopback());
        nobody = briefly.port();
    }
    on.entry.know({.own = 1, .others = {{0, at_port(nobody)}}});
    for (int i = 0; i < 3; ++i) CHECK(client.polls.get(client.address).body == unknown_sid);
    CHECK(client.posts.post(client.address, "4x").body == unknown_sid);
    CHECK(on.entry.on.connect().upgrade(of(v4_websocket, client.sid)).status == 400);
    CHECK(on.entry.stats().passed_on == 1);
    CHECK(on.entry.stats().passing_failed == 6);
}

TEST_CASE("a node that hangs is not waited for, and a poll that waits there ends when the node is gone") {
    two_nodes on;
    wanderer client(on);
    const transports::listen_socket deaf(loopback());
    on.entry.know({.own = 1, .others = {{0, at_port(deaf.port())}}});
    client.polls.send(raw_client::head("GET", client.address));
    CHECK(client.posts.post(client.address, "4x").body == unknown_sid);
    CHECK(client.posts.post(client.address, "4x").body == unknown_sid);  // it is suspect: at once
    CHECK(client.polls.quiet());
    on.entry.know({.own = 1, .others = {}});
    CHECK(client.polls.read_answer().body == unknown_sid);
}

TEST_CASE("a home that ends in the middle is noticed") {
    auto home = std::make_unique<node_under_test>();
    node_under_test entry;
    home->know({.own = 0, .others = {}});
    entry.know({.own = 1, .others = {{0, at_port(home->peers)}}});
    raw_client opening = home->on.connect();
    const std::string polling = of(v4_polling, sid_in(opening.get(v4_polling).body));
    const std::string socket_sid = sid_in(opening.get(v4_polling).body);
    raw_client parked = entry.on.connect();
    parked.send(raw_client::head("GET", polling));
    CHECK(parked.quiet());
    raw_client socket = entry.on.connect();
    CHECK(socket.upgrade(of(v4_websocket, socket_sid)).status == 101);
    home.reset();
    CHECK(parked.read_answer().body == unknown_sid);
    CHECK(socket.ends());
}

TEST_CASE("a client that leaves is missed at the home") {
    two_nodes on;
    wanderer client(on);
    client.polls.send(raw_client::head("GET", client.address));
    CHECK(client.polls.quiet());
    client.polls.drop();
    CHECK(on.home.on.events.wait_for("close " + client.sid +
                                     " transport error: poll connection closed prematurely"));
}

TEST_CASE("only who knows the secret is believed, and what was said once is not believed again") {
    two_nodes on;
    wanderer client(on);
    const std::string request = raw_client::head("GET", client.address);
    on.home.on.session(client.sid).send("news");
    for (const std::string& said : {request, "PROXY TCP4 203.0.113.9 127.0.0.1 4444 80\r\n" + request,
                                    claim_for(client.sid, "another secret, long enough") + request}) {
        raw_client stranger(on.home.peers);
        stranger.send(said);
        CHECK(stranger.take_all().empty());
    }
    const std::string claim = claim_for(client.sid);
    raw_client node(on.home.peers);
    CHECK(node.request(claim + request).body == "4news");
    node.send(claim + request);
    CHECK(node.take_all().empty());
    raw_client again(on.home.peers);
    again.send(claim + request);
    CHECK(again.take_all().empty());
    // A claim is for the session that it names.
    raw_client other(on.home.peers);
    CHECK(other.request(claim_for(std::string(20, 'A')) + request).status == 400);
    CHECK(on.home.stats().peers_refused == 5);
    CHECK(on.home.stats().from_peers == 2);
}

TEST_CASE("what was passed on once is not passed on again") {
    two_nodes on;
    wanderer client(on);
    raw_client node(on.entry.peers);
    const answer refused = node.request(claim_for(client.sid) + raw_client::head("GET", client.address));
    CHECK(refused.status == 400);
    CHECK(refused.body == unknown_sid);
    CHECK(on.entry.stats().passed_on == 0);
    // Two that take each other for the home: the second one refuses.
    on.entry.know({.own = 1, .others = {{7, at_port(on.home.peers)}}});
    on.home.know({.own = 5, .others = {{7, at_port(on.entry.peers)}}});
    transports::random_openssl random;
    engine::sid_source ids(random, 0);
    ids.node(7);
    CHECK(client.polls.get(of(v4_polling, ids.next())).body == unknown_sid);
    CHECK(on.entry.stats().passed_on == 1);
    CHECK(on.home.stats().passed_on == 0);
}

TEST_CASE("limits by address count the client, whichever way it comes") {
    auto options = with_eio3();
    options.limits.connections_per_address = 2;
    two_nodes on(options);
    raw_client opening = on.home.on.connect();
    const std::string address = of(v4_polling, sid_in(opening.get(v4_polling).body));
    raw_client first = on.entry.on.connect();
    first.send(raw_client::head("GET", address));
    CHECK(first.quiet());
    raw_client second = on.entry.on.connect();
    CHECK(second.post(address, "4x").body == unknown_sid);  // its third connection, as the home sees it
    CHECK(on.home.on.server.stats().refused_connections == 1);
}

TEST_CASE("without its number a node makes ids that nobody passes on") {
    node_under_test alone;
    raw_client client = alone.on.connect();
    const std::string sid = sid_in(client.get(v4_polling).body);
    CHECK(engine::node_of(sid) == engine::no_node);
    CHECK(client.post(of(v4_polling, sid), "4x").body == "ok");
    // A number that was lost stays its own until another has it.
    alone.know({.own = 3, .others = {}});
    const std::string old = sid_in(alone.on.connect().get(v4_polling).body);
    CHECK(engine::node_of(old) == 3);
    alone.know({.own = 4, .others = {}});
    CHECK(client.post(of(v4_polling, old), "4x").body == "ok");
    alone.know({.own = 4, .others = {{3, at_port(1)}}});
    CHECK(client.post(of(v4_polling, old), "4x").body == unknown_sid);
}

TEST_CASE("ids of the program's own making and a fleet are a contradiction") {
    transports::server_options options;
    options.generate_id = [](const engine::request&) { return "mine"; };
    transports::engine_server server(options);
    CHECK_THROWS_WITH_AS(server.join_fleet(loopback(), {.secret = "s", .tls = {}}),
                         doctest::Contains("generate_id"), std::invalid_argument);
}

TEST_CASE("a node that ends tells clients whose requests wait elsewhere to come anew") {
    two_nodes on;
    wanderer client(on);
    client.polls.send(raw_client::head("GET", client.address));
    CHECK(client.polls.quiet());
    on.entry.on.server.close({}, [&] { on.entry.on.events.add("closed"); });
    CHECK(client.polls.read_answer().body == unknown_sid);
    CHECK(on.entry.on.events.wait_for("closed"));
}

TEST_CASE("mt: requests are passed on to a home of several workers by a node of several") {
    auto options = with_eio3();
    options.threads = 3;
    two_nodes on(options);
    std::vector<wanderer> clients;
    for (int i = 0; i < 12; ++i) clients.emplace_back(on);
    for (int round = 0; round < 5; ++round)
        for (wanderer& each : clients) {
            CHECK(each.posts.post(each.address, "4hello").body == "ok");
            CHECK(each.polls.get(each.address).body == "4hello");
        }
    CHECK(on.entry.stats().passed_on == 120);
    CHECK(on.home.stats().from_peers == 120);
}

}  // namespace relay_test
