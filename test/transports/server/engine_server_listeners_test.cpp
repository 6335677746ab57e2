#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include <kedge/transports/pages/routes.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>

namespace engine_server_listeners_test {

using namespace kedge;
using namespace kedge::test;
using transports::engine_server;
using transports::listen_address;

namespace {

bool echoes(raw_client client) {
    if (client.upgrade(v4_websocket).status != 101) return false;
    client.read_text();
    client.send_text("4hello");
    return client.read_text() == "4hello";
}

int listening_descriptor() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(descriptor, 16) == 0);
    return descriptor;
}

/// Options by which a server writes down its log from a level on.
transports::server_options with_log(std::vector<std::string>& lines, log_level from) {
    transports::server_options options;
    options.log_threshold = from;
    options.log = [&](const kedge::log_record& line) {
        lines.emplace_back(line.event);
        for (const auto& [name, value] : line.fields) lines.back().append(" ").append(value);
    };
    return options;
}

/// What a server warns of when it listens with this many descriptors allowed.
std::vector<std::string> log_with_limit(rlim_t limit) {
    std::vector<std::string> lines;
    const transports::server_options options = with_log(lines, log_level::warning);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit set = before;
    set.rlim_cur = limit;
    ::setrlimit(RLIMIT_NOFILE, &set);
    engine_server server(options);
    server.listen(loopback());
    server.listen(loopback());
    ::setrlimit(RLIMIT_NOFILE, &before);
    return lines;
}

}  // namespace

TEST_CASE("a server listens on several addresses at once, of every family") {
    const scratch_folder scratch;
    listen_address all, six, path, inherited;
    six.host = "::1";
    six.ipv6_only = true;
    path.path = scratch / "socket";
    path.mode = 0660;
    inherited.descriptor = listening_descriptor();
    std::uint16_t both = 0, only_six = 0, given = 0;
    {
        server_under_test on(with_eio3(), [&](engine_server& server) {
            const auto first = server.port();
            both = server.listen(all);
            only_six = server.listen(six);
            CHECK(server.listen(path) == 0);
            given = server.listen(inherited);
            CHECK(server.port() == first);
        });
        CHECK(echoes(raw_client(both)));
        CHECK(echoes(connect_ipv6(both)));
        CHECK(echoes(connect_ipv6(only_six)));
        CHECK_THROWS(raw_client(only_six));
        CHECK(echoes(connect_unix(path.path)));
        CHECK(echoes(raw_client(given)));
        struct stat file {};
        REQUIRE(::stat(path.path.c_str(), &file) == 0);
        CHECK((file.st_mode & 0777) == 0660);
        CHECK(on.server.stats().accepted == 5);
    }
    CHECK_FALSE(std::filesystem::exists(path.path));
    CHECK_THROWS(raw_client(given));
}

TEST_CASE("sockets of the service manager are served in its order") {
    // The manager hands them over as 3, 4, ...; a test cannot know that these are free, so the second of two
    // is asked for by its number alone.
    const int first = listening_descriptor();
    listen_address where;
    where.descriptor = first;
    std::uint16_t port = 0;
    server_under_test on(with_eio3(), [&](engine_server& server) { port = server.listen(where); });
    CHECK(port != 0);
    CHECK(echoes(raw_client(port)));
    where.descriptor = 12345;
    CHECK_THROWS_WITH(engine_server().listen(where), doctest::Contains("not an open socket"));
}

TEST_CASE("a connected socket is handed over with the bytes that were read from it") {
    server_under_test on;
    for (const std::size_t read : {0, 1, 40, 100}) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        raw_client client = raw_client::over(ends[0]);
        const std::string request = raw_client::head("GET", v4_websocket, raw_client::upgrade_headers);
        REQUIRE(request.size() > read);
        on.server.receive(transports::adopt(ends[1], request.substr(0, read)));
        client.send(std::string_view(request).substr(read));
        CHECK(client.read_answer().status == 101);
        client.read_text();
        client.send_text("4hello");
        CHECK(client.read_text() == "4hello");
    }
}

TEST_CASE("a whole request that was read already is answered") {
    server_under_test on;
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    raw_client client = raw_client::over(ends[0]);
    on.server.receive(transports::adopt(ends[1], raw_client::head("GET", v4_polling)));
    CHECK(client.read_answer().body.starts_with("0{\"sid\":"));
}

TEST_CASE("an address of its own is served by its own function and knows no engine") {
    std::uint16_t admin = 0;
    server_under_test on(with_eio3(), [&](engine_server& server) {
        server.on_request([](const transports::exchange& asked) { asked.reply(200, {}, "public"); });
        admin = server.serve(loopback(), [](const transports::exchange& asked) {
            asked.reply(200, {}, std::string(asked.request().path()) + " " + std::string(asked.body()));
        });
    });
    CHECK(on.server.port() != admin);
    raw_client inside(admin);
    CHECK(inside.get("/metrics").body == "/metrics ");
    CHECK(inside.post(v4_polling, "body").body == "/engine.io/ body");
    CHECK(inside.get(v4_polling).body == "/engine.io/ ");
    CHECK(raw_client(admin).upgrade("/chat").body == "/chat ");
    CHECK(raw_client(admin).upgrade(v4_websocket).body == "/engine.io/ ");
    CHECK(on.connect().get("/metrics").body == "public");
    CHECK(echoes(on.connect()));
    CHECK(on.server.clients_count() <= 1);
    CHECK_THROWS_AS(engine_server().serve(loopback(), {}), std::invalid_argument);
}

TEST_CASE("an address that cannot be had is not counted among those that are") {
    engine_server other;
    listen_address taken = loopback();
    taken.port = other.listen(loopback());
    engine_server server;
    CHECK_THROWS_AS(server.serve(taken, [](const transports::exchange&) {}), std::system_error);
    const auto port = server.listen(loopback());
    CHECK(server.port() == port);
}

TEST_CASE("mt: an address of its own is served on every worker") {
    transports::server_options options = with_eio3();
    options.threads = 4;
    std::uint16_t admin = 0;
    server_under_test on(options, [&](engine_server& server) {
        admin =
            server.serve(loopback(), [](const transports::exchange& asked) { asked.reply(200, {}, "in"); });
    });
    std::vector<raw_client> clients;
    for (int i = 0; i < 8; ++i) clients.emplace_back(admin);
    for (raw_client& each : clients) CHECK(each.get("/engine.io/?EIO=4&transport=polling").body == "in");
}

TEST_CASE("few descriptors are said once, and many not at all") {
    const auto lines = log_with_limit(1000);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("few descriptors") != std::string::npos);
    CHECK(lines[0].find("1000") != std::string::npos);
    CHECK(log_with_limit(4096).empty());
}

TEST_CASE("the log says where a server listens, and when it ends") {
    std::vector<std::string> lines;
    engine_server server(with_log(lines, log_level::info));
    const std::string clients = std::to_string(server.listen(loopback()));
    const std::string pages =
        std::to_string(server.serve(loopback(), [](const transports::exchange& asked) { asked.reply(404); }));
    CHECK(lines == std::vector<std::string>{"listening 127.0.0.1:" + clients + " clients no",
                                            "listening 127.0.0.1:" + pages + " pages no"});
    lines.clear();
    server.close();
    server.run();
    CHECK(lines == std::vector<std::string>{"closing", "closed"});
}

}  // namespace engine_server_listeners_test
