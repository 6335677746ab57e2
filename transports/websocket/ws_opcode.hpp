#pragma once

#include <cstdint>

namespace kedge::transports {

/// What a frame is (RFC 6455, 5.2).
enum class ws_opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// What else stands in the first byte of a head.
inline constexpr unsigned char ws_final_bit = 0x80;
inline constexpr unsigned char ws_rsv1 = 0x40;

}  // namespace kedge::transports
