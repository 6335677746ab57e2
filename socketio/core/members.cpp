#include <kedge/socketio/core/members.hpp>

#include <kedge/socketio/rooms/guest.hpp>

namespace kedge {
namespace {

socket_state* as_socket(room_member* who) noexcept {
    return static_cast<socket_state*>(who);
}

}  // namespace

socket_state* find_socket(nsp_share& share, std::string_view id) noexcept {
    return as_socket(share.rooms().find(id));
}

socket_state* find_coming(nsp_share& share, std::string_view id) noexcept {
    return as_socket(share.rooms().known(id));
}

// Guests may leave while others of them are told.
void deliver(nsp_share& share, const broadcast_packet& packet, const broadcast_options& to) {
    each_socket(share, to, [&](socket_state& one) { one.deliver(packet, to.flags); });
    if (share.guests().present_count() != 0)
        share.each(share.guests(), to,
                   [&](room_member& one) { static_cast<guest&>(one).hear(packet, to.flags); });
}

void hurry_all(nsp_share& share) {
    if (share.of().adapter().recovers()) each_socket(share, {}, [](socket_state& one) { one.hurry(); });
}

void disconnect_all(nsp_share& share) {
    hurry_all(share);
    each_socket(share, {},
                [](socket_state& one) { one.leave_namespace(disconnect_reason::server_shutting_down); });
}

}  // namespace kedge
