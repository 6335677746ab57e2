#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

/// An event that is kept, and to whom it was sent.
struct kept_packet {
    std::uint64_t place = 0;  ///< its number in the log
    packet_ptr packet;
    broadcast_options to;
    engine::time_point since{};
    std::size_t size = 0;  ///< what it counts among the bytes
};
using kept_ptr = std::shared_ptr<const kept_packet>;

/// What a session would have received.
class session_filter {
  public:
    /// The session must live as long as this.
    explicit session_filter(const stored_session& who);
    bool concerns(const broadcast_options& to) const;

  private:
    bool in(std::string_view room) const { return rooms_.contains(room); }
    engine::keyed_set<std::string_view> rooms_;
};

/// The latest events of a namespace, in the order in which all its sockets get them. Bounded by number, bytes
/// and age: the oldest go first.
class packet_log {
  public:
    explicit packet_log(const recovery_options& settings) : settings_(settings) {}

    /// Puts an event at the end. What has to go for it is added to `gone`, to be destroyed at leisure.
    kept_ptr append(packet_ptr packet, broadcast_options to, engine::time_point now,
                    std::vector<kept_ptr>& gone);
    /// Removes what is too old.
    void purge(engine::time_point now, std::vector<kept_ptr>& gone);

    /// The events that are there are those from begin() on, before end().
    std::uint64_t begin() const noexcept { return end() - kept_.size(); }
    std::uint64_t end() const noexcept { return end_; }
    const kept_packet& at(std::uint64_t place) const { return *kept_[place - begin()]; }
    /// The place of the event that has this offset.
    std::optional<std::uint64_t> find(std::string_view offset) const;
    std::size_t bytes() const noexcept { return bytes_; }

  private:
    bool too_much(std::size_t more) const noexcept;
    void drop_first(std::vector<kept_ptr>& gone);

    const recovery_options& settings_;
    std::deque<kept_ptr> kept_;
    engine::keyed_map<std::string_view, std::uint64_t> places_;  // the keys lie in the packets
    std::uint64_t end_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace kedge
