#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace kedge {

/// Whether a room is one that a socket has by itself, named by its id.
enum class room_kind : std::uint8_t { joined, own };

/// Who is told of the rooms of a worker.
class room_watch {
  public:
    virtual void room_created(std::string_view room, room_kind kind) = 0;
    virtual void room_joined(std::string_view room, std::string_view id) = 0;
    virtual void room_left(std::string_view room, std::string_view id) = 0;
    virtual void room_deleted(std::string_view room) = 0;

  protected:
    ~room_watch() = default;
};

/// What listeners of room events are told: the room, and for `join` and `leave` the socket's id.
struct room_hooks {
    std::function<void(std::string_view room)> on_create_room;
    std::function<void(std::string_view room, std::string_view id)> on_join_room;
    std::function<void(std::string_view room, std::string_view id)> on_leave_room;
    std::function<void(std::string_view room)> on_delete_room;
};

}  // namespace kedge
