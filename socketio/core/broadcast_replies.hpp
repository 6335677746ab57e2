#pragma once

#include <memory>
#include <vector>

#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

class nsp_state;

/// Broadcasts a packet whose recipients answer, and calls `done` on a worker when all servers have said how
/// many recipients they have and all of those have answered, or when the time is over, with the first
/// argument of each answer that came. From any thread.
void ask_sockets(std::shared_ptr<nsp_state> where, packet_ptr question, broadcast_options to,
                 adapter::completion<ack_error, std::vector<value>> done);

}  // namespace kedge
