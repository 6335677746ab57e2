#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/stomp/frames/frame.hpp>
#include <kedge/transports/loop/door.hpp>

namespace kedge::stomp {

class client_end;

/// What handles share of a client: they may live on any thread, and outlive it.
struct client_link {
    std::string id;
    std::string user{};  ///< set when it is let in
    engine::request_ptr request;
    frame connect{};  ///< the frame by which it came
    transports::door_ptr way;
    std::atomic<bool> connected{false};
    client_end* at = nullptr;  ///< touched on its thread alone; null when it has gone
};

/// A STOMP client: a cheap handle, usable from any thread, that does nothing once the client has gone.
class client {
  public:
    explicit client(std::shared_ptr<client_link> to) noexcept : link_(std::move(to)) {}

    /// Names its session, as CONNECTED does.
    const std::string& id() const noexcept { return link_->id; }
    /// Who it is, as on_connect() said; empty when it said nothing.
    const std::string& user() const noexcept { return link_->user; }
    /// A header of its CONNECT frame, such as a token; empty when it is missing.
    std::string_view header(std::string_view name) const noexcept { return link_->connect.value(name); }
    /// The request by which it came.
    const engine::request& request() const noexcept { return *link_->request; }
    bool connected() const noexcept { return link_->connected; }

    /// Sends a message to this client's subscriptions of `/user<destination>`, such as "/queue/replies": its
    /// body is a JSON array of the arguments, or what they are when there is one.
    template <class... Args>
    void send(std::string_view destination, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { send_arguments(destination, sent); }, args...);
    }
    /// Tells it why its connection ends, and ends it.
    void refuse(std::string_view message) const;

    /// The same with JSON as it is.
    void send_json(std::string_view destination, std::string json) const;

  private:
    void send_arguments(std::string_view destination, const outgoing_arguments& sent) const;

    std::shared_ptr<client_link> link_;
};

/// A client that wants to come in, and the right to decide, once, now or later, from any thread. Dropped, it
/// is a refusal.
class connect_request {
  public:
    explicit connect_request(std::shared_ptr<client_link> from);

    std::string_view login() const noexcept;
    std::string_view passcode() const noexcept;
    /// Any header of the CONNECT frame: browsers have no other place for a token.
    std::string_view header(std::string_view name) const noexcept;
    const engine::request& request() const noexcept;

    /// Lets it in, as this user.
    void accept(std::string user = {}) const;
    /// The client is told this, and its connection ends.
    void refuse(std::string message) const;

  private:
    struct decision;
    std::shared_ptr<client_link> link_;
    std::shared_ptr<decision> decision_;
};

/// A message that a client has sent to a destination of the application's.
struct message {
    client from;
    std::string_view destination;
    const frame& sent;  ///< its headers, and its body

    std::string_view body() const noexcept { return sent.body; }
};

}  // namespace kedge::stomp
