#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/error.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/request.hpp>

namespace kedge::engine {
class session;
class session_handler;
}  // namespace kedge::engine

namespace kedge::transports {

class live_session;
class http_share;

/// A message as it arrived. Valid during the handler's call only.
struct received_message {
    std::string_view data;
    engine::content_kind content = engine::content_kind::text;

    bool binary() const noexcept { return content == engine::content_kind::binary; }
};

/// An Engine.IO client, for programs without Socket.IO: a cheap handle, to be copied and kept at will, usable
/// from any thread. When the client has gone, its calls do nothing.
class session {
  public:
    using message_handler = std::function<void(const received_message&, const engine::request* via)>;
    using close_handler = std::function<void(engine::close_reason reason, std::string_view description)>;
    using sent_callback = engine::unique_function<void()>;

    explicit session(std::shared_ptr<live_session> live) noexcept : live_(std::move(live)) {}

    const std::string& id() const noexcept;
    /// "polling" or "websocket", as of now.
    std::string_view transport_name() const noexcept;
    /// 3 or 4.
    int protocol() const noexcept;
    std::string_view remote_address() const noexcept;
    /// The request that opened the session.
    const engine::request& request() const noexcept;
    bool open() const noexcept;

    /// Sets what receives messages, with the head of the POST that brought one, or null. To be called on the
    /// session's thread: in the server's on_connection, or in a handler of this session.
    void on_message(message_handler receive) const;
    /// The same for who wants the message alone.
    template <std::invocable<const received_message&> F>
    requires(!std::invocable<F&, const received_message&, const engine::request*>) void on_message(
        F receive) const {
        on_message(message_handler(
            [receive = std::move(receive)](const received_message& message, const engine::request*) mutable {
                receive(message);
            }));
    }
    void on_close(close_handler tell) const;
    void on_upgrade(std::function<void()> tell) const;

    /// Sends a text message. `sent` runs when the kernel has taken it, never if the session closes before.
    void send(std::string_view text, sent_callback sent = {}) const;
    /// Sends a binary message.
    void send(std::span<const std::byte> data, sent_callback sent = {}) const;
    /// Closes it, after what was sent; with `discard` at once.
    void close(bool discard = false) const;

    friend bool operator==(const session&, const session&) = default;

  private:
    void send(engine::content_kind content, std::string_view data, sent_callback sent) const;
    std::shared_ptr<live_session> live_;
};

/// Makes what lives on an engine session so that `opened` can hand out handles to it.
std::unique_ptr<engine::session_handler> make_live(engine::session& on, http_share& home,
                                                   const std::function<void(session)>& opened);

}  // namespace kedge::transports
