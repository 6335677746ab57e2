#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <kedge/socketio/value/tape.hpp>

namespace kedge {

/// What a packet is. The two binary types exist on the wire of the default parser alone: a decoded packet is
/// an event or an ack whether or not it holds binary, and the encoder finds out by itself.
enum class packet_type : std::uint8_t {
    connect = 0,
    disconnect = 1,
    event = 2,
    ack = 3,
    connect_error = 4,  ///< ERROR in the older protocol
    binary_event = 5,
    binary_ack = 6
};

/// The greatest integer up to which JavaScript tells neighbours apart: no ack id is above it.
inline constexpr std::uint64_t max_packet_id = std::uint64_t{1} << 53;

/// A decoded packet. Everything in it points into the text it was decoded from and lives as long as the
/// `decoded` that holds it.
struct packet {
    packet_type type = packet_type::event;
    std::string_view nsp = "/";
    std::optional<std::uint64_t> id;
    /// What was sent with it; missing (`!data.exists()`) where there was nothing.
    item data;
    /// The name of an event, a number as its string. Empty also for an event that came without any data.
    std::string_view event;

    /// What the handler of an event or ack gets: all of an ack, an event without its name.
    items arguments() const noexcept {
        return type == packet_type::event ? data.as_array().rest() : data.as_array();
    }
};

/// Where an outgoing packet goes and what it is: everything but its data.
struct packet_head {
    packet_type type = packet_type::event;
    std::string_view nsp = "/";
    std::optional<std::uint64_t> id;
};

/// The names that Socket.IO keeps for itself: refused in what clients send and by `emit`.
constexpr bool is_reserved_event(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> reserved = {"connect",       "connect_error", "disconnect",
                                                          "disconnecting", "newListener",   "removeListener"};
    for (auto each : reserved) {
        if (each == name) return true;
    }
    return false;
}

class text_arena;
/// The name of the event whose data this is: its first item, a number in JavaScript's spelling (kept in
/// `texts`).
std::string_view event_name(const item& data, text_arena& texts);

}  // namespace kedge
