#pragma once

#include <cstdint>
#include <string_view>

namespace kedge::cluster {

inline constexpr unsigned slot_count = 16384;

/// The slot of a key in a Redis Cluster: what stands in its first braces counts alone, if anything does.
std::uint16_t slot_of(std::string_view key) noexcept;

/// Where in a Redis Cluster a command belongs.
struct command_route {
    enum class kind : std::uint8_t {
        to_slot,     ///< to the node that has the slot
        anywhere,    ///< to whatever node
        everywhere,  ///< to all nodes; the numbers that they answer are added
        begins,      ///< MULTI: goes where the commands behind it go
        ends,        ///< EXEC: the last of those
    };
    kind where = kind::anywhere;
    std::uint16_t slot = 0;
};

/// Reads a command as append_command() has written it.
command_route route_of(std::string_view command) noexcept;

}  // namespace kedge::cluster
