#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>

namespace kedge {

/// On how many workers each room exists, so that a room that spreads over several comes and goes once. Asked
/// when a room comes to a worker or leaves it, never when sockets join one that is there.
class room_census {
  public:
    /// True when it exists nowhere else.
    bool add(std::string_view room) {
        const std::lock_guard hold(lock_);
        const auto found = workers_.find(room);
        if (found == workers_.end()) {
            workers_.emplace(room, 1);
            return true;
        }
        ++found->second;
        return false;
    }
    /// True when it exists nowhere any more.
    bool remove(std::string_view room) {
        const std::lock_guard hold(lock_);
        const auto found = workers_.find(room);
        if (found == workers_.end() || --found->second != 0) return false;
        workers_.erase(found);
        return true;
    }

  private:
    std::mutex lock_;
    engine::keyed_map<std::string, std::size_t> workers_;
};

}  // namespace kedge
