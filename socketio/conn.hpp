#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <engine/request.hpp>

namespace kedge {

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
    /// Called once, with the new transport's name, when the session has changed from polling to websocket.
    /// Not when it has changed before, or has begun with websocket. On the socket's thread.
    void on_upgrade(std::function<void(std::string_view transport)> handler) const;
    /// Closes the session: all its sockets leave for `forced close`. With `discard` nothing that waits is
    /// sent first.
    void close(bool discard = false) const;

  private:
    std::shared_ptr<socket_state> above_;
};

}  // namespace kedge
