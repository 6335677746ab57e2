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
#include <kedge/socketio/value/argument_list.hpp>
#include <kedge/socketio/wire/event_data.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

/// How a packet is made, beside what it says.
struct packet_making {
    bool compress = true;
    std::string offset{};                ///< what the packet says as its own; `data` writes it
    data_form wanted = data_form::none;  ///< in which form its data is wanted besides
};

/// A packet on its way to any number of sockets: encoded once, immutable, shared by all of them on whatever
/// thread.
class broadcast_packet {
  public:
    /// An event. Its offset, if it has one, becomes its last argument.
    static std::shared_ptr<const broadcast_packet> event(
        std::shared_ptr<const parser> form, std::string_view nsp, std::optional<std::uint64_t> id,
        std::string_view name, const outgoing_arguments& sent, packet_making how = {});
    /// A packet with any data.
    broadcast_packet(std::shared_ptr<const parser> form, const packet_head& head,
                     function_ref<void(writer&)> data, packet_making how = {});

    packet_type type() const noexcept { return type_; }
    const std::string& nsp() const noexcept { return nsp_; }
    std::optional<std::uint64_t> id() const noexcept { return id_; }
    /// By this a client tells what it has received; empty unless the event is kept for those who return.
    const std::string& offset() const noexcept { return offset_; }
    /// The messages that it consists of: the head, then its attachments.
    std::span<const engine::message_ptr> parts() const noexcept { return parts_; }
    /// The data as it was sent, an event's name first: decoded when first asked for.
    const kedge::arguments& data() const;
    /// The data as it was sent, encoded in the form that was wanted; no event when none was. Lies in this.
    event_data for_adapter() const noexcept { return {wanted_form_, wanted_}; }
    /// The same as JSON, for those who speak another protocol: written when first asked for, without the
    /// offset. Binary is written as Node writes a Buffer.
    const std::string& json() const;

  private:
    kedge::arguments decode() const;
    std::string write_json() const;
    void encode_for_adapter(const encoded& made, function_ref<void(writer&)> data, data_form wanted);

    std::shared_ptr<const parser> form_;
    packet_type type_;
    std::string nsp_;
    std::optional<std::uint64_t> id_;
    std::string offset_;
    std::vector<engine::message_ptr> parts_;
    encoding wanted_form_ = encoding::json;
    std::string_view wanted_;  // in the first part, or in what is beside it
    std::string beside_;
    mutable std::once_flag decoded_;
    mutable kedge::arguments data_;
    mutable std::once_flag written_;
    mutable std::string json_;
};

using packet_ptr = std::shared_ptr<const broadcast_packet>;

/// Writes the data of an event: an array of its name, its arguments, and its offset if it has one.
void write_event(writer& to, std::string_view name, const outgoing_arguments& sent,
                 std::string_view offset = {});

}  // namespace kedge
