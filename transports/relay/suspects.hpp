#pragma once

#include <cstdint>
#include <map>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::transports {

/// Nodes that could not be reached a moment ago. They are left alone for a while, so that clients are told at
/// once to come anew instead of waiting each for itself.
class suspects {
  public:
    static constexpr engine::duration patience{2'000};

    /// False when the node was under suspicion already.
    bool add(std::uint8_t node, engine::time_point now) {
        const bool fresh = !holds(node, now);
        until_[node] = engine::later(now, patience);
        return fresh;
    }
    void clear(std::uint8_t node) { until_.erase(node); }
    bool holds(std::uint8_t node, engine::time_point now) const {
        const auto found = until_.find(node);
        return found != until_.end() && now < found->second;
    }

  private:
    std::map<std::uint8_t, engine::time_point> until_;
};

}  // namespace kedge::transports
