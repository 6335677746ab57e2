#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace kedge {

/// Whether a room is one that a socket has by itself, named by its id.
enum class room_kind : std::uint8_t { joined, own };

/// What listeners of room events are told: the room, and for `join` and `leave` the socket's id.
struct room_hooks {
    std::function<void(std::string_view room)> on_create_room;
    std::function<void(std::string_view room, std::string_view id)> on_join_room;
    std::function<void(std::string_view room, std::string_view id)> on_leave_room;
    std::function<void(std::string_view room)> on_delete_room;
};

}  // namespace kedge
