#pragma once

#include <string>
#include <utility>

#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/room_index.hpp>

namespace kedge {

class broadcast_packet;

/// Somebody in the rooms of a namespace who is no socket: a client of another protocol, a stream of events.
/// It hears what is broadcast to rooms; it is not asked, counted or fetched as sockets are. Lives on one
/// worker's thread.
class guest : public room_member {
  public:
    explicit guest(std::string id) : room_member(std::move(id)) {}

    /// An event was sent to a room that it is in, or to all. It may leave meanwhile, and be told once more in
    /// that turn: it is destroyed when the turn has ended, at the earliest.
    virtual void hear(const broadcast_packet& packet, const broadcast_flags& flags) = 0;

  protected:
    ~guest() = default;
};

}  // namespace kedge
