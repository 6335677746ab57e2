#pragma once

#include <string_view>

namespace kedge {

/// A packet of the session, as who watches it is told. Valid during the call only.
struct conn_packet {
    std::string_view type;  ///< "open", "close", "ping", "pong", "message", "upgrade" or "noop"
    std::string_view data;
    bool binary = false;
};

}  // namespace kedge
