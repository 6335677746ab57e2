#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/socketio/events/conn_packet.hpp>

namespace kedge {

class desk;
class socket_state;

/// Tells a program what happens inside a session. Made when it first asks, so that nobody else pays for it.
class conn_watch final : public engine::session_observer {
  public:
    /// A handler, and the socket that it is dropped with.
    template <class... Args>
    struct watcher {
        const socket_state* who;
        std::shared_ptr<const std::function<void(Args...)>> handler;
    };
    template <class... Args>
    using list = std::vector<watcher<Args...>>;

    explicit conn_watch(desk& home) noexcept : home_(home) {}

    /// The socket has left: its handlers are told no more.
    void forget(const socket_state& left);

    list<const conn_packet&> packet;
    list<const conn_packet&> packet_create;
    list<> drain;
    list<std::string_view> upgrade;

  private:
    void on_packet(engine::session& on, const engine::packet& received) override;
    void on_packet_create(engine::session& on, const engine::outbound& sent) override;
    void on_drain(engine::session& on) override;
    void on_upgrade(engine::session& on, engine::transport& to) override;

    template <class... Args>
    void tell(const list<Args...>& all, Args... args);

    desk& home_;
};

}  // namespace kedge
