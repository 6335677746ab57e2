#include <kedge/transports/relay/unread.hpp>

#ifdef __linux__
#include <linux/tcp.h>
#endif
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include <kedge/transports/loop/kernel.hpp>

namespace kedge::transports {

bool is_quiet(int descriptor) noexcept {
    char first = 0;
    if (descriptor < 0) return false;
    return os().recv(descriptor, &first, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

#ifdef __linux__

std::optional<std::uint64_t> bytes_taken(int descriptor) noexcept {
    tcp_info known{};
    socklen_t size = sizeof known;
    constexpr std::size_t wanted = offsetof(tcp_info, tcpi_bytes_acked) + sizeof(known.tcpi_bytes_acked);
    if (descriptor < 0 || os().getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &known, &size) != 0 ||
        size < wanted)
        return std::nullopt;
    return known.tcpi_bytes_acked;
}

#else

std::optional<std::uint64_t> bytes_taken(int) noexcept {
    return std::nullopt;
}

#endif

}  // namespace kedge::transports
