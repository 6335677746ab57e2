#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge {

/// How a packet is to be sent.
struct broadcast_flags {
    bool is_volatile = false;  ///< dropped where it cannot leave at once
    bool compress = true;
    bool local = false;  ///< this server only
    std::optional<engine::duration> timeout{};
    bool expect_single_response = false;
};

/// To whom: those in any of `rooms` (everybody when there are none) who are in none of `except`.
struct broadcast_options {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    broadcast_flags flags;
};

}  // namespace kedge
