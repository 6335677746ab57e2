#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/stomp/client.hpp>
#include <kedge/stomp/queue_table.hpp>
#include <kedge/stomp/session/options.hpp>
#include <kedge/stomp/session/session.hpp>

namespace kedge {
class nsp_state;
}

namespace kedge::stomp {

struct relay_core;

/// Where messages go by the beginning of their destination.
inline constexpr std::string_view topic_prefix = "/topic/";
inline constexpr std::string_view queue_prefix = "/queue/";
inline constexpr std::string_view app_prefix = "/app/";
inline constexpr std::string_view user_prefix = "/user/";

/// Whether something of that kind is named: the prefix, and more behind it.
bool below(std::string_view destination, std::string_view prefix) noexcept;
/// The subprotocol of the highest version that is offered, whatever comes first; empty when there is none.
std::string chosen_protocol(const std::vector<std::string>& offered);
/// An id that nobody guesses.
std::string make_id();
/// Arguments as a body: an array, or the one that there is.
std::string write_body(const outgoing_arguments& sent);
/// JSON as a message that a queue keeps.
kept_ptr keep(std::string json);

/// The room of those who hear what is sent to a user. Its name is none that a destination can have.
std::string user_room(std::string_view user);

/// What the workers share of a broker. Does not change once the server runs, but for the figures.
struct broker_core {
    std::string path;
    options terms;
    std::shared_ptr<nsp_state> topics;
    std::shared_ptr<queue_desk> queues{};
    std::shared_ptr<relay_core> relay{};  ///< null: all destinations are served here
    std::function<void(connect_request)> on_connect{};
    std::function<std::optional<std::string>(const client&, std::string_view destination)> may_subscribe{};
    std::function<std::optional<std::string>(const client&, std::string_view destination)> may_send{};
    std::map<std::string, std::shared_ptr<event_handler>, std::less<>> handlers{};

    struct figures {
        std::atomic<std::uint64_t> opened{0};
        std::atomic<std::uint64_t> closed{0};
        std::atomic<std::uint64_t> messages_in{0};
        std::atomic<std::uint64_t> messages_out{0};
        std::atomic<std::uint64_t> errors{0};
        std::atomic<std::uint64_t> last_message{0};
    };
    figures counted{};
};

/// Where a handler of the application's is called from.
class handler_call final : public call_context {
  public:
    handler_call(const message& received, std::string_view reply_to) noexcept
        : sent(received), reply_to_(reply_to) {}
    /// The answer goes to the sender alone.
    void reply(const outgoing_arguments& results) override;

    const message& sent;

  private:
    std::string_view reply_to_;
};

}  // namespace kedge::stomp

namespace kedge {

/// Handlers of destinations may take the client that sent the message, and the message.
template <>
struct context_parameter<stomp::client> : std::true_type {
    static stomp::client take(call_context& from) {
        return static_cast<stomp::handler_call&>(from).sent.from;
    }
};
template <>
struct context_parameter<stomp::message> : std::true_type {
    static stomp::message take(call_context& from) { return static_cast<stomp::handler_call&>(from).sent; }
};

}  // namespace kedge
