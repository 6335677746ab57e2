#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::transports {

/// What the PROXY protocol (versions 1 and 2) said in front of a connection.
struct proxy_header {
    enum class verdict : std::uint8_t {
        incomplete,  ///< more bytes are needed
        absent,      ///< the bytes do not begin a PROXY header
        complete,
        malformed,  ///< it began as a PROXY header and broke the rules: close the connection
    };

    verdict status = verdict::incomplete;
    std::size_t size = 0;  ///< bytes that the header takes, when complete
    std::optional<std::string>
        address;  ///< the client; nothing for LOCAL and UNKNOWN, which speak for the proxy itself
    std::uint16_t port = 0;
    bool secure = false;  ///< the client spoke TLS with the proxy (version 2, PP2_TYPE_SSL)
};

/// Reads a PROXY header from the first bytes of a connection. Never asks for more than the 536 bytes that a
/// header may have in practice: a longer one is malformed.
proxy_header read_proxy_header(std::string_view bytes);

}  // namespace kedge::transports
