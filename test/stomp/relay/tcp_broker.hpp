#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <test/stomp/relay/scripted_broker.hpp>
#include <test/transports/raw_client.hpp>

namespace kedge::stomp::testing {

/// The broker's side of one connection, which the test plays.
class broker_side {
  public:
    explicit broker_side(int connected) : wire_(kedge::test::raw_client::over(connected)) {}

    /// The next frame, in the notation of the tests.
    std::string hear() {
        std::string frame = noted(wire_.take_until(std::string(1, '\0')));
        return frame.substr(std::min(frame.find_first_not_of('|'), frame.size())) + '^';
    }
    void say(const std::string& note) { wire_.send(bytes_of(note)); }
    void say_bytes(const std::string& bytes) { wire_.send(bytes); }
    /// Lets in who knocks; the CONNECT.
    std::string greet() {
        std::string asked = hear();
        say("CONNECTED|version:1.2|heart-beat:0,0||^");
        return asked;
    }
    bool ends() { return wire_.take_all(), true; }

  private:
    kedge::test::raw_client wire_;
};

/// A port of a broker that the test plays; nobody listens there before listen().
class broker_port {
  public:
    broker_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
            throw std::runtime_error("no port for a broker");
    }
    ~broker_port() { ::close(socket_); }
    broker_port(const broker_port&) = delete;
    broker_port& operator=(const broker_port&) = delete;

    std::uint16_t number() const {
        sockaddr_in here{};
        socklen_t size = sizeof here;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size);
        return ntohs(here.sin_port);
    }
    void listen() { ::listen(socket_, 16); }
    /// The next connection.
    broker_side accept() {
        pollfd ready{socket_, POLLIN, 0};
        if (::poll(&ready, 1, 20'000) != 1) throw std::runtime_error("nobody came to the broker");
        return broker_side(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
    }

  private:
    int socket_;
};

}  // namespace kedge::stomp::testing
