#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/error.hpp>
#include <kedge/transports/syntax/header_list.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>

namespace kedge::engine {
class request;
}

namespace kedge::transports {

/// Why an upgrade request does not become a websocket: see append_upgrade_refusal().
struct ws_refusal {
    int status = 400;
    std::string_view text;
    header_list headers;
};

/// What the answer to a good upgrade request says.
struct ws_agreement {
    std::string accept;                ///< Sec-WebSocket-Accept
    std::vector<std::string> offered;  ///< the subprotocols that the client speaks, what it likes best first
    /// The one of them to be spoken, by the front's choice; empty: none.
    std::string protocol;
    std::optional<ws_deflate_terms> deflate;
};

/// Checks an upgrade request in the order of the reference. `deflate`: null when compression is not offered.
engine::result<ws_agreement, ws_refusal> negotiate_websocket(const engine::request& asking,
                                                             const ws_deflate_options* deflate);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

/// Appends "101 Switching Protocols" with the agreement's headers and those that the application adds.
void append_switching_protocols(std::string& to, const ws_agreement& agreement, const header_list& headers);

}  // namespace kedge::transports
