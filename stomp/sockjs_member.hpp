#pragma once

#include <memory>
#include <string_view>

#include <kedge/sockjs/client.hpp>
#include <kedge/stomp/participant.hpp>

namespace kedge::stomp {

/// A participant behind SockJS, on whichever transport: each frame is one message, what comes may be cut
/// anywhere. Lives on its share until the SockJS client has gone.
class sockjs_member final : private participant_owner, public participant {
  public:
    /// On the client's thread.
    static void begin(const std::shared_ptr<broker_core>& of, const sockjs::client& from);

    sockjs_member(transports::http_share& home, std::shared_ptr<broker_core> of, sockjs::client on);

  private:
    void send(std::string_view message) override;
    void close() override;
    void on_heart_beats() override;
    void hold(bool held) override;
    void on_gone(participant& which) override;
    void leave();

    std::shared_ptr<broker_core> kept_;
    sockjs::client on_;
    bool departed_ = false;
    bool full_ = false;
};

}  // namespace kedge::stomp
