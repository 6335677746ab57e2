#pragma once

#include <sys/socket.h>

#include <string>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// A socket address of any family, with room for all.
struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const noexcept { return storage.ss_family; }
    std::uint16_t port() const noexcept;
    /// The address without the port, as inet_ntop writes it; empty for a UNIX socket.
    std::string text() const;
    /// "127.0.0.1:3000", "[::1]:3000" or the path.
    std::string name() const;

    static socket_address local(int descriptor) noexcept;
    static socket_address peer(int descriptor) noexcept;
};

/// What a peer at this address is shown as. An IPv4 client of a dual-stack listener is ::ffff:a.b.c.d, as in
/// Node.
engine::origin origin_of(const socket_address& peer);

/// Lets a socket never block, and closes it on exec. False, with errno, when the system refuses.
bool prepare_socket(int descriptor) noexcept;
/// Makes a connected socket ready for a stream: non-blocking, without delay, without SIGPIPE. False, with
/// errno, when it would block.
bool prepare_connected(int descriptor) noexcept;

}  // namespace kedge::transports
