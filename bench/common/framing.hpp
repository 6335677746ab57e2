#pragma once

#include <string>
#include <string_view>

namespace bench {

/// How one Engine.IO packet looks in the stream of bytes between a client and the server.
class framing {
  public:
    virtual ~framing() = default;
    /// As the client sends it.
    virtual std::string outgoing(std::string_view packet) const = 0;
    /// As the server sends it.
    virtual std::string incoming(std::string_view packet) const = 0;
    /// The length of the first incoming item, or 0 while it is incomplete.
    virtual std::size_t item_size(std::string_view bytes) const = 0;
    /// The packet in a whole incoming item.
    virtual std::string_view packet(std::string_view item) const = 0;
};

/// One text frame for each packet, the client's masked.
const framing& websocket_framing();

/// Packets in HTTP bodies; each is followed by the separator, the last of a body too (whoever has the body
/// adds it).
const framing& polling_framing();

inline constexpr char separator = '\x1e';

}  // namespace bench
