#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/cluster/messages/node_message.hpp>

namespace kedge::cluster {

/// In which form the events of the classic adapter are written: its option `parser`.
enum class classic_parser : std::uint8_t {
    msgpack,  ///< as the reference does by itself
    json,     ///< as with `parser: {encode: JSON.stringify, decode: JSON.parse}`
};

/// The messages of `@socket.io/redis-adapter` and its emitters, for one namespace: on which channels they go,
/// and how they are written. Any thread may write.
class classic_form {
  public:
    /// `key` begins all channels. `uid` names this node in this namespace.
    classic_form(const std::string& key, std::string nsp, std::string uid, classic_parser parser);

    const std::string& uid() const noexcept { return uid_; }
    /// A Redis pattern of all broadcasts.
    const std::string& pattern() const noexcept { return pattern_; }
    const std::string& request_channel() const noexcept { return request_channel_; }
    const std::string& response_channel() const noexcept { return response_channel_; }
    /// Where a node hears answers that are for it alone.
    std::string response_channel_of(std::string_view uid) const;

    /// Where broadcasts to one room go.
    std::string channel_of_room(std::string_view room) const;
    std::string channel_of(const outgoing_message& message) const;
    std::string write(const outgoing_message& message) const;

    /// The room whose broadcasts a channel has, empty for those of the namespace; false when it has none.
    bool room_of(std::string_view channel, std::string_view& room) const noexcept;
    /// Whether a broadcast is one of our own, which we need not read.
    bool is_own(std::string_view broadcast) const noexcept;
    /// False when it is no broadcast that could be meant for this namespace.
    bool read_broadcast(const item& from, node_message& to) const;
    bool read_request(const item& from, node_message& to) const;
    bool read_response(const item& from, node_message& to) const;

  private:
    void write_broadcast(writer& to, const outgoing_message& message) const;
    void write_packet(writer& to, const outgoing_message& message) const;
    void write_request(writer& to, const outgoing_message& message) const;
    void write_response(writer& to, const outgoing_message& message) const;
    bool read_packet(const item& from, node_message& to) const;

    std::string nsp_;
    std::string uid_;
    classic_parser parser_;
    std::string prefix_;
    std::string pattern_;
    std::string request_channel_;
    std::string response_channel_;
    std::string own_name_;  // as it stands in a broadcast, behind its first byte
};

}  // namespace kedge::cluster
