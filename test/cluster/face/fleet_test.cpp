#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kedge/cluster.hpp>
#include <kedge/server.hpp>
#include <kedge/sse.hpp>

#include <test/cluster/eventually.hpp>
#include <test/cluster/fleet_server.hpp>
#include <test/cluster/redis_server.hpp>

namespace fleet_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::listener_by_hand;
using kedge::test::redis_server;
using node = kedge::test::fleet_server;

namespace {

/// An EventSource that has that event.
std::string asks_for_news(const std::string& last) {
    return "GET /news HTTP/1.1\r\nHost: x\r\n" + (last.empty() ? "" : "Last-Event-ID: " + last + "\r\n") +
           "\r\n";
}

/// A socket that has that event of an earlier one, and the session of another.
std::string returns(const std::string& pid, const std::string& offset) {
    return "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
           "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
           transports::client_frame(0x81, "40{\"pid\":\"" + pid + "\",\"offset\":\"" + offset + "\"}");
}

/// What stands behind these words, up to the next quote.
std::string behind(const std::string& words, const std::string& heard) {
    const auto at = heard.find(words);
    REQUIRE(at != std::string::npos);
    return heard.substr(at + words.size(), heard.find('"', at + words.size()) - at - words.size());
}

adapter_factory adapter_named(const std::string& name, const redis_server& redis) {
    if (name == "sharded") return sharded_redis_adapter({.url = redis.url()});
    if (name == "streams") return redis_streams_adapter({.url = redis.url(), .block_time = 200ms});
    redis_adapter_options classic{.url = redis.url()};
    classic.redis.connections = 3;
    return redis_adapter(classic);
}

}  // namespace

TEST_CASE("mt: two servers of four workers each are one, whatever the threads do") {
    for (const std::string kind : {"classic", "sharded", "streams"}) {
        CAPTURE(kind);
        const redis_server redis;
        node a(adapter_named(kind, redis));
        node b(adapter_named(kind, redis));
        std::vector<std::unique_ptr<listener_by_hand>> clients;
        for (int i = 0; i < 6; ++i)
            clients.push_back(std::make_unique<listener_by_hand>((i % 2 ? a : b).io->port()));
        REQUIRE(eventually([&] { return a.found() == 6 && b.found() == 6; }));

        constexpr int rounds = 100;
        std::vector<std::thread> threads;
        std::atomic<int> sums{0};
        for (node* const each : {&a, &b}) {
            threads.emplace_back([each] {
                for (int i = 0; i < rounds; ++i) each->io->emit("news", "x");
            });
            threads.emplace_back([each, &sums] {
                for (int i = 0; i < rounds / 10; ++i) {
                    each->io->in("some").sockets_join("others");
                    each->io->sockets_join("r" + std::to_string(i));
                    each->io->server_side_emit_with_ack("sum", i, 1)
                        .then(
                            [&sums](const std::vector<value>& all) { sums += static_cast<int>(all.size()); });
                    each->io->to("r" + std::to_string(i)).emit("room", i);
                    each->io->sockets_leave("r" + std::to_string(i));
                }
            });
        }
        for (auto& each : threads) each.join();
        CHECK(eventually([&] { return sums == 2 * rounds / 10; }));
        for (auto& each : clients)
            CHECK(eventually([&] { return each->count("[\"news\",\"x\"]") == 2 * rounds; }));
    }
}

TEST_CASE("mt: with recovery, all get all, each once") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        const redis_server redis;
        node a(adapter_named(kind, redis), recovery_options{});
        node b(adapter_named(kind, redis), recovery_options{});
        listener_by_hand first(a.io->port());
        listener_by_hand second(b.io->port());
        REQUIRE(eventually([&] { return a.found() == 2 && b.found() == 2; }));
        std::vector<std::thread> threads;
        for (node* const each : {&a, &b})
            threads.emplace_back([each] {
                for (int i = 0; i < 200; ++i) each->io->emit("news", "x");
            });
        for (auto& each : threads) each.join();
        for (auto* const each : {&first, &second}) {
            CHECK(eventually([&] { return each->count("[\"news\",\"x\"") >= 400; }));
            CHECK(each->count("[\"news\",\"x\"") == 400);
        }
    }
}

TEST_CASE("mt: with recovery, what was said before somebody leaves or is disconnected reaches him") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        const redis_server redis;
        node a(adapter_named(kind, redis), recovery_options{}, [](server& io) {
            io.on_connection([&io](const kedge::socket& each) {
                each.join("room");
                io.to("room").emit("to the room");
                each.leave("room");
                each.join("others");
                io.to("others").emit("to the others");
                io.in("others").sockets_leave("others");
                each.emit("last words");
                each.disconnect(true);
            });
        });
        listener_by_hand guest(a.io->port());
        CHECK(eventually([&] { return guest.count("last words") == 1; }));
        CHECK(guest.count("to the room") == 1);
        CHECK(guest.count("to the others") == 1);
        node b(adapter_named(kind, redis), recovery_options{});
        listener_by_hand second(b.io->port());
        REQUIRE(eventually([&] { return b.found() == 1; }));
        b.io->emit("to all");
        b.io->disconnect_sockets(true);
        CHECK(eventually([&] { return second.count("to all") == 1; }));
    }
}

TEST_CASE("mt: a guest that names its last event gets on another server what it missed") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        const redis_server redis;
        const auto with_news = [](server& io) { sse::front(io, "/news").attach(io.engine()); };
        node a(adapter_named(kind, redis), recovery_options{}, with_news);
        node b(adapter_named(kind, redis), recovery_options{}, with_news);
        std::string last;
        {
            listener_by_hand here(a.io->port(), asks_for_news({}));
            listener_by_hand there(b.io->port(), asks_for_news({}));
            REQUIRE(eventually([&] {  // until events have places
                a.io->emit("first");
                return here.count("\nid: ") > 0 && there.count("\nid: ") > 0;
            }));
            const std::string heard = here.heard();
            const auto id = heard.find("\nid: ") + 5;
            last = heard.substr(id, heard.find('\n', id) - id);
        }
        for (int i = 0; i < 3; ++i) a.io->emit("missed", i);
        listener_by_hand again(b.io->port(), asks_for_news(last));
        CHECK(eventually([&] { return again.count("event: missed") == 3; }));
        const std::string heard = again.heard();
        std::size_t at = 0;
        for (int i = 0; i < 3 && at != std::string::npos; ++i)
            at = heard.find("data: [" + std::to_string(i) + "]", at);
        CHECK(at != std::string::npos);
    }
}

TEST_CASE("mt: who came anew is not told what was before, though its client names an older event") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        const redis_server redis;
        node a(adapter_named(kind, redis), recovery_options{});
        listener_by_hand witness(a.io->port());
        const auto ready = [](node& of, listener_by_hand& at) {
            return eventually([&] {
                of.io->emit("ready");
                return at.count("[\"ready\",\"") > 0;
            });
        };
        REQUIRE(ready(a, witness));
        const std::string offset = behind("[\"ready\",\"", witness.heard());
        a.io->emit("between");
        REQUIRE(eventually([&] { return witness.count("[\"between\"") == 1; }));
        std::string pid;
        {
            listener_by_hand client(a.io->port());
            pid = behind("\"pid\":\"", client.heard());
            a.io->emit("its own");
            REQUIRE(eventually([&] { return client.count("[\"its own\"") == 1; }));
        }
        REQUIRE(eventually([&] { return a.found() == 1; }));
        node b(adapter_named(kind, redis), recovery_options{});
        listener_by_hand there(b.io->port());
        REQUIRE(ready(b, there));
        listener_by_hand again(b.io->port(), returns(pid, offset));
        CHECK(eventually([&] { return again.count("[\"its own\"") == 1; }));
        CHECK(again.count("[\"between\"") == 0);
    }
}

TEST_CASE("mt: who stayed misses nothing while Redis cuts its server off again and again") {
    const redis_server redis;
    redis.command("ACL SETUSER slow on >slow ~* &* +@all");
    redis_adapter_options of_b{.url = redis.url()};
    of_b.redis.user = of_b.redis.password = "slow";
    node a(adapter_named("classic", redis), recovery_options{});
    node b(redis_adapter(of_b), recovery_options{});
    listener_by_hand there(b.io->port());
    REQUIRE(eventually([&] { return a.found() == 1; }));
    constexpr int many = 1000;
    for (int i = 0; i < many; ++i) {
        if (i % 200 == 100) redis.command("CLIENT KILL USER slow");
        if (i % 10 == 0) std::this_thread::sleep_for(1ms);  // while it is away, and when it is back
        a.io->emit("n", i);
    }
    CHECK(eventually([&] { return there.count("[\"n\",") >= many; }));
    const std::string heard = there.heard();
    std::size_t at = 0;
    for (int i = 0; i < many && at != std::string::npos; ++i)
        at = heard.find("[\"n\"," + std::to_string(i) + ",", at);
    CHECK(at != std::string::npos);
    CHECK(there.count("[\"n\",") == many);
}

TEST_CASE("mt: Redis that goes and comes back, while servers speak") {
    redis_server redis;
    node a(adapter_named("classic", redis));
    node b(adapter_named("classic", redis));
    listener_by_hand here(a.io->port());
    listener_by_hand there(b.io->port());
    REQUIRE(eventually([&] { return a.found() == 2; }));
    redis.end();
    for (int i = 0; i < 20; ++i) a.io->emit("away", i);
    CHECK(eventually([&] { return here.count("away") == 20; }));
    redis.begin();
    CHECK(eventually([&] {
        a.io->emit("back");
        return there.count("back") > 0;
    }));
    CHECK(eventually([&] { return a.found() == 2; }));
}

TEST_CASE("mt: an emitter is heard, and waits at its end until it was") {
    const redis_server redis;
    node a(adapter_named("classic", redis));
    listener_by_hand client(a.io->port());
    {
        emitter warm({.url = redis.url()});
        REQUIRE(eventually([&] {
            warm.emit("warm");
            return client.count("warm") > 0;
        }));
        warm.of("/").sockets_join("mine");
    }
    {
        emitter out({.url = redis.url()});
        for (int i = 0; i < 100; ++i) out.to("mine").emit("said", i);
        out.except("mine").emit("never");
        CHECK(out.flush(10s));
    }
    node in_json(redis_adapter({.url = redis.url(), .key = "json", .parser = redis_parser::json}));
    listener_by_hand another(in_json.io->port());
    emitter json({.url = redis.url(), .key = "json", .parser = redis_parser::json});
    CHECK(eventually([&] {
        json.emit("said in JSON");
        return another.count("said in JSON") > 0;
    }));
    CHECK(eventually([&] { return client.count("said") == 100; }));
    CHECK(client.count("never") == 0);
    CHECK_THROWS_AS(emitter({.url = "http://x"}), std::invalid_argument);
    emitter nowhere({.url = "unix:///nowhere/at/all", .linger = 10ms});
    nowhere.emit("lost");
    CHECK_FALSE(nowhere.flush(10ms));
}

TEST_CASE("mt: an emitter needs no more rights than are named") {
    const redis_server redis;
    // As docs/cluster.md says.
    redis.command(
        "ACL SETUSER out on >secret resetchannels -@all +hello +client|setname +ping +publish &socket.io#/#* "
        "&socket.io-request#/#");
    node a(adapter_named("classic", redis));
    listener_by_hand client(a.io->port());
    emitter out({.url = redis.url(), .redis = {.user = "out", .password = "secret"}});
    CHECK(eventually([&] {
        out.of("/").sockets_join("mine");  // which the server may not hear yet
        out.to("mine").emit("said");
        return client.count("said") > 0;
    }));
}

TEST_CASE("mt: an emitter on a Redis Cluster is heard, in order") {
    const kedge::test::cluster_of_one redis;
    redis_adapter_options options;
    options.redis.nodes = {redis.url()};
    node a(redis_adapter(options));
    listener_by_hand client(a.io->port());
    emitter out({.redis = options.redis});
    REQUIRE(eventually([&] {
        out.emit("warm");
        return client.count("warm") > 0;
    }));
    for (int i = 0; i < 100; ++i) out.emit("said", i);
    CHECK(out.flush(10s));
    CHECK(eventually([&] { return client.count("said") == 100; }));
}

TEST_CASE("what is wrong with the options is said when the adapter is made") {
    CHECK_THROWS_AS(redis_adapter({.url = "redis://host:nonsense"}), std::invalid_argument);
    redis_adapter_options secure{.url = "rediss://host"};
    secure.redis.tls.ca_file = "/nowhere.pem";
    CHECK_THROWS_AS(redis_adapter(secure), std::runtime_error);
    for (const auto& wrong : {redis_options{.sentinels = {.urls = {"redis://a"}}, .nodes = {"redis://b"}},
                              redis_options{.nodes = {"redis://a/1"}}, redis_options{.nodes = {"unix:///a"}},
                              redis_options{.nodes = {"redis://a", "rediss://b"}}})
        CHECK_THROWS_AS(redis_adapter({.redis = wrong}), std::invalid_argument);
    CHECK_THROWS_AS(redis_adapter({.key = "a#b", .redis = {.connections = 2}}), std::invalid_argument);
    CHECK_NOTHROW(redis_adapter({.key = "a#b"}));
    CHECK_THROWS_AS(redis_streams_adapter({.block_time = 0ms}), std::invalid_argument);
}

}  // namespace fleet_test
