#include <kedge/node/addon/traffic.hpp>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

#include <kedge/transports/loop/kernel.hpp>

namespace kedge::node {

namespace {

/// Whether the peer has ended the connection, which the kernel counts as a byte.
bool ended_by_peer(std::uint8_t state) noexcept {
    constexpr std::uint8_t close_wait = 8;
    constexpr std::uint8_t last_ack = 9;
    constexpr std::uint8_t closing = 11;
    return state == close_wait || state == last_ack || state == closing;
}

}  // namespace

std::optional<traffic> traffic_of(int descriptor) noexcept {
    tcp_info known{};
    socklen_t size = sizeof known;
    constexpr std::size_t wanted = offsetof(tcp_info, tcpi_bytes_retrans) + sizeof(known.tcpi_bytes_retrans);
    if (descriptor < 0 ||
        transports::os().getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &known, &size) != 0 || size < wanted)
        return std::nullopt;
    const std::uint64_t received = known.tcpi_bytes_received;
    const std::uint64_t ended = ended_by_peer(known.tcpi_state) && received > 0 ? 1 : 0;
    return traffic{received - ended,
                   known.tcpi_bytes_sent - known.tcpi_bytes_retrans + known.tcpi_notsent_bytes,
                   std::min(known.tcpi_last_data_recv, known.tcpi_last_data_sent)};
}

}  // namespace kedge::node
