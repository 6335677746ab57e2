#include <kedge/transports/net/socket_address.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <kedge/transports/loop/kernel.hpp>

namespace kedge::transports {

namespace {

template <class Address>
Address as(const sockaddr_storage& storage) noexcept {
    Address address;
    std::memcpy(&address, &storage, sizeof address);
    return address;
}

/// Every connection is named so: inet_ntop() takes twenty times as long.
std::string v4_text(std::uint32_t address) {
    std::string text;
    for (unsigned shift = 24;; shift -= 8) {
        char digits[4];
        text.append(digits, std::to_chars(digits, digits + sizeof digits, (address >> shift) & 255u).ptr);
        if (shift == 0) return text;
        text += '.';
    }
}

}  // namespace

std::uint16_t socket_address::port() const noexcept {
    if (family() == AF_INET) return ntohs(as<sockaddr_in>(storage).sin_port);
    if (family() == AF_INET6) return ntohs(as<sockaddr_in6>(storage).sin6_port);
    return 0;
}

std::string socket_address::text() const {
    if (family() == AF_INET) return v4_text(ntohl(as<sockaddr_in>(storage).sin_addr.s_addr));
    char text[INET6_ADDRSTRLEN] = "";
    if (family() == AF_INET6) {
        const auto v6 = as<sockaddr_in6>(storage).sin6_addr;
        ::inet_ntop(AF_INET6, &v6, text, sizeof text);
    }
    return text;
}

std::string socket_address::name() const {
    if (family() == AF_UNIX) {
        const auto local = as<sockaddr_un>(storage);
        const std::size_t room = size - offsetof(sockaddr_un, sun_path);
        return std::string(local.sun_path, ::strnlen(local.sun_path, room));
    }
    const std::string address = family() == AF_INET6 ? "[" + text() + "]" : text();
    return address + ":" + std::to_string(port());
}

socket_address socket_address::local(int descriptor) noexcept {
    socket_address found;
    if (os().getsockname(descriptor, found.get(), &found.size) != 0) found.storage.ss_family = AF_UNSPEC;
    return found;
}

socket_address socket_address::peer(int descriptor) noexcept {
    socket_address found;
    if (os().getpeername(descriptor, found.get(), &found.size) != 0) found.storage.ss_family = AF_UNSPEC;
    return found;
}

engine::origin origin_of(const socket_address& peer) {
    engine::origin from;
    from.address = peer.text();
    from.port = peer.port();
    return from;
}

bool prepare_socket(int descriptor) noexcept {
    const int flags = os().fcntl(descriptor, F_GETFL, 0);
    return flags >= 0 && os().fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
           os().fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

bool prepare_connected(int descriptor) noexcept {
    if (!prepare_socket(descriptor)) return false;
    const int on = 1;
    os().setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on,
                    sizeof on);  // refused by a UNIX socket, which has none
#ifdef SO_NOSIGPIPE
    os().setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return true;
}

}  // namespace kedge::transports
