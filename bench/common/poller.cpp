#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bench/common/poller.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench {
namespace {

sockaddr_in loopback(int port, std::size_t host) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(host));
    return address;
}

void switch_on(int descriptor, int level, int option) {
    const int on = 1;
    if (setsockopt(descriptor, level, option, &on, sizeof on) != 0) fail("setsockopt");
}

}  // namespace

void fail(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
    std::exit(1);
}

poller::poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail("epoll_create1");
}

poller::~poller() {
    close(epoll_);
}

void poller::add(int descriptor, pollable& who) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &who;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void poller::want_writable(int descriptor, pollable& who, bool wanted) {
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &who;
    if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) fail("epoll_ctl");
}

void poller::turn(std::chrono::nanoseconds limit) {
    std::array<epoll_event, 1024> events;
    const timespec wait{static_cast<time_t>(limit.count() / 1'000'000'000),
                        static_cast<long>(limit.count() % 1'000'000'000)};
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    if (count < 0 && errno != EINTR) fail("epoll_pwait2");
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        static_cast<pollable*>(event.data.ptr)->on_ready(event.events);
    }
}

int listen_on(int port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket");
    switch_on(descriptor, SOL_SOCKET, SO_REUSEADDR);
    const auto address = loopback(port, 0);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (listen(descriptor, 4096) != 0) fail("listen");
    return descriptor;
}

int port_of(int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    return ntohs(address.sin_port);
}

int connect_to(int port, std::size_t number) {
    constexpr std::size_t hosts = 200;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket (is the limit of open files high enough?)");
    switch_on(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    const auto from = loopback(0, 1 + number % hosts);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail("bind");
    const auto to = loopback(port, 0);
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
    switch_on(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    return descriptor;
}

}  // namespace bench
