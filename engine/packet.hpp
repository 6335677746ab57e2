#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::engine {

enum class packet_type : std::uint8_t {
    open = 0,
    close = 1,
    ping = 2,
    pong = 3,
    message = 4,
    upgrade = 5,
    noop = 6
};

enum class content_kind : std::uint8_t { text, binary };

/// One decoded packet. `data` lies in the buffer it was read into: the receiver may write to it, and to the
/// one byte behind its end, until it returns (JSON is parsed in situ and needs a terminating zero there);
/// text is valid UTF-8. Whoever hands a packet out keeps a spare byte there and restores nothing for the
/// receiver: if the byte behind belongs to what follows, the giver saves it before the call and puts it back
/// after.
struct packet {
    packet_type type = packet_type::noop;
    content_kind content = content_kind::text;
    std::span<char> data;
};

/// Engine.IO protocol revision of a session: EIO=3 or EIO=4.
enum class revision : std::uint8_t { v3 = 3, v4 = 4 };

}  // namespace kedge::engine
