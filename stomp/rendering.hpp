#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/socketio/value/value.hpp>
#include <kedge/stomp/frames/frame.hpp>

namespace kedge {
class broadcast_packet;
}

namespace kedge::stomp {

/// The header of a MESSAGE that names its event among those that are kept for clients that come back, and the
/// one by which such a client says in its SUBSCRIBE which was its last.
inline constexpr std::string_view event_id_header = "event-id";
inline constexpr std::string_view last_event_header = "last-event-id";

/// An event of a namespace as the inside of a MESSAGE.
///
/// An event whose arguments are a body and an object with "content-type" is a STOMP message as it is: the
/// body raw, the object's members as headers. So a message of a STOMP client travels through rooms, and a
/// program may send one. Any other event is its arguments as a JSON array, with its name in the header
/// `event`.
struct rendering {
    std::vector<header> headers;
    std::string body;
};

using rendering_ptr = std::shared_ptr<const rendering>;

/// Made once for all clients of a thread that hear the event one after the other, unless it is large.
rendering_ptr render(const broadcast_packet& event);

/// Whether a header of a SEND goes on to who receives it.
bool travels(std::string_view name) noexcept;

/// The other way: the two arguments by which a SEND travels.
std::pair<value, value> travelling(const frame& sent);

}  // namespace kedge::stomp
