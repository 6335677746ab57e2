#pragma once

#include <kedge/sockjs/member.hpp>
#include <kedge/sockjs/service.hpp>
#include <kedge/transports/websocket/ws_group.hpp>

namespace kedge::transports {
class connection;
}

namespace kedge::sockjs {

/// Makes websockets of upgrade requests, with SockJS' frames or without.
class websocket_gate final : private member_owner {
  public:
    websocket_gate(transports::http_share& home, service& of);

    void admit_framed(transports::connection& at);
    void admit_raw(transports::connection& at);
    void wind_up() { members_.wind_up(); }
    void evict() noexcept;
    /// Whether none is here any more, nor closing.
    bool empty() const noexcept { return members_.empty() && group_.empty(); }

  private:
    template <class Member>
    void admit(transports::connection& at);
    void on_gone(member& which) override;

    transports::http_share& home_;
    service& of_;
    transports::ws_group group_;
    transports::residence members_;  // on websockets of the group: they go before it
};

}  // namespace kedge::sockjs
