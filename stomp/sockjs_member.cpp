#include <kedge/stomp/sockjs_member.hpp>

#include <utility>

#include <kedge/sockjs/client_end.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::stomp {

void sockjs_member::begin(const std::shared_ptr<broker_core>& of, const sockjs::client& from) {
    sockjs::client_end* const at = from.link()->at;
    if (!at) return;
    auto made = std::make_unique<sockjs_member>(at->home(), of, from);
    sockjs_member& one = *made;
    at->home().admit(std::move(made));
    from.on_message([kept = one.link(), &one](std::string_view bytes) {
        if (kept->at) one.receive(bytes);
    });
    from.on_close([kept = one.link(), &one](std::uint16_t, std::string_view) {
        if (kept->at) one.leave();
    });
}

sockjs_member::sockjs_member(transports::http_share& home, std::shared_ptr<broker_core> of, sockjs::client on)
    : participant(home, *of, static_cast<participant_owner&>(*this), on.link()->request),
      kept_(std::move(of)),
      on_(std::move(on)) {}

void sockjs_member::send(std::string_view message) {
    sockjs::client_end* at = on_.link()->at;
    if (!at) return;
    at->say_bytes(message);
    at = on_.link()->at;  // who takes nothing was cut
    if (!at || full_ || at->unsent() <= of().terms.max_buffered_bytes / crowded_at) return;
    full_ = true;
    at->want_room([kept = link(), this] {
        if (kept->at && std::exchange(full_, false)) on_crowded(false);
    });
    on_crowded(true);
}

void sockjs_member::hold(bool held) {
    if (sockjs::client_end* const at = on_.link()->at) at->hold(held);
}

/// The client gets what was sent, then the end.
void sockjs_member::close() {
    if (sockjs::client_end* const at = on_.link()->at; at && on_.connected()) return at->close(1000, {});
    leave();
}

void sockjs_member::on_heart_beats() {
    if (sockjs::client_end* const at = on_.link()->at) at->quiet();
}

void sockjs_member::leave() {
    if (std::exchange(departed_, true)) return;
    session().lose();
    depart();
}

void sockjs_member::on_gone(participant&) {
    home().dismiss(*this);
}

}  // namespace kedge::stomp
