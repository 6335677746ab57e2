#include <kedge/socketio/rooms/adapter.hpp>

#include <utility>

#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {

void adapter::unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags) {
    broadcast(std::move(packet), {{to.id()}, {}, flags});
}

}  // namespace kedge
