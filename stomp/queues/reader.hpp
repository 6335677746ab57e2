#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace kedge::stomp {

/// One subscription of a queue, as its client's worker knows it: what the client has and has not settled, in
/// the order in which it was given.
struct reader {
    std::uint64_t consumer = 0;  ///< by which the queue knows it
    std::string subscription;
    std::string destination;
    std::deque<std::uint64_t> unsettled{};
    /// What counts as taken as soon as the client's network has room again.
    std::vector<std::uint64_t> on_their_way{};

    /// Takes out a delivery, or with `all_before` it and all before it. Empty when it is not there.
    std::vector<std::uint64_t> take(std::uint64_t number, bool all_before) {
        const auto found = std::find(unsettled.begin(), unsettled.end(), number);
        if (found == unsettled.end()) return {};
        const auto first = all_before ? unsettled.begin() : found;
        std::vector<std::uint64_t> taken(first, found + 1);
        unsettled.erase(first, found + 1);
        return taken;
    }
};

}  // namespace kedge::stomp
