#include <kedge/stomp/websocket_member.hpp>

#include <utility>

#include <kedge/engine/utf8.hpp>

namespace kedge::stomp {

using transports::ws_end;
using transports::ws_peer;

websocket_member::websocket_member(transports::http_share& home, broker_core& of, participant_owner& owner,
                                   engine::request_ptr first, transports::ws_group& group,
                                   transports::ws_accepted& on)
    : participant(home, of, owner, std::move(first)),
      peer_(group, std::move(on.on), std::move(on.deflate), *this) {}

/// A body that is no text leaves as binary: browsers cut who sends it as text.
void websocket_member::send(std::string_view message) {
    if (!peer_.open()) return;
    if (peer_.unsent() > 0 && peer_.unsent() + message.size() > of().terms.max_buffered_bytes) {
        peer_.abort();
        return close();
    }
    engine::valid_utf8(message) ? peer_.text(message) : peer_.binary(message);
    if (full_ || peer_.unsent() <= of().terms.max_buffered_bytes / crowded_at) return;
    full_ = true;
    peer_.want_drain();
    on_crowded(true);
}

void websocket_member::on_drain(ws_peer&) {
    if (std::exchange(full_, false) && !departed_) on_crowded(false);
}

void websocket_member::close() {
    if (std::exchange(departed_, true)) return;
    if (peer_.open()) peer_.close(1000);
    session().lose();
    depart();
}

void websocket_member::on_text(ws_peer&, std::span<char> text) {
    receive({text.data(), text.size()});
}

void websocket_member::on_binary(ws_peer&, std::span<char> data) {
    receive({data.data(), data.size()});
}

void websocket_member::on_close(ws_peer&, const ws_end& end) {
    if (end.how == ws_end::kind::starved) return close();
    if (end.how == ws_end::kind::flooded) peer_.abort();
    end_behind_rest();
}

}  // namespace kedge::stomp
