#pragma once

#include <string>
#include <string_view>

#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/cluster/messages/node_message.hpp>

namespace kedge::cluster {

/// The field `data` of a stream's entry: JSON as it is, MessagePack in base64.
std::string stream_text(std::string data);

/// Reads the fields `type` and `data` of an entry. False when it is no message.
bool read_stream_data(std::string_view type, std::string_view data, message_reader& by, node_message& to);

/// The number of a namespace's stream among several, as the reference computes it; it may be negative.
std::int64_t stream_index(std::string_view nsp, unsigned streams) noexcept;

}  // namespace kedge::cluster
