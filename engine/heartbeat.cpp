#include <kedge/engine/heartbeat.hpp>

namespace kedge::engine {

time_point heartbeat::opened(time_point now) const noexcept {
    if (protocol_ == revision::v4) return later(now, settings_.ping_interval);
    return later(later(now, settings_.ping_interval), settings_.ping_timeout);
}

heartbeat::alarm heartbeat::due() const noexcept {
    return protocol_ == revision::v4 && !awaiting_pong_ ? alarm::ping : alarm::timeout;
}

time_point heartbeat::pinged(time_point now) noexcept {
    awaiting_pong_ = true;
    extended_ = false;
    return later(now, settings_.ping_timeout);
}

heartbeat::effect heartbeat::received_by_pinging_client(packet_type type, time_point now) const noexcept {
    effect what;
    what.wrong_direction = type == packet_type::pong;
    what.beat = type == packet_type::ping;
    if (what.beat) what.deadline = opened(now);
    return what;
}

heartbeat::effect heartbeat::received(packet_type type, time_point now) noexcept {
    if (protocol_ == revision::v3) return received_by_pinging_client(type, now);
    effect what;
    if (type == packet_type::pong) {
        awaiting_pong_ = false;
        what.beat = true;
        what.deadline = later(now, settings_.ping_interval);
    } else if (type == packet_type::ping) {
        what.wrong_direction = true;
    } else if (awaiting_pong_ && !extended_) {
        // A busy line delays the pong: the first other packet shows that somebody is there, once per ping.
        extended_ = true;
        what.deadline = later(now, settings_.ping_timeout);
    }
    return what;
}

std::optional<time_point> heartbeat::upgraded(time_point now) const noexcept {
    // A pong that is under way may take the old transport or the new one: it gets its full time again.
    if (awaiting_pong_) return later(now, settings_.ping_timeout);
    return std::nullopt;
}

}  // namespace kedge::engine
