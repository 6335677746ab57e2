#include <kedge/sockjs/room_listener.hpp>

#include <utility>

#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/last_rendering.hpp>
#include <kedge/sockjs/client_end.hpp>
#include <kedge/sockjs/frames.hpp>

namespace kedge::sockjs {

room_listener::room_listener(client_end& who, const std::string& name, std::shared_ptr<nsp_state> where)
    : where_keeper{std::move(where)},
      guest(where_->share(*where_->owner().here()).guests(), name),
      who_(who),
      share_(where_->share(*where_->owner().here())) {
    share_.guests().join(*this, id());
    share_.guests().present(*this);
}

room_listener::~room_listener() {
    stop();
}

void room_listener::stop() noexcept {
    if (!std::exchange(stopped_, true)) share_.guests().remove(*this);
}

void room_listener::join(std::string_view room) {
    share_.guests().join(*this, room);
}

void room_listener::leave(std::string_view room) {
    share_.guests().leave(*this, room);
}

void room_listener::hear(const broadcast_packet& packet, const broadcast_flags&) {
    if (stopped_) return;
    thread_local last_rendering<std::string> last;
    const auto written = last.of(packet, [](const broadcast_packet& event) {
        std::string text;
        append_message(text, event.json());
        return text;
    });
    who_.say_written(packet.json(), *written);
}

}  // namespace kedge::sockjs
