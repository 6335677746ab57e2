#include <bench/load/websocket_session.hpp>

namespace bench {
namespace {

// The sample key of RFC 6455 and the answer to it: one pair serves all, and the floor need not compute it.
constexpr std::string_view request =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Connection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "\r\n";
constexpr std::string_view accepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

}  // namespace

websocket_session::websocket_session(poller& poll, const target& where, std::size_t number,
                                     session_owner& owner)
    : session(number, owner), connection_(poll, where, number, *this) {
    connection_.send(request);
}

void websocket_session::on_bytes(std::string_view bytes) {
    if (upgraded_) return on_items(bytes);
    head_ += bytes;
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string rest = head_.substr(end + 4);
    if (head_.rfind("HTTP/1.1 101 ", 0) != 0 || head_.find(accepted) > end) on_surprise("no upgrade", head_);
    upgraded_ = true;
    head_ = {};
    if (!rest.empty()) on_items(rest);
}

}  // namespace bench
