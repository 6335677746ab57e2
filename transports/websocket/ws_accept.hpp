#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

namespace kedge::transports {

class connection;

/// A stream that speaks the websocket protocol from here on: what a ws_peer is made of.
struct ws_accepted {
    stream_ptr on;
    std::unique_ptr<ws_deflate> deflate;  ///< null unless compression was agreed on
    std::string unread;                   ///< what came behind the request, and a spare byte

    /// For ws_peer::read().
    std::span<char> rest() noexcept { return {unread.data(), unread.size() - 1}; }
};

/// Answers 101 to an upgrade request that negotiate_websocket() found good, with the connection's headers,
/// and takes its stream. `deflate`: what was offered then; `limit`: the largest message.
ws_accepted switch_protocols(connection& at, const ws_agreement& agreed, const ws_deflate_options* deflate,
                             std::size_t limit);

}  // namespace kedge::transports
