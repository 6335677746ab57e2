#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/sockjs/member.hpp>
#include <kedge/sockjs/receiver.hpp>
#include <kedge/sockjs/session.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

namespace kedge::sockjs {

/// A member whose session is its websocket: frames as text messages, pings as heartbeats.
class websocket_member final : public member,
                               private receiver,
                               private session_owner,
                               private transports::ws_owner {
  public:
    websocket_member(transports::http_share& home, service& of, member_owner& owner,
                     engine::request_ptr first, transports::ws_group& group, transports::ws_accepted& on);

    /// Opens the session, and reads what came behind the request.
    void begin(std::span<char> rest);
    void say(std::string_view message) override;
    void say_written(std::string_view message, const std::string& written) override;
    void quiet() noexcept override { session_.quiet(); }
    std::size_t unsent() const noexcept override { return session_.waiting_bytes() + peer_.unsent(); }
    void want_room(std::function<void()> told) override;
    void hold(bool held) override { held ? peer_.pause() : peer_.resume(); }
    void close(std::uint16_t code, std::string_view reason) override { session_.close(code, reason); }

  private:
    // receiver
    bool send(std::string_view frame) override;
    bool beat() override;
    void end() override;
    bool is_connection() const noexcept override { return true; }

    // session_owner
    void on_message(sockjs::session&, std::string_view message) override { tell_message(message); }
    void on_close(sockjs::session&, std::uint16_t code, std::string_view reason) override {
        tell_close(code, reason);
    }
    void on_over(sockjs::session&) override { depart(); }

    // ws_owner
    void on_text(transports::ws_peer& from, std::span<char> text) override;
    void on_binary(transports::ws_peer& from, std::span<char> data) override;
    void on_close(transports::ws_peer& which, const transports::ws_end& end) override;
    void on_drain(transports::ws_peer& which) override;
    void on_pong(transports::ws_peer&, std::span<const char>) override { pong_.disarm(); }
    void on_silence(engine::time_point now);

    sockjs::session session_;
    transports::ws_peer peer_;
    engine::timer pong_;
};

}  // namespace kedge::sockjs
