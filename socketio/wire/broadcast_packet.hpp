#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/message.hpp>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/wire/packet.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

/// A packet on its way to any number of sockets: encoded once, immutable, shared by all of them on whatever
/// thread.
class broadcast_packet {
  public:
    /// An event. Its offset, if it has one, becomes its last argument.
    static std::shared_ptr<const broadcast_packet> event(
        std::shared_ptr<const parser> form, std::string_view nsp, std::optional<std::uint64_t> id,
        std::string_view name, const outgoing_arguments& sent, bool compress = true, std::string offset = {});
    /// A packet with any data.
    broadcast_packet(std::shared_ptr<const parser> form, const packet_head& head,
                     function_ref<void(writer&)> data, bool compress, std::string offset = {});

    packet_type type() const noexcept { return type_; }
    const std::string& nsp() const noexcept { return nsp_; }
    std::optional<std::uint64_t> id() const noexcept { return id_; }
    /// By this a client tells what it has received; empty unless the event is kept for those who return.
    const std::string& offset() const noexcept { return offset_; }
    /// The messages that it consists of: the head, then its attachments.
    std::span<const engine::message_ptr> parts() const noexcept { return parts_; }
    /// The data as it was sent, an event's name first: decoded when first asked for.
    const kedge::arguments& data() const;

  private:
    kedge::arguments decode() const;

    std::shared_ptr<const parser> form_;
    packet_type type_;
    std::string nsp_;
    std::optional<std::uint64_t> id_;
    std::string offset_;
    std::vector<engine::message_ptr> parts_;
    mutable std::once_flag decoded_;
    mutable kedge::arguments data_;
};

using packet_ptr = std::shared_ptr<const broadcast_packet>;

/// Writes the data of an event: an array of its name, its arguments, and its offset if it has one.
void write_event(writer& to, std::string_view name, const outgoing_arguments& sent,
                 std::string_view offset = {});

}  // namespace kedge
