#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <kedge/transports/net/listener.hpp>

#include <test/transports/loopback.hpp>

namespace listener_test {

using namespace kedge::transports;
using kedge::test::hand_turned;
using kedge::test::peer;
using kedge::test::recorder;
using kedge::test::station;
using namespace std::chrono_literals;

namespace {

std::string scratch_path(const char* name) {
    const auto folder = std::filesystem::temp_directory_path() / ("kedge-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    return (folder / name).string();
}

listen_options at(listen_address where) {
    listen_options options;
    options.where = std::move(where);
    return options;
}

std::string error_of(const listen_address& where) {
    try {
        listen_socket attempt(where);
    } catch (const std::system_error& error) {
        return error.what();
    }
    return "";
}

bool connects_over_ipv6(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    to.sin6_addr = in6addr_loopback;
    const bool connected = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    ::close(descriptor);
    return connected;
}

}  // namespace

TEST_CASE("port 0 takes a free port, which is then known") {
    station s;
    CHECK(s.port() != 0);
    CHECK(s.listener().name() == "127.0.0.1:" + std::to_string(s.port()));
    recorder* server = nullptr;
    peer client = s.connect(server);
    CHECK(client.connected());
    CHECK(s.listener().counters().accepted == 1);
    CHECK(s.worker().connections() == 1);
}

TEST_CASE("without a host both IPv4 and IPv6 are served") {
    listen_socket socket(listen_address{});
    CHECK(peer(socket.port()).connected());
    CHECK(connects_over_ipv6(socket.port()));
    listen_address only;
    only.host = "::1";
    only.ipv6_only = true;
    listen_socket six(only);
    CHECK(six.name() == "[::1]:" + std::to_string(six.port()));
    CHECK(connects_over_ipv6(six.port()));
    CHECK_FALSE(peer(six.port()).connected());
    only.host = "[::1]";
    CHECK(listen_socket(only).port() != 0);
}

TEST_CASE("a taken port is refused in words that help") {
    listen_address where;
    where.host = "127.0.0.1";
    listen_socket first(where);
    where.port = first.port();
    const std::string error = error_of(where);
    CHECK(error.find(first.name()) != std::string::npos);
    CHECK(error.find("another process listens there") != std::string::npos);
    CHECK(error.find("in use") != std::string::npos);
    where.host = "no.such.host.invalid";
    CHECK(error_of(where).find("host was not found") != std::string::npos);
    where.host = "192.0.2.1";
    CHECK(error_of(where).find("no such address") != std::string::npos);
}

TEST_CASE("a port can be taken again at once after its server went") {
    std::uint16_t port = 0;
    {
        station s;
        port = s.port();
        recorder* server = nullptr;
        peer client = s.connect(server);
        server->stream.close();
        s.until([&, &c = client] { return c.read().ended(); });
    }
    listen_address where;
    where.host = "127.0.0.1";
    where.port = port;
    CHECK(error_of(where).empty());
}

TEST_CASE("UNIX sockets: mode, file removed at the end, stale file replaced, others left alone") {
    listen_address where;
    where.path = scratch_path("socket");
    where.mode = 0600;
    {
        station s(at(where));
        struct stat file {};
        REQUIRE(::stat(where.path.c_str(), &file) == 0);
        CHECK((file.st_mode & 0777) == 0600);
        peer client(where.path);
        CHECK(client.connected());
        REQUIRE(s.until([&] { return s.arrived.size() == 1; }));
        CHECK(s.arrived[0]->stream.from().address.empty());
        client.send("hi");
        CHECK(s.until([&] { return s.arrived[0]->got == "hi"; }));
        CHECK(s.listener().port() == 0);
        CHECK(s.listener().name() == where.path);
        CHECK(error_of(where).find("another process listens") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(where.path));

    // What a killed process leaves behind.
    const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, where.path.c_str(), where.path.size() + 1);
    REQUIRE(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(stale);
    CHECK(std::filesystem::exists(where.path));
    CHECK(error_of(where).empty());

    // A successor's file is not removed by the predecessor.
    auto first = std::make_unique<listen_socket>(where);
    std::filesystem::remove(where.path);
    listen_socket second(where);
    first.reset();
    CHECK(std::filesystem::exists(where.path));

    listen_address file;
    file.path = scratch_path("file");
    std::fclose(std::fopen(file.path.c_str(), "w"));
    CHECK(error_of(file).find("not a socket") != std::string::npos);
    CHECK(std::filesystem::exists(file.path));
    file.path = std::string(200, 'x');
    CHECK(error_of(file).find("too long") != std::string::npos);
}

TEST_CASE("inherited descriptors are served; others are refused") {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    listen_address where;
    where.descriptor = descriptor;
    CHECK(error_of(where).find("not a listening socket") != std::string::npos);
    const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::listen(listening, 5) == 0);
    where.descriptor = listening;
    station s(at(where));
    CHECK(s.port() != 0);
    recorder* server = nullptr;
    peer client = s.connect(server);
    CHECK(client.connected());
}

TEST_CASE("the service manager's descriptors are taken only by the process they are meant for") {
    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "2", 1);
    CHECK(inherited_descriptors().empty());
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    CHECK(inherited_descriptors() == std::vector{3, 4});
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    CHECK(inherited_descriptors().empty());
}

TEST_CASE("many connections at once are accepted in batches, none is forgotten") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        listen_options options;
        options.accepts_per_turn = 3;
        station s(options, how);
        std::vector<peer> clients;
        for (int i = 0; i < 100; ++i) clients.emplace_back(s.port());
        CHECK(s.until([&] { return s.arrived.size() == 100; }));
    }
}

TEST_CASE("a closed listener accepts no more; connections go on") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    const auto port = s.port();
    s.listener().close();
    s.listener().close();
    CHECK_FALSE(peer(port).connected());
    client.send("still here");
    CHECK(s.until([&, one = server] { return one->got == "still here"; }));
}

TEST_CASE("limits refuse what is too much, count it, and admit again when others have gone") {
    listen_options options;
    options.limits = std::make_shared<connection_limits>(limit_options{2, 0, 0});
    station s(options);
    recorder* a_server = nullptr;
    peer a = s.connect(a_server);
    recorder* b_server = nullptr;
    peer b = s.connect(b_server);
    peer c(s.port());
    CHECK(s.until([&] { return c.read().ended() || c.reset(); }));
    CHECK(options.limits->open() == 2);
    CHECK(options.limits->refused(limit_reason::connections) == 1);
    CHECK(s.listener().counters().refused == 1);
    s.bury(a_server);
    s.settle();
    CHECK(options.limits->open() == 1);
    recorder* server = nullptr;
    s.connect(server);
    CHECK(server != nullptr);
    CHECK(s.arrived.size() == 3);
}

TEST_CASE("limits by address and by time") {
    using kedge::engine::time_point;
    const time_point start{std::chrono::seconds(100)};
    const auto by_address = std::make_shared<connection_limits>(limit_options{0, 2, 0});
    auto first = by_address->admit("192.0.2.1", start);
    auto second = by_address->admit("::ffff:192.0.2.1", start);
    CHECK(second.permit != nullptr);
    CHECK(by_address->admit("192.0.2.1", start).refused == limit_reason::connections_per_address);
    CHECK(by_address->admit("192.0.2.2", start).refused == limit_reason::none);
    first.permit.reset();
    CHECK(by_address->admit("192.0.2.1", start).refused == limit_reason::none);
    auto six = by_address->admit("2001:db8:1:2::1", start);
    auto neighbour = by_address->admit("2001:db8:1:2:ffff::9", start);
    CHECK(by_address->admit("2001:db8:1:2::3", start).refused == limit_reason::connections_per_address);
    auto elsewhere = by_address->admit("2001:db8:1:3::1", start);
    CHECK(elsewhere.refused == limit_reason::none);
    for (int i = 0; i < 5; ++i) CHECK(by_address->admit("", start).refused == limit_reason::none);

    const auto by_time = std::make_shared<connection_limits>(limit_options{0, 0, 3});
    for (int i = 0; i < 3; ++i) CHECK(by_time->admit("a", start).refused == limit_reason::none);
    CHECK(by_time->admit("a", start + 999ms).refused == limit_reason::handshakes_per_second);
    CHECK(by_time->admit("a", start + 1000ms).refused == limit_reason::none);
    CHECK(by_time->refused(limit_reason::handshakes_per_second) == 1);
    CHECK(by_time->open() == 0);
    CHECK(to_string(limit_reason::handshakes_per_second) == "too many new connections in one second");
}

TEST_CASE("out of descriptors: open connections go on, a line is logged, accepting resumes by itself") {
    std::vector<std::string> log;
    listen_options options;
    options.log = [&](std::string_view line) { log.emplace_back(line); };
    station s(options);
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = [](kedge::test::recorder& self, std::string_view bytes) { self.stream.write(bytes); };
    peer waiting(s.port());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int highest = ::dup(0);
    ::close(highest);
    rlimit low = before;
    low.rlim_cur = static_cast<rlim_t>(highest);
    ::setrlimit(RLIMIT_NOFILE, &low);
    s.until([&] { return !log.empty(); });
    client.send("alive");
    const bool alive = s.until([&, &c = client] { return c.read().got() == "alive"; });
    // Nothing is given back for a second: who waits is told.
    const bool shed = s.until([&] { return s.listener().counters().shed == 1; });
    peer patient;
    ::setrlimit(RLIMIT_NOFILE, &before);
    patient = peer(s.port());
    CHECK(alive);
    CHECK(shed);
    CHECK(waiting.read().ended());
    CHECK(s.until([&] { return s.arrived.size() == 2; }));
    REQUIRE(log.size() == 2);
    CHECK(log[0].find("cannot accept") != std::string::npos);
    CHECK(log[1].find("accepting again") != std::string::npos);
    CHECK(s.worker().connections() == 2);
}

TEST_CASE("the least loaded worker is chosen, equals in turn") {
    hand_turned a, b, c;
    std::vector<worker*> workers{&a.worker, &b.worker, &c.worker};
    CHECK(&least_loaded(workers, 1) == &b.worker);
    seat one(a.worker), two(b.worker);
    CHECK(&least_loaded(workers) == &c.worker);
    seat three(c.worker), four(c.worker), five(a.worker);
    CHECK(&least_loaded(workers, 2) == &b.worker);
    seat moved = std::move(two);
    CHECK(b.worker.connections() == 1);
}

TEST_CASE("mt: connections are spread evenly over workers, in a burst too") {
    constexpr std::size_t count = 4;
    constexpr std::size_t clients = 80;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<worker*> all;
    for (unsigned i = 0; i < count; ++i)
        all.push_back(workers.emplace_back(std::make_unique<worker>(i)).get());
    std::atomic<std::size_t> arrived{0};
    std::atomic<bool> right_thread{true};
    listen_options options;
    options.where.host = "127.0.0.1";
    auto gate =
        std::make_unique<listener>(*workers[0], all, options, [&](worker& home, detached_stream stream) {
            if (worker::current() != &home) right_thread = false;
            home.own(std::make_unique<kedge::test::recorder>(home, std::move(stream)));
            ++arrived;
        });
    std::vector<peer> peers;
    for (std::size_t i = 0; i < clients; ++i) peers.emplace_back(gate->port());  // wait in the backlog
    std::vector<std::thread> threads;
    for (auto& each : workers) threads.emplace_back([&each] { each->run(); });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (arrived < clients && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(arrived == clients);
    CHECK(right_thread);
    for (auto& each : workers) CHECK(each->connections() == clients / count);
    for (auto& each : workers) each->stop();
    for (auto& thread : threads) thread.join();
    gate.reset();
}

}  // namespace listener_test
