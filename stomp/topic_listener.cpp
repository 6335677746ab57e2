#include <kedge/stomp/topic_listener.hpp>

#include <utility>

#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/stomp/client_end.hpp>

namespace kedge::stomp {

topic_listener::topic_listener(client_end& who, const std::string& name, nsp_state& where,
                               const subscription& of, std::string_view room, std::string_view only)
    : guest(where.share(*where.owner().here()).guests(), name + '\n' + of.id),
      who_(who),
      share_(where.share(*where.owner().here())),
      of_(of),
      only_(only) {
    share_.guests().join(*this, room);
    share_.guests().present(*this);
}

topic_listener::~topic_listener() {
    stop();
}

void topic_listener::stop() noexcept {
    if (!std::exchange(stopped_, true)) share_.guests().remove(*this);
}

void topic_listener::hear(const broadcast_packet& packet, const broadcast_flags&) {
    if (stopped_) return;
    if (only_.empty() || packet.data()[0].as_string() == only_) who_.hear(of_, packet);
}

}  // namespace kedge::stomp
