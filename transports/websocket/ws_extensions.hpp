#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/websocket/ws_deflate.hpp>

namespace kedge::transports {

/// One parameter of an extension that a client offers.
struct ws_extension_parameter {
    std::string name;
    std::optional<std::string> value;
};

/// One offer of a Sec-WebSocket-Extensions header.
struct ws_extension_offer {
    std::string name;
    std::vector<ws_extension_parameter> parameters;
};

/// The offers of a Sec-WebSocket-Extensions header in order; nothing when it is malformed.
std::optional<std::vector<ws_extension_offer>> parse_ws_extensions(std::string_view header);

/// The subprotocols of a Sec-WebSocket-Protocol header in order; nothing when it is malformed or names one
/// twice.
std::optional<std::vector<std::string_view>> parse_ws_protocols(std::string_view header);

/// What came of the permessage-deflate offers of a header.
struct ws_deflate_verdict {
    bool acceptable = true;                 ///< false: malformed, or none of the offers can be met
    std::optional<ws_deflate_terms> terms;  ///< unset: not offered
};

/// Picks the first permessage-deflate offer that the options allow.
ws_deflate_verdict accept_ws_deflate(std::string_view header, const ws_deflate_options& options);

}  // namespace kedge::transports
