#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bench/instructions/calls.hpp>
#include <bench/instructions/rig.hpp>
#include <cerrno>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace bench {
namespace {

int connected_to(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
        throw std::system_error(errno, std::system_category(), "connect");
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

}  // namespace

// The name by which the counter finds it: see script/bench.
extern "C" __attribute__((noinline)) void bench_serve(boost::asio::io_context* context) {
    context->poll();
}

rig::rig(kedge::server_options how) : io_(context_, std::move(how)) {
    io_.on_event("echo", [](kedge::socket from, std::string_view text) { from.emit("echo", text); });
    io_.on_event("binary", [](kedge::socket from, std::span<const std::byte> bytes) {
        from.emit("binary", kedge::binary(bytes));
    });
    io_.on_event("ack", [](kedge::socket, std::string_view text) { return text; });
    io_.on_event("join", [](kedge::socket from, const std::string& room) { from.join(room); });
    io_.on_event("pair", [](kedge::socket from, const std::string& room) {
        from.join(room);
        from.leave(room);
        return true;
    });
    io_.on_event("room", [this](kedge::socket, const std::string& room, std::string_view text) {
        io_.to(room).emit("room", text);
    });
    io_.on_event("broadcast", [this](kedge::socket, std::string_view text) { io_.emit("broadcast", text); });
}

void rig::serve() {
    const counting_calls here;
    context_.restart();
    bench_serve(&context_);
}

peer::peer(rig& to) : to_(&to), descriptor_(connected_to(to.port())) {}

peer::~peer() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

peer::peer(peer&& other) noexcept
    : to_(other.to_), descriptor_(std::exchange(other.descriptor_, -1)), came_(std::move(other.came_)) {}

void peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            to_->serve();
        } else {
            throw std::system_error(errno, std::system_category(), "send");
        }
    }
}

void peer::receive() {
    std::array<char, 65536> some{};
    for (;;) {
        const auto got = ::recv(descriptor_, some.data(), some.size(), MSG_DONTWAIT);
        if (got > 0) return static_cast<void>(came_.append(some.data(), static_cast<std::size_t>(got)));
        if (got == 0) throw std::runtime_error("the server has closed the connection");
        if (errno != EAGAIN) throw std::system_error(errno, std::system_category(), "recv");
        to_->serve();
    }
}

std::string peer::take(std::size_t size) {
    while (came_.size() < size) receive();
    std::string taken = came_.substr(0, size);
    came_.erase(0, size);
    return taken;
}

std::string peer::take_until(std::string_view end) {
    std::size_t at;
    while ((at = came_.find(end)) == std::string::npos) receive();
    return take(at + end.size());
}

std::string peer::take_answer() {
    const std::string head = take_until("\r\n\r\n");
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    if (at == std::string::npos) throw std::runtime_error("an answer without a length:\n" + head);
    return take(std::stoul(head.substr(at + name.size())));
}

}  // namespace bench
