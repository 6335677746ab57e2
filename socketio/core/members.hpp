#pragma once

#include <string_view>

#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {

// The sockets among the members of a worker's share of a namespace. On that worker's thread.

/// The connected socket of this id, or null.
socket_state* find_socket(nsp_share& share, std::string_view id) noexcept;
/// The same, of one that has not entered yet as well.
socket_state* find_coming(nsp_share& share, std::string_view id) noexcept;

/// Calls `visit(socket_state&)` for each connected socket that is meant. Sockets may leave meanwhile.
template <class Visit>
void each_socket(nsp_share& share, const broadcast_options& which, Visit&& visit) {
    share.each(share.rooms(), which, [&](room_member& one) { visit(static_cast<socket_state&>(one)); });
}

/// Sends a packet to those that are meant, guests included.
void deliver(nsp_share& share, const broadcast_packet& packet, const broadcast_options& to);
/// Disconnects all for `server shutting down`.
void disconnect_all(nsp_share& share);
/// What was said to the sockets of one worker and waits in the adapter is given to them now.
void hurry_all(nsp_share& share);

}  // namespace kedge
