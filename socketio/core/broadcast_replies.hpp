#pragma once

#include <vector>

#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

class nsp_state;

/// Broadcasts a packet whose recipients answer, and calls `done` when all servers have said how many
/// recipients they have and all of those have answered, or when the time is over, with the answers that came.
/// On a worker.
void collect_replies(nsp_state& where, packet_ptr packet, broadcast_options to,
                     adapter::completion<ack_error, std::vector<value>> done);

}  // namespace kedge
