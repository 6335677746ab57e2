#pragma once

#include <cstdint>
#include <string_view>

namespace kedge {

/// Why a socket left its namespace, spelt by to_string() exactly as the reference server spells it.
enum class disconnect_reason : std::uint8_t {
    transport_close,  ///< the client's connection went away
    transport_error,  ///< the transport failed, or too much waited unsent
    ping_timeout,     ///< no life sign within the heartbeat's time
    parse_error,      ///< an Engine.IO packet could not be decoded
    forced_close,  ///< the server closed the engine session (conn().close(), or a packet that is no packet)
    forced_server_close,  ///< the server closed the session for breaking the protocol, and it could not end
                          ///< at once
    client_namespace_disconnect,  ///< the client left the namespace
    server_namespace_disconnect,  ///< socket.disconnect()
    server_shutting_down,         ///< server.close()
};

std::string_view to_string(disconnect_reason reason) noexcept;

/// Whether a socket that left for this reason may be given back its state when the client returns.
bool recoverable(disconnect_reason reason) noexcept;

}  // namespace kedge
