#include <kedge/engine/transport.hpp>

namespace kedge::engine {

std::string_view to_string(transport_kind kind) noexcept {
    return kind == transport_kind::polling ? "polling" : "websocket";
}

void discard(transport& which) noexcept {
    try {
        which.discard();
    } catch (...) {
        which.abort();
    }
}

}  // namespace kedge::engine
