#pragma once

#include <cstddef>

#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// Where the answers to a broadcast are gathered. It is over when all servers that are expected have said how
/// many recipients they have and all of those have answered, or when its time has passed. All on the worker
/// that asked.
class broadcast_answers {
  public:
    virtual ~broadcast_answers() = default;

    /// How many servers will tell of their recipients, this one included. Told once it is known; told again
    /// when one has gone that has not told yet.
    virtual void expect_servers(std::size_t count) = 0;
    /// A server has so many recipients, be it none.
    virtual void on_recipients(std::size_t count) = 0;
    /// The first argument of a recipient's answer.
    virtual void on_answer(value first) = 0;
    /// So many recipients will never answer: their server has gone.
    virtual void give_up(std::size_t recipients) = 0;
    /// Ends it with the answers that came.
    virtual void fail(ack_error why) = 0;
};

}  // namespace kedge
