#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/request.hpp>
#include <kedge/sockjs/client_end.hpp>
#include <kedge/sockjs/session.hpp>
#include <kedge/transports/http/resident.hpp>

namespace kedge::sockjs {

class member;
class room_listener;
struct service;

/// Who owns a member, and is told that it has gone for good: it is destroyed when the turn ends.
class member_owner {
  public:
    virtual void on_gone(member& which) = 0;

  protected:
    ~member_owner() = default;
};

/// A client on its worker: what the application registered on it, the rooms that it listens to, and the
/// session or raw websocket by which it is reached. Lives on its share until it is over.
class member : public transports::resident, public client_end {
  public:
    member(transports::http_share& home, service& of, member_owner& owner, engine::request_ptr first,
           std::string_view transport);
    ~member() override;

    const std::shared_ptr<client_link>& link() const noexcept { return link_; }

    void say_bytes(std::string_view message) override { say(message); }
    void quiet() noexcept override {}
    void on_message(std::function<void(std::string_view)> handler) override;
    void on_close(std::function<void(std::uint16_t, std::string_view)> handler) override;
    void join(const std::shared_ptr<nsp_state>& where, std::string_view room) override;
    void leave(const std::shared_ptr<nsp_state>& where, std::string_view room) override;
    transports::http_share& home() noexcept override { return home_; }
    void want_room(std::function<void()> told) override { room_handler_ = std::move(told); }

    /// Tells the application that it is there.
    void introduce();
    void wind_up() override;

  protected:
    service& of() noexcept { return of_; }
    void tell_message(std::string_view message);
    void tell_close(std::uint16_t code, std::string_view reason);
    void tell_room();
    /// Nobody reaches it any more: destroyed when the turn ends.
    void depart();

  private:
    room_listener* listener_of(const nsp_state& where) noexcept;

    transports::http_share& home_;
    service& of_;
    member_owner& owner_;
    std::shared_ptr<client_link> link_;
    std::size_t head_size_;
    std::shared_ptr<std::function<void(std::string_view)>> message_handler_;
    std::function<void(std::uint16_t, std::string_view)> close_handler_;
    std::function<void()> room_handler_;
    std::vector<std::unique_ptr<room_listener>> listeners_;
};

/// A member with a session: all transports but the raw websocket.
class session_member final : public member, private session_owner {
  public:
    session_member(transports::http_share& home, service& of, member_owner& owner, engine::request_ptr first,
                   std::string_view transport, std::string key);

    /// By what its client names it.
    const std::string& key() const noexcept { return key_; }
    sockjs::session& session() noexcept { return session_; }
    void say(std::string_view message) override;
    void say_written(std::string_view message, const std::string& written) override;
    void quiet() noexcept override { session_.quiet(); }
    std::size_t unsent() const noexcept override { return session_.waiting_bytes(); }
    void close(std::uint16_t code, std::string_view reason) override { session_.close(code, reason); }
    void wind_up() override;

  private:
    void on_message(sockjs::session&, std::string_view message) override { tell_message(message); }
    void on_close(sockjs::session&, std::uint16_t code, std::string_view reason) override {
        tell_close(code, reason);
    }
    void on_flushed(sockjs::session&) override { tell_room(); }
    void on_over(sockjs::session&) override { depart(); }

    std::string key_;
    sockjs::session session_;
};

}  // namespace kedge::sockjs
