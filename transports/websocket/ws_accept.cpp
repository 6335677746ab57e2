#include <kedge/transports/websocket/ws_accept.hpp>

#include <kedge/transports/http/connection.hpp>

namespace kedge::transports {

ws_accepted switch_protocols(connection& at, const ws_agreement& agreed, const ws_deflate_options* deflate,
                             std::size_t limit) {
    ws_accepted result;
    result.unread = at.unread();
    result.unread.push_back('\0');
    if (deflate && agreed.deflate)
        result.deflate = std::make_unique<ws_deflate>(*deflate, *agreed.deflate, limit);
    result.on = at.leave();
    append_switching_protocols(result.on->output(), agreed, at.headers());
    return result;
}

}  // namespace kedge::transports
