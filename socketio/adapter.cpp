#include <socketio/adapter.hpp>

#include <utility>

#include <socketio/socket_state.hpp>

namespace kedge {

void adapter::unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags) {
    broadcast(std::move(packet), {{to.id()}, {}, flags});
}

}  // namespace kedge
