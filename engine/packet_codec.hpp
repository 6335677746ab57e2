#pragma once

#include <span>
#include <string>

#include <kedge/engine/message.hpp>
#include <kedge/engine/packet.hpp>

namespace kedge::engine {

/// What became of the bytes of one packet.
enum class decoded : std::uint8_t {
    packet,   ///< a packet was read
    ignored,  ///< not a packet, but of a kind that the reference passes over in silence
    garbage,  ///< not a packet of this protocol
};

/// Reads one packet from text (a websocket text frame, an item of a payload), which must be valid UTF-8.
/// Base64 is decoded in place.
decoded decode_text(std::span<char> text, revision protocol, packet& into) noexcept;

/// Reads one packet from binary (a websocket binary frame, a binary item of a revision 3 payload).
decoded decode_binary(std::span<char> data, revision protocol, packet& into) noexcept;

/// Appends one packet as the content of a websocket frame and says of which kind the frame is. With `base64`
/// binary becomes text.
content_kind append_packet(std::string& to, const outbound& what, revision protocol, bool base64);

}  // namespace kedge::engine
