#pragma once

#include <memory>

#include <kedge/stomp/broker_core.hpp>
#include <kedge/stomp/participant.hpp>
#include <kedge/stomp/system_end.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/websocket/ws_group.hpp>

namespace kedge::stomp {

/// A broker on one worker: makes members of the websockets at its path.
class broker_front final : public transports::http_front, private participant_owner {
  public:
    broker_front(transports::http_share& home, std::shared_ptr<broker_core> of);

    bool serves(const engine::request& asked) const noexcept override;
    void admit(transports::connection& at) override;
    void wind_up() override;
    void evict() override;
    bool deserted() const noexcept override { return members_.empty() && group_.empty(); }

  private:
    void on_gone(participant& which) override;

    transports::http_share& home_;
    std::shared_ptr<broker_core> of_;
    transports::ws_group group_;
    std::unique_ptr<system_end> system_;  // of a relay, on the first worker
    transports::residence members_;       // on websockets of the group: they go before it
};

}  // namespace kedge::stomp
