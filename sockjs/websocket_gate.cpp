#include <kedge/sockjs/websocket_gate.hpp>

#include <memory>
#include <type_traits>
#include <utility>

#include <kedge/sockjs/raw_member.hpp>
#include <kedge/sockjs/websocket_member.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

namespace kedge::sockjs {

using transports::connection;

websocket_gate::websocket_gate(transports::http_share& home, service& of)
    : home_(home),
      of_(of),
      group_(home.home(),
             {.max_message = of.terms.max_message_bytes, .max_unsent = of.terms.max_buffered_bytes}) {}

void websocket_gate::admit_framed(connection& at) {
    admit<websocket_member>(at);
}

void websocket_gate::admit_raw(connection& at) {
    admit<raw_member>(at);
}

template <class Member>
void websocket_gate::admit(connection& at) {
    const engine::request_ptr first = at.request();
    auto agreed = transports::negotiate_websocket(*first, nullptr);
    if (!agreed) return at.refuse_upgrade(agreed.error().status, agreed.error().text, agreed.error().headers);
    if (std::is_same_v<Member, raw_member> && of_.choose_protocol)
        agreed.value().protocol = of_.choose_protocol(agreed.value().offered);
    auto accepted = transports::switch_protocols(at, agreed.value(), nullptr, of_.terms.max_message_bytes);
    auto made =
        std::make_unique<Member>(home_, of_, static_cast<member_owner&>(*this), first, group_, accepted);
    Member& one = *made;
    members_.add(std::move(made));
    one.begin(accepted.rest());
}

void websocket_gate::on_gone(member& which) {
    home_.home().bury(members_.take(which));
}

void websocket_gate::evict() noexcept {
    members_.clear();
    group_.clear();
}

}  // namespace kedge::sockjs
