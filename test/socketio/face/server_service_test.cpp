// A server as a service of the operating system: signals, and what systemd hears.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>

#include <kedge/socketio/face/server.hpp>
#include <kedge/transports/loop/service_manager.hpp>
#include <kedge/transports/server/engine_server.hpp>
#include <test/transports/certificates.hpp>

namespace server_service_test {

using namespace kedge;
using namespace std::chrono_literals;

namespace {

/// The socket of a systemd.
class notified {
  public:
    explicit notified(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un own{};
        own.sun_family = AF_UNIX;
        std::copy(name_.begin(), name_.end(), std::begin(own.sun_path));
        if (name_.front() == '@') own.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&own), size) == 0);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
    }
    ~notified() {
        ::close(socket_);
        for (const char* const each : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(each);
    }
    notified(const notified&) = delete;
    notified& operator=(const notified&) = delete;

    /// Waits for what is said next.
    std::string heard() {
        char text[200];
        const ssize_t got = ::recv(socket_, text, sizeof text, 0);
        return got < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(got));
    }
    /// The same without waiting.
    bool quiet() {
        char text[200];
        return ::recv(socket_, text, sizeof text, MSG_DONTWAIT) < 0;
    }

  private:
    std::string name_;
    int socket_;
};

std::string abstract_name(const char* which) {
    return "@kedge-test-" + std::to_string(::getpid()) + which;
}

struct lines {
    std::function<void(const log_record&)> taker() {
        return [this](const log_record& line) {
            const std::lock_guard guard(lock_);
            all_.emplace_back(line.event);
        };
    }
    long count(std::string_view event) {
        const std::lock_guard guard(lock_);
        return std::count(all_.begin(), all_.end(), event);
    }

  private:
    std::mutex lock_;
    std::vector<std::string> all_;
};

}  // namespace

TEST_CASE("systemd hears where its environment says, and only of the process that it means") {
    CHECK_FALSE(transports::service_manager::from_environment());
    const std::string path =
        std::filesystem::temp_directory_path() / ("kedge-notify-" + std::to_string(::getpid()));
    {
        notified by(path);
        ::setenv("WATCHDOG_USEC", "3000000", 1);
        const auto manager = transports::service_manager::from_environment();
        REQUIRE(manager);
        CHECK(manager->watchdog() == 3s);
        CHECK(manager->tell("READY=1"));
        CHECK(by.heard() == "READY=1");
        ::setenv("WATCHDOG_PID", "1", 1);
        CHECK(transports::service_manager::from_environment()->watchdog() == 0s);
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
        CHECK(transports::service_manager::from_environment()->watchdog() == 3s);
        ::setenv("WATCHDOG_USEC", "soon", 1);
        CHECK(transports::service_manager::from_environment()->watchdog() == 0s);
    }
    CHECK_FALSE(transports::service_manager(path, 0s).tell("nobody listens"));
    CHECK_FALSE(transports::service_manager("/" + std::string(200, 'x'), 0s).tell("no such path can be"));
    std::filesystem::remove(path);
    ::setenv("NOTIFY_SOCKET", "neither a path nor a name", 1);
    CHECK_FALSE(transports::service_manager::from_environment());
    ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE("systemd hears that a server is ready, lives and ends") {
    notified by(abstract_name("life"));
    ::setenv("WATCHDOG_USEC", "4000", 1);
    server io({.port = 0, .host = "127.0.0.1"});
    io.tell_systemd();
    CHECK(by.heard() == "READY=1");
    std::thread other([&] { io.run(); });
    CHECK(by.heard() == "WATCHDOG=1");
    CHECK(by.heard() == "WATCHDOG=1");
    io.close();
    other.join();
    std::string last = by.heard();
    while (last == "WATCHDOG=1") last = by.heard();
    CHECK(last == "STOPPING=1");
}

TEST_CASE("a worker that stands still is no sign of life") {
    notified by(abstract_name("still"));
    ::setenv("WATCHDOG_USEC", "4000", 1);
    server io({.port = 0, .host = "127.0.0.1", .threads = 2});
    io.tell_systemd();
    CHECK(by.heard() == "READY=1");
    std::thread other([&] { io.run(); });
    CHECK(by.heard() == "WATCHDOG=1");
    std::promise<void> stands;
    std::promise<void> goes_on;
    io.engine().loops()[1]->post([&] {
        stands.set_value();
        goes_on.get_future().wait();
    });
    stands.get_future().wait();
    while (!by.quiet()) {  // what was said before
    }
    int told = 0;
    std::promise<void> many_periods;
    io.after(80ms, [&] { many_periods.set_value(); });
    many_periods.get_future().wait();
    while (!by.quiet()) ++told;
    CHECK(told <= 1);  // for the turn that it took before it stood still
    goes_on.set_value();
    CHECK(by.heard() == "WATCHDOG=1");
    io.close();
    other.join();
}

TEST_CASE("without systemd nothing is told") {
    server io({.port = 0, .host = "127.0.0.1"});
    io.tell_systemd();
    io.after(1ms, [&] { io.close(); });
    io.run();
    CHECK(io.closing());
}

TEST_CASE(
    "on SIGHUP certificates are read again, what cannot be read is said, and the application is called") {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("kedge-hup-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto write = [&](const std::string& name, const std::string& text) {
        std::ofstream(folder / name) << text;
        return (folder / name).string();
    };
    const transports::tls_certificate issued = test::authority().issue("localhost");
    lines log;
    tls_options tls;
    tls.certificate.chain_file = write("chain.pem", issued.chain);
    tls.certificate.key_file = write("key.pem", issued.key);
    server io({.port = 0, .host = "127.0.0.1", .tls = tls, .log = log.taker()});
    int called = 0;
    io.reload_on_sighup([&] {
        CHECK(log.count("told to read its files again") == ++called);
        CHECK(log.count("certificates could not be read again, the old ones stay") == called - 1);
        if (called == 2) return io.close();
        write("key.pem", "no key at all");
        std::raise(SIGHUP);
        throw 7;  // harms nobody
    });
    io.post([] { std::raise(SIGHUP); });
    io.run();
    CHECK(called == 2);
    std::filesystem::remove_all(folder);
}

TEST_CASE("a server that is told to end says which signal it was, and is called no more when it is gone") {
    lines log;
    boost::asio::io_context host;
    {
        server io(host, {.log = log.taker()});
        io.close_on_signals();
        io.reload_on_sighup();
        io.post([] { std::raise(SIGTERM); });
        while (!io.closing()) host.run_one();
        CHECK(log.count("told to end") == 1);
        std::raise(SIGHUP);
    }
    host.restart();
    host.run();
    CHECK(log.count("told to read its files again") == 0);
}

}  // namespace server_service_test
