#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/early_place.hpp>
#include <kedge/socketio/rooms/packet_log.hpp>

namespace kedge::cluster {

/// By whom an event was said, and under which ticket; 0 when that is not told.
struct event_sender {
    std::string_view uid{};
    std::uint64_t ticket = 0;
};

/// Whether who was told so much ahead of its place has an event.
bool is_among(const std::vector<early_place>& early, const event_sender& by);

/// What a session that returns has missed, in order.
class session_recording {
  public:
    explicit session_recording(stored_session session);
    session_recording(const session_recording&) = delete;
    session_recording& operator=(const session_recording&) = delete;

    const stored_session& session() const noexcept { return session_; }
    const std::vector<early_place>& early() const noexcept { return early_; }
    bool concerns(const broadcast_options& to) const { return who_.concerns(to); }
    /// Whether it had the event before that had its place.
    bool has(const event_sender& by) const;
    void note(const packet_ptr& packet, const broadcast_options& to, const event_sender& by) {
        if (concerns(to) && !has(by)) packets.push_back(packet);
    }

    std::vector<packet_ptr> packets;  ///< what it has missed: from the stream first, then what is noted

  private:
    stored_session session_;
    session_filter who_;
    std::vector<early_place> early_;
};

}  // namespace kedge::cluster
