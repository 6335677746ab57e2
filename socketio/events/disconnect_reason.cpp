#include <kedge/socketio/events/disconnect_reason.hpp>

#include <array>

namespace kedge {

std::string_view to_string(disconnect_reason reason) noexcept {
    static constexpr std::array<std::string_view, 9> names{"transport close",
                                                           "transport error",
                                                           "ping timeout",
                                                           "parse error",
                                                           "forced close",
                                                           "forced server close",
                                                           "client namespace disconnect",
                                                           "server namespace disconnect",
                                                           "server shutting down"};
    return names[static_cast<std::size_t>(reason)];
}

bool recoverable(disconnect_reason reason) noexcept {
    switch (reason) {
        case disconnect_reason::transport_close:
        case disconnect_reason::transport_error:
        case disconnect_reason::ping_timeout:
        case disconnect_reason::forced_close:
        case disconnect_reason::forced_server_close:
        case disconnect_reason::server_shutting_down:
            return true;
        case disconnect_reason::parse_error:
        case disconnect_reason::client_namespace_disconnect:
        case disconnect_reason::server_namespace_disconnect:
            break;
    }
    return false;
}

}  // namespace kedge
