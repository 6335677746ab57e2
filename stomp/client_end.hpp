#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/queues/queue.hpp>
#include <kedge/stomp/session/session.hpp>

namespace kedge {
class broadcast_packet;
}

namespace kedge::stomp {

/// What a handle reaches, and what rooms and queues speak to: the client on its worker.
class client_end {
  public:
    virtual void accept(std::string user) = 0;
    virtual void refuse(std::string_view message) = 0;
    /// An event of a room, for one of its subscriptions.
    virtual void hear(const subscription& to, const broadcast_packet& event) = 0;
    /// A message for its subscriptions of a destination of its own, as JSON.
    virtual void tell(std::string_view destination, std::string_view json) = 0;
    /// A message of a queue, for the subscription that is that consumer.
    virtual void take(std::uint64_t consumer, const delivery& what) = 0;
    /// What a frame of its asked for elsewhere is done, or refused.
    virtual void settle(std::uint64_t errand, const std::optional<refusal>& why) = 0;
    /// Gives the next of its subscriptions that came back what it missed.
    virtual void take_back() = 0;

  protected:
    ~client_end() = default;
};

}  // namespace kedge::stomp
