#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// What a node of a fleet says of a request that it passes on to another one.
struct peer_claim {
    /// Where the request came from, as the node that met it first saw it. The certificate is not handed on.
    engine::origin from;
    unsigned hop = 1;                        ///< how often it was passed on, this time included
    std::uint64_t time = 0;                  ///< when, in milliseconds since 1970
    std::array<std::byte, 16> nonce{};       ///< of the connection between the nodes
    std::uint64_t count = 0;                 ///< of requests on that connection, from 0
    std::string sid = std::string(20, '-');  ///< whose request it is; of sid_size bytes
};

/// A claim as it came.
struct peer_header {
    enum class verdict : std::uint8_t {
        incomplete,  ///< more bytes are needed
        complete,    ///< and signed with the fleet's secret
        malformed,
        forged,  ///< it is signed with another secret, or was changed
    };

    verdict status = verdict::incomplete;
    std::size_t size = 0;  ///< bytes that the header takes, when complete
    peer_claim claim;
};

/// Appends a claim as a PROXY header, version 2, with an item of type 0xE4 that ends in the HMAC-SHA-256 of
/// all before it.
void append_peer_header(std::string& to, const peer_claim& claim, std::string_view secret);

/// Reads one from the first bytes of a connection or behind a request. Never asks for more than the 536 bytes
/// that a PROXY header may have.
peer_header read_peer_header(std::string_view bytes, std::string_view secret);

}  // namespace kedge::transports
