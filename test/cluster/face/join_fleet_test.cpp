#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/cluster.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/engine_server.hpp>
#include <kedge/server.hpp>

#include <test/cluster/eventually.hpp>
#include <test/cluster/redis_server.hpp>
#include <test/cluster/redis_speaker.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/raw_client.hpp>

namespace join_fleet_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::raw_client;
using kedge::test::redis_server;

namespace {

constexpr std::string_view polling = "/socket.io/?EIO=4&transport=polling";
constexpr const char* secret = "the secret of this test";

/// A server of a fleet, on a thread of its own.
struct node {
    explicit node(const std::string& redis, std::optional<fleet_tls> tls = {})
        : node(redis_options{.url = redis}, std::move(tls)) {}
    explicit node(redis_options redis, std::optional<fleet_tls> tls = {})
        : io({.port = 0, .host = "127.0.0.1"}) {
        join_fleet(
            io,
            {.address = "127.0.0.1:0", .secret = secret, .tls = std::move(tls), .redis = std::move(redis)});
        thread = std::thread([this] { io.run(); });
    }
    ~node() {
        io.close();
        thread.join();
    }
    std::string open() const {
        const std::string body = raw_client(io.port()).get(polling).body;
        return body.substr(body.find("\"sid\":\"") + 7, engine::sid_size);
    }
    bool has_number() const { return engine::node_of(open()) != engine::no_node; }
    int post(const std::string& sid) const {
        return raw_client(io.port()).post(std::string(polling) + "&sid=" + sid, "40").status;
    }

    server io;
    std::thread thread;
};

void refuses(fleet_options options, const char* what) {
    transports::engine_server server;
    CHECK_THROWS_WITH_AS(join_fleet(server, std::move(options)), doctest::Contains(what),
                         std::invalid_argument);
}

}  // namespace

TEST_CASE("what cannot be a fleet says which option is wrong") {
    refuses({.address = "127.0.0.1:0", .secret = "too short"}, "secret");
    refuses({.address = "nowhere", .secret = secret}, "address");
    refuses({.address = "127.0.0.1:0", .listen = "?", .secret = secret}, "listen");
    refuses({.nodes = {"10.0.0.1:7000"}, .address = "127.0.0.1:0", .secret = secret}, "not among them");
    refuses({.nodes = {"127.0.0.1:0", "x"}, .address = "127.0.0.1:0", .secret = secret}, "nodes");
    refuses({.url = "redis://x", .nodes = {"127.0.0.1:0"}, .address = "127.0.0.1:0", .secret = secret},
            "url");
    refuses({.url = "http://x", .address = "127.0.0.1:0", .secret = secret}, "scheme");
}

TEST_CASE("mt: servers find each other in Redis, and forget who has ended") {
    redis_server redis;
    const node one(redis.url());
    std::string of_two;
    {
        const node two(redis.url());
        REQUIRE(eventually([&] { return engine::node_of(one.open()) != engine::no_node; }));
        REQUIRE(eventually([&] { return engine::node_of(two.open()) != engine::no_node; }));
        of_two = two.open();
        const std::string of_one = one.open();
        CHECK(engine::node_of(of_one) != engine::node_of(of_two));
        CHECK(eventually([&] { return two.post(of_one) == 200; }));
        CHECK(eventually([&] { return one.post(of_two) == 200; }));
    }
    CHECK(one.post(of_two) == 400);
    // The number was given back: a server that comes may have it at once.
    const node three(redis.url());
    CHECK(eventually([&] { return engine::node_of(three.open()) != engine::no_node; }));
}

TEST_CASE(
    "mt: servers of a fleet speak TLS to each other, and to nobody else whose certificate is not theirs") {
    const kedge::test::authority ours("ours");
    const kedge::test::authority another("another");
    const auto tls = [&](const kedge::test::authority& issuer) {
        fleet_tls made;
        made.own.certificate = issuer.issue("node.example");
        made.others.ca = ours.pem();
        made.others.server_name = "node.example";
        return made;
    };
    redis_server redis;
    const node one(redis.url(), tls(ours));
    const node two(redis.url(), tls(ours));
    const node impostor(redis.url(), tls(another));
    const node plain(redis.url());
    for (const node* const each : {&one, &two, &impostor, &plain})
        REQUIRE(eventually([&] { return each->has_number(); }));
    const std::string of_one = one.open();
    const std::string of_two = two.open();
    CHECK(eventually([&] { return two.post(of_one) == 200; }));
    CHECK(eventually([&] { return one.post(of_two) == 200; }));
    // It is asked, since Redis knows it, and not believed.
    const auto failed = [&] { return one.io.stats().total.passing_failed; };
    for (const node* const each : {&impostor, &plain}) {
        const auto before = failed();
        const std::string theirs = each->open();
        CHECK(eventually([&] { return one.post(theirs) == 400 && failed() > before; }));
        CHECK(each->post(theirs) == 200);
    }
    CHECK(plain.post(one.open()) == 400);
}

TEST_CASE("mt: servers find each other with the least rights") {
    const redis_server redis;
    // As docs/cluster.md says.
    CHECK(redis.command(
              "ACL SETUSER fleet on >secret resetchannels -@all +hello +client|setname +ping +mget +set "
              "+pexpire +del +publish +subscribe +unsubscribe ~kedge:fleet:* &kedge:fleet") == '+');
    const redis_options limited{.url = redis.url(), .user = "fleet", .password = "secret"};
    const node one(limited);
    std::string of_two;
    {
        const node two(limited);
        REQUIRE(eventually([&] { return one.has_number() && two.has_number(); }));
        of_two = two.open();
        CHECK(eventually([&] { return two.post(one.open()) == 200 && one.post(of_two) == 200; }));
    }
    CHECK(one.post(of_two) == 400);  // it gave its number back
}

TEST_CASE("mt: nonsense on the fleet's channel, and at its ports, harms nobody") {
    const redis_server redis;
    const auto figures = std::make_shared<redis_figures>();
    const node one(redis_options{.url = redis.url(), .figures = figures});
    const node two(redis.url());
    REQUIRE(eventually([&] { return one.has_number() && two.has_number(); }));
    const std::string of_one = one.open();
    const std::string of_two = two.open();
    REQUIRE(eventually([&] { return two.post(of_one) == 200 && one.post(of_two) == 200; }));
    kedge::test::redis_speaker stranger(redis.path());
    int counted = 0;
    for (const std::string each :
         {"", " ", "x", "-1", "255", "999 a:1,b", "3 ", "3 nonsense", "3 host:x,y", "\xff\xfe"}) {
        stranger.ask({"PUBLISH", "kedge:fleet", each});
        ++counted;
    }
    CHECK(eventually([&] { return figures->not_understood.value() >= static_cast<std::uint64_t>(counted); }));
    std::vector<std::string> ports;
    for (const auto& key : stranger.ask({"KEYS", "kedge:fleet:*"})) {
        const auto value = stranger.ask({"GET", key}).at(0);
        ports.push_back(value.substr(value.find(':') + 1, value.find(',') - value.find(':') - 1));
        stranger.ask({"PUBLISH", "kedge:fleet", key.substr(key.rfind(':') + 1)});  // "it has gone"
        stranger.ask({"PUBLISH", "kedge:fleet", key.substr(key.rfind(':') + 1) + " 127.0.0.1:1,evil"});
    }
    stranger.ask({"SET", "kedge:fleet:77", "nonsense"});
    REQUIRE(ports.size() == 2);
    for (const auto& port : ports)
        for (const std::string& said : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(3000, '\xff'),
                                        std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16)}) {
            raw_client one_of_many(static_cast<std::uint16_t>(std::stoi(port)));
            one_of_many.send(said);
        }
    CHECK(eventually([&] { return two.post(of_one) == 200 && one.post(of_two) == 200; }));
    const auto refused = [](const node& which) { return which.io.stats().total.peers_refused; };
    CHECK(eventually([&] { return refused(one) > 0 && refused(two) > 0; }));
}

}  // namespace join_fleet_test
