#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>
#include <kedge/socketio/events/conn_packet.hpp>

namespace kedge {

class conn_watch;
class socket_state;

/// The engine session below a socket. Facts are asked on the socket's thread; close() may be called from any
/// thread.
class conn {
  public:
    explicit conn(std::shared_ptr<socket_state> above) noexcept : above_(std::move(above)) {}

    /// The session's id; empty when it has ended.
    std::string id() const;
    /// "polling" or "websocket", as of now; empty when the session has ended.
    std::string_view transport_name() const;
    /// 3 or 4, the protocol's revision; 0 when the session has ended.
    int protocol() const;
    std::string_view remote_address() const;
    /// The first request, or null.
    const engine::request* request() const;
    /// Bytes that wait to be sent.
    std::size_t unsent() const;

    // Handlers are called on the socket's thread, from where they are to be added, until the socket leaves.

    /// Called once, with the new transport's name, when the session has changed from polling to websocket.
    /// Not when it has changed before, or has begun with websocket.
    void on_upgrade(std::function<void(std::string_view transport)> handler) const;
    /// Called with each packet that arrives, before anything else is done with it.
    void on_packet(std::function<void(const conn_packet&)> handler) const;
    /// Called with each packet that is sent, soon after.
    void on_packet_create(std::function<void(const conn_packet&)> handler) const;
    /// Called when the kernel has taken all that was sent.
    void on_drain(std::function<void()> handler) const;

    /// Closes the session: all its sockets leave for `forced close`. With `discard` nothing that waits is
    /// sent first.
    void close(bool discard = false) const;

  private:
    template <class List, class... Args>
    void watch(List conn_watch::*which, std::string_view event, std::function<void(Args...)> handler) const;

    std::shared_ptr<socket_state> above_;
};

}  // namespace kedge
