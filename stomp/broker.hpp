#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/stomp/broker_core.hpp>
#include <kedge/stomp/client.hpp>
#include <kedge/stomp/session/options.hpp>
#include <kedge/transports/engineio/figure.hpp>

namespace kedge {
class nsp;
}
namespace kedge::sockjs {
class front;
}
namespace kedge::transports {
class engine_server;
}

namespace kedge::stomp {

struct relay_options;

/// What a broker has done so far, on all workers.
struct stats {
    std::uint64_t clients = 0;  ///< that are in now
    std::uint64_t opened = 0;
    std::uint64_t messages_in = 0;
    std::uint64_t messages_out = 0;
    std::uint64_t errors = 0;          ///< clients whose connection ended with an ERROR
    std::uint64_t queued = 0;          ///< messages that queues keep now
    std::uint64_t queued_bytes = 0;    ///< what they take
    std::uint64_t queue_refused = 0;   ///< messages for which a queue had no room
    std::uint64_t queue_given_up = 0;  ///< messages that nobody took, as often as they were tried
};

/// STOMP 1.0, 1.1 and 1.2 over websockets and SockJS, on the port of a server and in the rooms of one of its
/// namespaces:
/// `/topic/lobby` is the room "lobby".
///
///     kedge::stomp::broker stomp(io, "/stomp");
///     stomp.on_send("/app/add", [](kedge::stomp::client from, int a, int b) { return a + b; });
///     stomp.attach(io.engine());
///
/// A client that subscribes to a topic gets each event of the room as a MESSAGE with the header `event` and
/// the arguments as a JSON array. What it sends to a topic reaches the room's sockets as the event "message"
/// (or as its header `event` says) with the body and the headers; subscribers get it as it was sent.
class broker {
  public:
    using rule = std::function<std::optional<std::string>(const client&, std::string_view destination)>;

    /// Throws std::invalid_argument for a path without its first slash, or with one at its end.
    broker(const nsp& topics, std::string path, options terms = {});

    // Before attach(). Called on the client's thread.

    /// Decides who comes in, and who they are. Default: everybody, nameless.
    void on_connect(std::function<void(connect_request)> decide);
    /// Says why a client may not subscribe to a destination, or nothing.
    void on_subscribe(rule allows);
    /// The same for sending.
    void on_publish(rule allows);
    /// Handles what is sent to a destination that begins with "/app/". The body is JSON: an array holds the
    /// arguments, anything else is the only one. What the handler returns goes to the sender's subscription
    /// of
    /// "/user/queue/…" with the rest of the destination's name, or to where its header `reply-to` says.
    template <class F>
    void on_send(std::string destination, F&& handler) {
        static_assert(!answers_later<F>,
                      "a handler of STOMP answers at once, or sends its answer to the client");
        add(std::move(destination), share_event_handler(std::forward<F>(handler)));
    }

    /// Sends to all subscriptions of `/user<destination>` that clients of this user have, on all their
    /// devices.
    template <class... Args>
    void to_user(std::string_view user, std::string_view destination, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { send_to_user(user, destination, sent); },
                       args...);
    }

    /// Puts a message on a queue of the server's own, such as "/queue/jobs": a JSON array of the arguments,
    /// or what they are when there is one. It is dropped, and counted, when the queue is full. Throws
    /// std::invalid_argument for a destination of another kind.
    template <class... Args>
    void to_queue(std::string_view destination, const Args&... args) const {
        with_arguments([&](const outgoing_arguments& sent) { send_to_queue(destination, sent); }, args...);
    }

    /// Speaks STOMP with the clients of a SockJS service, on all its transports and its raw websocket.
    /// Before the service's attach(); the service shall have no on_connection() of its own.
    void over(sockjs::front& service) const;
    /// Puts the broker's own path on the namespace's server, before it runs.
    void attach(transports::engine_server& server) const;

    stomp::stats stats() const;
    /// The same for transports::metrics(), labelled by the path.
    transports::figure_source figures() const;

  protected:
    /// The same before another broker, whose destinations are its own.
    broker(const nsp& topics, std::string path, options terms, relay_options to);
    const std::shared_ptr<broker_core>& core() const noexcept { return core_; }

  private:
    void add(std::string destination, std::shared_ptr<event_handler> handler);
    void send_to_user(std::string_view user, std::string_view destination,
                      const outgoing_arguments& sent) const;
    void send_to_queue(std::string_view destination, const outgoing_arguments& sent) const;

    std::shared_ptr<broker_core> core_;
};

}  // namespace kedge::stomp
