#pragma once

#include <span>
#include <string_view>

#include <kedge/stomp/participant.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

namespace kedge::stomp {

/// A participant on a websocket: each frame is one message, what comes may be cut anywhere.
class websocket_member final : public participant, private transports::ws_owner {
  public:
    websocket_member(transports::http_share& home, broker_core& of, participant_owner& owner,
                     engine::request_ptr first, transports::ws_group& group, transports::ws_accepted& on);

    /// Reads what came behind the request.
    void begin(std::span<char> rest) { peer_.read(rest); }

  private:
    void send(std::string_view message) override;
    void close() override;
    void hold(bool held) override { held ? peer_.pause() : peer_.resume(); }

    void on_text(transports::ws_peer& from, std::span<char> text) override;
    void on_binary(transports::ws_peer& from, std::span<char> data) override;
    void on_close(transports::ws_peer& which, const transports::ws_end& end) override;
    void on_drain(transports::ws_peer& which) override;

    transports::ws_peer peer_;
    bool departed_ = false;
    bool full_ = false;
};

}  // namespace kedge::stomp
