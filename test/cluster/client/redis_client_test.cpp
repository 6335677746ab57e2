#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/client/redis_client.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

#include <test/cluster/redis_server.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/loopback.hpp>

namespace redis_client_test {

using namespace kedge;
using namespace kedge::cluster;
using kedge::test::authority;
using kedge::test::free_port;
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
    CHECK(none.at.until([&] { return none.client->figures().losses.value() > 3; }));
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

TEST_CASE("a Redis Cluster: commands, channels of all kinds and streams") {
    const kedge::test::cluster_of_one redis;
    bench b({.nodes = {redis.url()}, .client_name = "tester"});
    REQUIRE(b.speaks());
    std::vector<std::string> heard;
    const auto hear = [&](std::string_view, std::string_view message) { heard.emplace_back(message); };
    b.at.worker.post([&] {
        auto& channels = b.client->channels();
        channels.add(channel_kind::sharded, "s", hear, [&] { heard.emplace_back("effective"); });
        channels.add(channel_kind::pattern, "p*", hear);
        b.client->read_stream("stream", {})
            .listen("/", {.on_entry = [&](const stream_entry& entry) { heard.emplace_back(entry.data); },
                          .on_position = [&](stream_id) { heard.emplace_back("position"); }});
    });
    REQUIRE(b.at.until([&] { return heard.size() == 2; }));
    heard.clear();
    std::int64_t listening = 0;
    b.at.worker.post([&] {
        auto& redis_commands = b.client->commands();
        redis_commands.send(make_command({"SPUBLISH", "s", "1"}));
        redis_commands.send(make_command({"PUBLISH", "px", "2"}));
        redis_commands.send(make_command({"XADD", "stream", "*", "nsp", "/", "data", "3"}));
        redis_commands.ask(make_command({"PUBSUB", "SHARDNUMSUB", "s"}),
                           [&](resp_value reply) { listening = reply[1].integer(); });
    });
    CHECK(b.at.until([&] { return heard.size() == 4 && listening == 1; }));  // with the new position
    std::string found;
    b.at.worker.post([&] {
        b.client->commands().send(make_command({"SET", "k", "v"}));
        for (const char* each : {"MULTI", "GET", "DEL", "EXEC"})
            b.client->commands().ask(
                each[0] == 'M' || each[0] == 'E' ? make_command({each}) : make_command({each, "k"}),
                [&](resp_value reply) { found = reply.is_list() ? reply[0].text() : reply.text(); });
    });
    CHECK(b.at.until([&] { return found == "v"; }));
}

}  // namespace redis_client_test
