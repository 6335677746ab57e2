#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <kedge/engine/sid.hpp>
#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge::transports {

/// Who is who in a fleet, as this node knows it now.
struct fleet_map {
    std::uint8_t own = engine::no_node;             ///< this node's number
    std::map<std::uint8_t, dial_address> others{};  ///< where the others are to be reached
};

/// What the nodes of a fleet have agreed on.
struct fleet_terms {
    std::string secret{};                     ///< the same on all nodes
    std::shared_ptr<const tls_client> tls{};  ///< for what is said to the others; null = plain
};

}  // namespace kedge::transports
