#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <kedge/sockjs/member.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

namespace kedge::sockjs {

/// A member on a websocket without SockJS: what comes is the message, what is sent is one.
class raw_member final : public member, private transports::ws_owner {
  public:
    raw_member(transports::http_share& home, service& of, member_owner& owner, engine::request_ptr first,
               transports::ws_group& group, transports::ws_accepted& on);

    void begin(std::span<char> rest);
    void say(std::string_view message) override;
    void say_written(std::string_view message, const std::string&) override { say(message); }
    void say_bytes(std::string_view message) override;
    void close(std::uint16_t code, std::string_view reason) override;
    std::size_t unsent() const noexcept override { return peer_.unsent(); }
    void want_room(std::function<void()> told) override;
    void hold(bool held) override { held ? peer_.pause() : peer_.resume(); }

  private:
    void on_text(transports::ws_peer& from, std::span<char> text) override;
    void on_binary(transports::ws_peer& from, std::span<char> data) override;
    void on_close(transports::ws_peer& which, const transports::ws_end& end) override;
    void on_drain(transports::ws_peer&) override { tell_room(); }
    bool takes(std::size_t size);
    void finish(std::uint16_t code, std::string_view reason);

    transports::ws_peer peer_;
    bool over_ = false;
};

}  // namespace kedge::sockjs
