#pragma once

#include <string_view>

namespace kedge::sockjs {

/// The way to a client at this moment: a poll that waits, a stream, a websocket. A session has one or none.
class receiver {
  public:
    /// Sends a frame. False when it takes no more: it is to be ended.
    virtual bool send(std::string_view frame) = 0;
    /// Sends what shows that both sides live.
    virtual bool beat() = 0;
    /// Ends it; nobody is told. Its session forgets it before.
    virtual void end() = 0;
    /// Whether its end is the session's end, as a websocket's is.
    virtual bool is_connection() const noexcept { return false; }

  protected:
    ~receiver() = default;
};

}  // namespace kedge::sockjs
