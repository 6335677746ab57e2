#pragma once

#include <cstddef>
#include <string_view>

namespace kedge::stomp {

/// The way to a broker, as a link sees it: one connection after the other.
class broker_wire {
  public:
    /// Makes a connection; broker_link::on_connected() or on_lost() follows, in a turn to come.
    virtual void connect() = 0;
    /// What is sent leaves at the end of the turn.
    virtual void send(std::string_view bytes) = 0;
    virtual std::size_t unsent() const = 0;
    /// broker_link::on_drained() follows when all has left.
    virtual void want_drain() = 0;
    /// Stops reading, and reads on.
    virtual void pause() = 0;
    virtual void resume() = 0;
    /// Ends the connection, or gives up making one. on_lost() does not follow.
    virtual void hang_up() = 0;
    /// The same when all that was sent has left.
    virtual void finish() = 0;

  protected:
    ~broker_wire() = default;
};

}  // namespace kedge::stomp
