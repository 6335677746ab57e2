#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kedge/cluster.hpp>
#include <kedge/server.hpp>

#include <test/cluster/eventually.hpp>
#include <test/cluster/redis_server.hpp>
#include <test/transports/ws_client.hpp>

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::eventually;
using kedge::test::redis_server;

namespace {

/// A client by hand: it enters "/" over websocket, and counts what it hears.
class listener_by_hand {
  public:
    explicit listener_by_hand(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
        say("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: "
            "Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        say(transports::client_frame(0x81, "40"));
        while (heard_.find("40{") == std::string::npos) read();
        reading_ = std::thread([this] {
            while (read()) {
            }
        });
    }
    ~listener_by_hand() {
        ::shutdown(socket_, SHUT_RDWR);
        reading_.join();
        ::close(socket_);
    }
    listener_by_hand(const listener_by_hand&) = delete;
    listener_by_hand& operator=(const listener_by_hand&) = delete;

    /// How often this was heard.
    std::size_t count(const std::string& what) {
        const std::lock_guard hold(lock_);
        std::size_t found = 0;
        for (std::size_t at = 0; (at = heard_.find(what, at)) != std::string::npos; ++at) ++found;
        return found;
    }

  private:
    void say(const std::string& bytes) {
        REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    }
    bool read() {
        char buffer[16 * 1024];
        const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) return false;
        const std::lock_guard hold(lock_);
        heard_.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    std::mutex lock_;
    std::string heard_;
    std::thread reading_;
};

/// A server with four workers on a thread of the test.
struct node {
    explicit node(adapter_factory adapter, bool recovers = false) {
        server_options options;
        options.port = 0;
        options.host = "127.0.0.1";
        options.threads = 4;
        if (recovers) options.connection_state_recovery = recovery_options{};
        io = std::make_unique<server>(std::move(options));
        io->use_adapter(std::move(adapter));
        io->on("sum", [](int a, int b) { return a + b; });
        running = std::thread([this] { io->run(); });
    }
    ~node() {
        io->close();
        running.join();
    }

    std::size_t found() {
        std::atomic<std::size_t> many{0};
        std::atomic<bool> told{false};
        io->fetch_sockets().then([&](const std::vector<remote_socket>& all) {
            many = all.size();
            told = true;
        });
        eventually([&] { return told.load(); });
        return many;
    }

    std::unique_ptr<server> io;
    std::thread running;
};

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
        node a(adapter_named(kind, redis), true);
        node b(adapter_named(kind, redis), true);
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
    CHECK(eventually([&] { return client.count("said") == 100; }));
    CHECK(client.count("never") == 0);
    CHECK_THROWS_AS(emitter({.url = "http://x"}), std::invalid_argument);
    emitter nowhere({.url = "unix:///nowhere/at/all", .linger = 10ms});
    nowhere.emit("lost");
    CHECK_FALSE(nowhere.flush(10ms));
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
}
