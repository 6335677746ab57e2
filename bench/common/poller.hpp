#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

/// Whatever waits for its descriptor.
class pollable {
  public:
    virtual ~pollable() = default;
    virtual void on_ready(std::uint32_t events) = 0;
};

/// A level-triggered epoll set.
class poller {
  public:
    poller();
    ~poller();
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    void add(int descriptor, pollable& who);
    /// Whether `who` also wants to know that it can write.
    void want_writable(int descriptor, pollable& who, bool wanted);
    /// Handles one batch; returns after `limit` at the latest, at once when it is zero.
    void turn(std::chrono::nanoseconds limit);

  private:
    int epoll_;
};

/// A listening socket on 127.0.0.1; port 0 takes a free one. Ends the program when the port is taken.
int listen_on(int port);
int port_of(int descriptor);
/// A connected, non-blocking socket. `number` spreads the clients over the loopback addresses, so that more
/// of them than there are ports can be had, and ports that linger do not run out.
int connect_to(int port, std::size_t number);

/// Ends the program with a message and the reason of the last system call.
[[noreturn]] void fail(const std::string& what);

}  // namespace bench
