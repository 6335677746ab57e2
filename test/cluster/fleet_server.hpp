#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/server.hpp>

#include <test/cluster/eventually.hpp>
#include <test/transports/ws_client.hpp>

namespace kedge::test {

/// A client by hand, which counts what it hears.
class listener_by_hand {
  public:
    /// It enters "/" over websocket.
    explicit listener_by_hand(std::uint16_t port) {
        connect_to(port);
        say("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: "
            "Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        say(transports::client_frame(0x81, "40"));
        while (heard_.find("40{") == std::string::npos) read();
        listen();
    }
    /// It asks for this.
    listener_by_hand(std::uint16_t port, const std::string& request) {
        connect_to(port);
        say(request);
        listen();
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

    std::string heard() {
        const std::lock_guard hold(lock_);
        return heard_;
    }

  private:
    void connect_to(std::uint16_t port) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    }
    void listen() {
        reading_ = std::thread([this] {
            while (read()) {
            }
        });
    }
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

    int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::mutex lock_;
    std::string heard_;
    std::thread reading_;
};

/// A server with four workers on a thread of the test.
struct fleet_server {
    explicit fleet_server(adapter_factory adapter, std::optional<recovery_options> recovery = {},
                          const std::function<void(server&)>& prepare = {}) {
        server_options options;
        options.port = 0;
        options.host = "127.0.0.1";
        options.threads = 4;
        options.connection_state_recovery = recovery;
        io = std::make_unique<server>(std::move(options));
        io->use_adapter(std::move(adapter));
        io->on("sum", [](int a, int b) { return a + b; });
        if (prepare) prepare(*io);
        running = std::thread([this] { io->run(); });
    }
    ~fleet_server() {
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

}  // namespace kedge::test
