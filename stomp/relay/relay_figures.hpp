#pragma once

#include <atomic>
#include <cstdint>

namespace kedge::stomp {

/// What a relay has done so far, on all workers.
struct relay_figures {
    std::atomic<bool> available{false};  ///< the broker has let the relay itself in
    std::atomic<bool> missed{
        false};  ///< no connection to it was made a moment ago: clients are told so at once
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> closed{0};
    std::atomic<std::uint64_t> failures{0};  ///< connections that were lost, refused or not made
    std::atomic<std::uint64_t> passed_on{0};
    std::atomic<std::uint64_t> heard{0};
    std::atomic<std::uint64_t> dropped{0};
};

}  // namespace kedge::stomp
