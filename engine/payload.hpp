#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <kedge/engine/message.hpp>
#include <kedge/engine/packet.hpp>

namespace kedge::engine {

/// How a polling body is framed: text/plain, or application/octet-stream (revision 3 only).
enum class payload_format : std::uint8_t { text, binary };

/// How one polling client reads and writes payloads. Clients of Socket.IO 1.x call themselves revision 3 as
/// well, but write text in an older way; they are known by what they post, and answered in kind. Belongs to
/// one client.
class payload_codec {
  public:
    /// `base64`: the client has said that it cannot take binary.
    payload_codec(engine::revision protocol, bool base64) noexcept : protocol_(protocol), base64_(base64) {}

    engine::revision revision() const noexcept { return protocol_; }
    bool base64() const noexcept { return base64_; }

    /// Appends what goes into one poll response, all packets together, and says how it is framed.
    payload_format append(std::string& to, std::span<const outbound> packets) const;
    /// How append() would frame these packets.
    payload_format format_of(std::span<const outbound> packets) const noexcept;

    /// Called by readers with the text of each packet of a text payload of revision 3: learns whether the
    /// client encodes UTF-8 twice, and if so undoes the outer one in place.
    std::span<char> without_outer_utf8(std::span<char> text) noexcept;
    /// Called by readers for a binary payload that holds text only, which only a 1.x client sends.
    void saw_binary_payload_of_text() noexcept;

  private:
    enum class dialect : std::uint8_t {
        unknown,      ///< nothing yet but ASCII in text payloads
        current,      ///< lengths count UTF-16 units
        double_utf8,  ///< 1.x without XHR2: UTF-8 within UTF-8, lengths count bytes of the inner one
        bytewise,     ///< 1.x with XHR2: reads all poll responses as bytes, understands binary framing
    };

    engine::revision protocol_;
    bool base64_;
    dialect dialect_ = dialect::unknown;
};

/// Reads the items of one POST body one by one, in place, in linear time. What a packet shows is valid
/// until the next call; the byte behind its data may be written to until then (see packet).
class payload_reader {
  public:
    enum class step : std::uint8_t {
        packet,   ///< one was read
        nothing,  ///< an item that tells nothing was passed over
        end,      ///< there are no more
        garbage,  ///< the rest cannot be read
    };

    /// A text body must be valid UTF-8. The body needs one spare byte behind its end. Revision 4 has text
    /// only.
    payload_reader(payload_codec& codec, std::span<char> body, payload_format format) noexcept;
    step next(packet& into) noexcept;

  private:
    step next_separated(packet& into) noexcept;
    step next_counted_text(packet& into) noexcept;
    step next_binary(packet& into) noexcept;
    void spare_byte_behind(const packet& read) noexcept;
    void restore_spare_byte() noexcept;

    payload_codec& codec_;
    std::span<char> rest_;
    char* end_;
    char* spare_ = nullptr;
    char saved_ = 0;
    payload_format format_;
    bool begun_ = false;   // revision 3: a body without any item is garbage or nothing, by its format
    bool at_end_ = false;  // revision 4: the item without a separator behind it was read
};

}  // namespace kedge::engine
