#pragma once

#include <cstddef>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/stomp/queues/queue_options.hpp>

namespace kedge::stomp {

/// What can be set for STOMP.
struct options {
    /// How often the server sends a sign of life, and how often it wants one; 0: never. What is agreed on is
    /// the longer of what both sides say. Default 10 s.
    engine::duration heart_beat{10'000};
    /// After how many intervals of silence a client is gone. Default 3: browsers slow the timers of hidden
    /// pages.
    unsigned heart_beat_tolerance = 3;
    /// How long a client may be connected without CONNECT. Default 60 s.
    engine::duration connect_timeout{60'000};
    /// How long the server waits for the client to close after DISCONNECT. Default 1 s.
    engine::duration disconnect_timeout{1'000};
    /// Bytes of the command and headers of a frame. Default 64 KiB.
    std::size_t max_head_bytes = std::size_t{64} * 1024;
    /// Headers of a frame, repeated ones counted. Default 100.
    std::size_t max_headers = 100;
    /// Bytes of a destination, and of the names that a client gives its subscriptions and transactions.
    /// Default 1024.
    std::size_t max_name_bytes = 1024;
    /// Bytes of a frame's body. Default 1 000 000.
    std::size_t max_body_bytes = 1'000'000;
    /// Bytes that may wait for one client. Default 16 MiB.
    std::size_t max_buffered_bytes = std::size_t{16} * 1024 * 1024;
    /// Subscriptions of one client. Default 1000.
    std::size_t max_subscriptions = 1'000;
    /// Transactions of one client that are open. Default 100.
    std::size_t max_transactions = 100;
    /// Bytes that the transactions of one client hold. Default 4 MiB.
    std::size_t max_transaction_bytes = std::size_t{4} * 1024 * 1024;
    /// What is kept for destinations that begin with "/queue/".
    queue_options queues{};
};

}  // namespace kedge::stomp
