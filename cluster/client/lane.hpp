#pragma once

#include <cstddef>
#include <string_view>

#include <kedge/cluster/redis/channel_port.hpp>

namespace kedge::cluster {

/// By which of several connections to Redis a channel goes. All that is said in a namespace goes by one, so
/// that it keeps its order, but for sharded channels, each of which has its own order anyway.
std::size_t lane_of(channel_kind kind, std::string_view channel, std::size_t lanes) noexcept;

/// The same for a command, as append_command() has written it: what does not publish goes by the first.
std::size_t lane_of(std::string_view command, std::size_t lanes) noexcept;

}  // namespace kedge::cluster
