#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>

namespace kedge {
class nsp;
}

namespace kedge::sockjs {

struct client_link;

/// A client of a SockJS service: a cheap handle, usable from any thread, that does nothing once the client
/// has gone. What is registered on it is called on the client's thread.
class client {
  public:
    explicit client(std::shared_ptr<client_link> to) noexcept : link_(std::move(to)) {}

    /// Names it, and is to be guessed by nobody; made by the server.
    const std::string& id() const noexcept;
    /// The request by which it came.
    const engine::request& request() const noexcept;
    /// "websocket", "xhr-streaming", …: how it was reached first.
    std::string_view transport() const noexcept;
    bool connected() const noexcept;

    /// Sends a text; messages of one turn leave together.
    void send(std::string_view message) const;
    /// The client gets what waits for it, then the reason. Codes of applications are 3000 to 4999.
    void close(std::uint16_t code = 1000, std::string_view reason = "Normal closure") const;

    /// Hears from now on what is sent to a room of a Socket.IO namespace, each event as a message with its
    /// name and arguments as a JSON array.
    void join(const nsp& where, std::string_view room) const;
    void leave(const nsp& where, std::string_view room) const;

    // On the client's thread: from on_connection, or from its own handlers.
    void on_message(std::function<void(std::string_view message)> handler) const;
    /// Called once, whoever ended it.
    void on_close(std::function<void(std::uint16_t code, std::string_view reason)> handler) const;

    /// For wings that speak a protocol of their own over SockJS.
    const std::shared_ptr<client_link>& link() const noexcept { return link_; }

  private:
    std::shared_ptr<client_link> link_;
};

}  // namespace kedge::sockjs
