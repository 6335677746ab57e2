#pragma once

#include <optional>

#include <kedge/engine/options.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge::engine {

/// The heartbeat of one session, without a clock: it is told what happened and when, and says when it wants
/// to be woken. In revision 4 the server pings, in revision 3 the client does.
class heartbeat {
  public:
    /// What it means that the deadline has come.
    enum class alarm : std::uint8_t { ping, timeout };

    /// What a received packet means.
    struct effect {
        bool wrong_direction = false;        ///< a ping from a client that has to pong, or the reverse
        bool beat = false;                   ///< a life sign of the kind that counts
        std::optional<time_point> deadline;  ///< wake me then instead; unchanged when nothing
    };

    heartbeat(revision protocol, const options& settings) noexcept
        : settings_(settings), protocol_(protocol) {}

    /// The session has opened: the first deadline.
    time_point opened(time_point now) const noexcept;
    /// The deadline has come.
    alarm due() const noexcept;
    /// A ping was sent: the next deadline.
    time_point pinged(time_point now) noexcept;
    effect received(packet_type type, time_point now) noexcept;
    /// The session changed its transport; a new deadline, or nothing to keep the old one.
    std::optional<time_point> upgraded(time_point now) const noexcept;

  private:
    effect received_by_pinging_client(packet_type type, time_point now) const noexcept;

    const options& settings_;
    revision protocol_;
    bool awaiting_pong_ = false;
    bool extended_ = false;
};

}  // namespace kedge::engine
