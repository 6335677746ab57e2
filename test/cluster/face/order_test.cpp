#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster.hpp>
#include <kedge/server.hpp>

#include <test/cluster/eventually.hpp>
#include <test/cluster/fleet_server.hpp>
#include <test/cluster/redis_server.hpp>

namespace order_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::listener_by_hand;
using kedge::test::redis_server;
using node = kedge::test::fleet_server;

namespace {

adapter_factory adapter_named(const std::string& name, const redis_server& redis) {
    if (name == "streams") return redis_streams_adapter({.url = redis.url(), .block_time = 200ms});
    return redis_adapter({.url = redis.url()});
}

std::string begins_with(const std::string& packets) {
    return "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
           "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
           packets;
}

std::string frame(const std::string& packet) {
    return transports::client_frame(0x81, packet);
}

/// What stands behind these words the last time, up to the next quote.
std::string last_behind(const std::string& words, const std::string& heard) {
    const auto at = heard.rfind(words);
    REQUIRE(at != std::string::npos);
    return heard.substr(at + words.size(), heard.find('"', at + words.size()) - at - words.size());
}

bool hears_in_order(listener_by_hand& client, const std::vector<std::string>& all) {
    return eventually([&] {
        const std::string heard = client.heard();
        std::size_t at = 0;
        for (const auto& each : all) {
            at = heard.find(each, at);
            if (at == std::string::npos) return false;
        }
        return true;
    });
}

/// Until events come back with their places.
bool is_ready(node& of, listener_by_hand& client) {
    return eventually([&] {
        of.io->emit("ready");
        return client.count("[\"ready\",\"") > 0;
    });
}

}  // namespace

TEST_CASE("mt: with recovery, a socket hears all in the order in which it was said, while Redis hangs") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        redis_server redis;
        node a(adapter_named(kind, redis), recovery_options{}, [&](server& io) {
            io.on_connection([&](const kedge::socket& each) {
                each.on("ask", [&io, &redis, each] {
                    redis.hang();
                    io.emit("first");
                    each.emit("second");
                    io.local().emit("third");
                    io.volatile_().emit("fourth");
                    each.volatile_().emit("fifth");
                    return 6;
                });
            });
        });
        listener_by_hand witness(a.io->port());
        REQUIRE(is_ready(a, witness));
        listener_by_hand client(a.io->port(), begins_with(frame("40") + frame("420[\"ask\"]")));
        CHECK(hears_in_order(
            client, {"[\"first\"", "[\"second\"", "[\"third\"", "[\"fourth\"", "[\"fifth\"", "430[6]"}));
        redis.go_on();
        CHECK(hears_in_order(witness, {"[\"first\"", "[\"third\"", "[\"fourth\""}));
        a.io->emit("behind all");
        REQUIRE(eventually([&] { return client.count("[\"behind all\"") == 1; }));
        for (const char* each : {"[\"first\"", "[\"second\"", "[\"third\"", "[\"fourth\"", "[\"fifth\""})
            CHECK(client.count(each) == 1);
    }
}

TEST_CASE("mt: what is said before the server ends is heard, and on another server not once more") {
    for (const std::string kind : {"streams", "classic"}) {
        CAPTURE(kind);
        redis_server redis;
        node b(adapter_named(kind, redis), recovery_options{});
        listener_by_hand there(b.io->port());
        REQUIRE(is_ready(b, there));
        auto a = std::make_unique<node>(adapter_named(kind, redis), recovery_options{});
        listener_by_hand client(a->io->port());
        REQUIRE(is_ready(*a, client));
        a->io->post([&] {
            redis.hang();
            a->io->emit("last words");
            a->io->close();
        });
        CHECK(eventually([&] { return client.count("[\"last words\"") == 1; }));
        redis.go_on();
        a.reset();
        REQUIRE(eventually([&] { return there.count("[\"last words\"") == 1; }));
        b.io->emit("missed");
        const std::string said = R"(40{"pid":")" + last_behind("\"pid\":\"", client.heard()) +
                                 R"(","offset":")" + last_behind("[\"last words\",\"", client.heard()) +
                                 "\"}";
        listener_by_hand again(b.io->port(), begins_with(frame(said)));
        CHECK(eventually([&] { return again.count("[\"missed\"") == 1; }));
        CHECK(again.count("[\"last words\"") == 0);
    }
}

}  // namespace order_test
