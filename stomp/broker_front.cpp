#include <kedge/stomp/broker_front.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <kedge/stomp/websocket_member.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

namespace kedge::stomp {

using transports::connection;

broker_front::broker_front(transports::http_share& home, std::shared_ptr<broker_core> of)
    : home_(home),
      of_(std::move(of)),
      group_(home.home(), {.max_message = of_->terms.max_head_bytes + of_->terms.max_body_bytes,
                           .max_unsent = of_->terms.max_buffered_bytes}) {
    if (of_->relay && home.home().index() == 0) system_ = std::make_unique<system_end>(home, of_->relay);
}

bool broker_front::serves(const engine::request& asked) const noexcept {
    const std::string_view path = asked.path();
    return path == of_->path ||
           (path.size() == of_->path.size() + 1 && path.ends_with('/') && path.starts_with(of_->path));
}

void broker_front::admit(connection& at) {
    if (!at.upgrade_wanted()) {
        at.headers().set("Content-Type", "text/plain; charset=UTF-8");
        return at.answer(400, "STOMP is spoken over websockets here\n");
    }
    if (home_.closing()) return at.refuse_upgrade(503, "Service Unavailable");
    const engine::request_ptr first = at.request();
    auto agreed = transports::negotiate_websocket(*first, nullptr);
    if (!agreed) return at.refuse_upgrade(agreed.error().status, agreed.error().text, agreed.error().headers);
    agreed.value().protocol = chosen_protocol(agreed.value().offered);
    auto accepted = transports::switch_protocols(at, agreed.value(), nullptr, group_.limits().max_message);
    auto made = std::make_unique<websocket_member>(home_, *of_, static_cast<participant_owner&>(*this), first,
                                                   group_, accepted);
    websocket_member& one = *made;
    members_.add(std::move(made));
    one.begin(accepted.rest());
}

void broker_front::on_gone(participant& which) {
    home_.home().bury(members_.take(which));
}

void broker_front::wind_up() {
    members_.wind_up();
    if (system_) system_->stop();
}

void broker_front::evict() {
    system_.reset();
    members_.clear();
    group_.clear();
}

}  // namespace kedge::stomp
