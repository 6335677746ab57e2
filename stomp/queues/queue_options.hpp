#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kedge::stomp {

/// What becomes of a message for which a queue has no room.
enum class when_full : std::uint8_t {
    refuse,      ///< its sender is told by an ERROR
    drop_oldest  ///< the message that waits longest makes room for it
};

/// What can be set for destinations that begin with "/queue/". Messages are kept in memory, and do not
/// outlive the process.
struct queue_options {
    /// Whether there are such destinations. Default true.
    bool enabled = true;
    /// Messages of one queue, those that consumers have not settled included. Default 10 000.
    std::size_t max_messages = 10'000;
    /// Bytes of one queue's messages. Default 8 MiB: less than may wait for one client.
    std::size_t max_bytes = std::size_t{8} * 1024 * 1024;
    /// What becomes of more. Default: refused.
    when_full full = when_full::refuse;
    /// Queues of the broker on one worker that have messages or consumers. Default 10 000.
    std::size_t max_queues = 10'000;
    /// Bytes of all queues' messages on one worker. Default 256 MiB.
    std::size_t max_bytes_of_all = std::size_t{256} * 1024 * 1024;
    /// Messages that one subscription may have and has not settled; the header `prefetch-count` of SUBSCRIBE
    /// may ask for fewer. Default 1000.
    std::size_t max_unsettled = 1'000;
    /// How often a message is tried: after so many consumers that refused it or went, it is given up. Default
    /// 10.
    unsigned max_deliveries = 10;
    /// Where messages go that were given up, a queue; empty: nowhere. Default `/queue/dead-letters`.
    std::string dead_letters = "/queue/dead-letters";
};

}  // namespace kedge::stomp
