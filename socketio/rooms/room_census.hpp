#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>

namespace kedge {

/// On how many workers each room exists, so that a room that spreads over several comes and goes once. Asked
/// when a room comes to a worker or leaves it, never when sockets join one that is there. What is told under
/// its lock is told in the order in which rooms come and go.
class room_census {
  public:
    /// True, and told, when it exists nowhere else.
    template <class Tell>
    bool add(std::string_view room, Tell&& tell) {
        const std::lock_guard hold(lock_);
        const auto found = workers_.find(room);
        if (found != workers_.end()) {
            ++found->second;
            return false;
        }
        workers_.emplace(room, 1);
        tell();
        return true;
    }
    /// True, and told, when it exists nowhere any more.
    template <class Tell>
    bool remove(std::string_view room, Tell&& tell) {
        const std::lock_guard hold(lock_);
        const auto found = workers_.find(room);
        if (found == workers_.end() || --found->second != 0) return false;
        workers_.erase(found);
        tell();
        return true;
    }
    bool contains(std::string_view room) const {
        const std::lock_guard hold(lock_);
        return workers_.contains(room);
    }

  private:
    mutable std::mutex lock_;
    engine::keyed_map<std::string, std::size_t> workers_;
};

}  // namespace kedge
