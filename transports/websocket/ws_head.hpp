#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <kedge/transports/websocket/ws_mask.hpp>
#include <kedge/transports/websocket/ws_opcode.hpp>

namespace kedge::transports {

/// The head of a frame that a client sent.
struct ws_head {
    std::uint64_t length = 0;  ///< of the payload
    ws_mask mask{};
    ws_opcode opcode = ws_opcode::continuation;
    std::uint8_t size = 0;  ///< of the head itself; 0 while it is incomplete
    bool final = false;
    bool compressed = false;  ///< RSV1

    bool control() const noexcept { return opcode >= ws_opcode::close; }
};

/// The longest head of a frame that a client sends.
inline constexpr std::size_t max_client_head = 14;

/// What the first two bytes of a head are judged by.
struct ws_expectation {
    bool in_message = false;    ///< a fragmented message is under way
    bool may_compress = false;  ///< permessage-deflate was negotiated
};

/// What is wrong with a head of which at least two bytes are there, in the reference's words; empty when
/// nothing is.
std::string ws_head_fault(std::span<const char> bytes, const ws_expectation& expected);

/// Whether a head begins a masked, uncompressed message of one frame: nothing is wrong with it, where none is
/// under way.
constexpr bool plain_message(char first, char second) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return (byte == 0x81 || byte == 0x82) && (static_cast<unsigned char>(second) & 0x80) != 0;
}

/// Reads the head at the beginning of the bytes, a masked one. `size` is 0 when more bytes are needed.
ws_head read_ws_head(std::span<const char> bytes) noexcept;

}  // namespace kedge::transports
