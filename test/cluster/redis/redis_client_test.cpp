#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_client.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis_server.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/loopback.hpp>

using namespace kedge;
using namespace kedge::cluster;
using kedge::test::authority;
using kedge::test::hand_turned;
using kedge::test::redis_server;

namespace {

/// A client on a worker that the test turns.
struct bench {
    explicit bench(const redis_options& options)
        : client(std::make_unique<redis_client>(
              at.worker, check_address(options),
              [this](log_level, std::string_view what, std::string_view why) {
                  log.push_back(std::string(what) + (why.empty() ? "" : ": ") + std::string(why));
              })) {
        at.worker.post([this] {
            client->channels().add(
                channel_kind::plain, "c",
                [this](std::string_view, std::string_view message) { heard.emplace_back(message); });
            client->start();
        });
    }
    ~bench() {
        at.worker.post([this] { client->stop(); });
        at.settle();
        client.reset();
        at.settle();
    }

    bool logs(const std::string& text) {
        return at.until([&] {
            for (const auto& each : log)
                if (each.find(text) != std::string::npos) return true;
            return false;
        });
    }
    bool speaks() {
        if (!logs("connected to Redis")) return false;
        at.worker.post([this] { client->commands().send(make_command({"PUBLISH", "c", "hello"})); });
        return at.until([&] { return !heard.empty() && heard.back() == "hello"; });
    }

    hand_turned at;
    std::vector<std::string> log;
    std::vector<std::string> heard;
    std::unique_ptr<redis_client> client;
};

std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(probe, reinterpret_cast<const sockaddr*>(&at), size) == 0);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(probe);
    return ntohs(at.sin_port);
}

/// Files of PEM, gone with this.
struct pem_files {
    pem_files() {
        char name[] = "/tmp/kedge-pem-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        folder = name;
    }
    ~pem_files() { std::filesystem::remove_all(folder); }
    std::string put(const std::string& name, const std::string& text) const {
        std::ofstream(folder + "/" + name) << text;
        return folder + "/" + name;
    }
    std::string folder;
};

}  // namespace

TEST_CASE("a client speaks and hears, over a UNIX socket, in RESP3 and with a name") {
    const redis_server redis;
    bench b({.url = redis.url(), .client_name = "tester"});
    REQUIRE(b.speaks());
    std::string list;
    b.at.worker.post([&] {
        b.client->commands().ask(make_command({"CLIENT", "LIST"}),
                                 [&](resp_value all) { list = all.text(); });
    });
    REQUIRE(b.at.until([&] { return !list.empty(); }));
    CHECK(list.find("name=tester") != std::string::npos);
    CHECK(list.find("resp=3") != std::string::npos);
}

TEST_CASE("a password, with a user and without; a wrong one is told once") {
    const redis_server redis(
        {"--requirepass", "sesame", "--user", "fleet", "on", ">pw", "~*", "&*", "+@all"});
    CHECK(bench({.url = redis.url(), .password = "sesame"}).speaks());
    CHECK(bench({.url = redis.url(), .user = "fleet", .password = "pw"}).speaks());
    bench wrong({.url = redis.url(), .password = "shut"});
    CHECK(wrong.logs("Redis cannot be reached: WRONGPASS"));
    bench none({.url = redis.url()});
    CHECK(none.logs("NOAUTH"));
    CHECK(none.at.until([&] { return none.client->commands().figures().losses.value() > 3; }));
    CHECK(none.log.size() == 1);
}

TEST_CASE("a client comes back by itself, and says that something may be lost") {
    redis_server redis;
    bench b({.url = redis.url()});
    REQUIRE(b.speaks());
    redis.end();
    CHECK(b.logs("the connection to Redis was lost"));
    b.log.clear();
    b.heard.clear();
    redis.begin();
    CHECK(b.logs("what was published while Redis was away is lost"));
    CHECK(b.speaks());
}

TEST_CASE("what is done is counted, and shown as Prometheus takes it") {
    const redis_server redis;
    const auto figures = std::make_shared<redis_figures>();
    bench b({.url = redis.url(), .figures = figures});
    REQUIRE(b.speaks());
    CHECK(figures->connections.value() == 2);
    CHECK(figures->heard.value() == 1);
    CHECK(figures->sent.value() >= 2);
    const std::string text = figures->text();
    CHECK(
        text.find("# TYPE kedge_redis_messages_heard_total counter\nkedge_redis_messages_heard_total 1\n") !=
        std::string::npos);
}

TEST_CASE("TLS, and who Redis is, is looked at") {
    const authority trusted;
    const authority stranger("Somebody Else");
    const auto shown = trusted.issue("redis.example");
    const pem_files files;
    const auto port = free_port();
    const redis_server redis({"--tls-port", std::to_string(port), "--bind", "127.0.0.1", "--tls-auth-clients",
                              "no", "--tls-cert-file", files.put("cert.pem", shown.chain), "--tls-key-file",
                              files.put("key.pem", shown.key), "--tls-ca-cert-file",
                              files.put("ca.pem", trusted.pem())});
    const std::string url = "rediss://127.0.0.1:" + std::to_string(port);
    CHECK(bench({.url = url, .tls = {.ca = trusted.pem(), .server_name = "redis.example"}}).speaks());
    for (const auto& wrong :
         {transports::tls_client_options{.ca = stranger.pem(), .server_name = "redis.example"},
          transports::tls_client_options{.ca = trusted.pem()}}) {
        bench b({.url = url, .tls = wrong});
        CHECK(b.logs("Redis cannot be reached"));
        CHECK(b.heard.empty());
    }
}
