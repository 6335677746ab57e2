#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <kedge/sockjs/client.hpp>
#include <kedge/sockjs/options.hpp>

namespace kedge::sockjs {

/// What the workers share of a service. Does not change once the server runs, but for the figures.
struct service {
    std::string prefix;  ///< without a slash at its end
    options terms;
    std::function<void(client)> on_connection{};
    /// The subprotocol that a raw websocket gets of those that its client offers; empty: none.
    std::function<std::string(const std::vector<std::string>& offered)> choose_protocol{};

    struct figures {
        std::atomic<std::uint64_t> opened{0};
        std::atomic<std::uint64_t> closed{0};
        std::atomic<std::uint64_t> messages_in{0};
        std::atomic<std::uint64_t> messages_out{0};
        std::atomic<std::uint64_t> refused{0};
    };
    figures counted{};
    std::atomic<std::size_t> kept{0};  ///< bytes: what waits in sessions, and their first requests
};

}  // namespace kedge::sockjs
