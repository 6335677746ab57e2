#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/option_kinds.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

/// Which clients may poll by script (JSONP).
enum class jsonp_use : std::uint8_t {
    all,         ///< as in the reference
    revision_3,  ///< those of Socket.IO 1.x and 2.x, in browsers that have nothing better
    none,
};

/// What a session does and allows, under the reference's names. Times are milliseconds, or any
/// duration of std::chrono.
struct options {
    /// v4: time from a pong (or the opening) to the next ping. v3: told to the client, which pings. Default
    /// 25 s.
    time_span ping_interval = duration(25'000);
    /// How long an answer to a ping may take before the session is closed. Default 20 s.
    time_span ping_timeout = duration(20'000);
    /// How long an upgrade may stay unfinished before the new transport is dropped. Default 10 s.
    time_span upgrade_timeout = duration(10'000);
    /// The largest POST body and the largest WebSocket message, in bytes. Default 1 000 000.
    std::size_t max_http_buffer_size = 1'000'000;
    /// The transports that are served. Default both.
    std::vector<transport_kind> transports{transport_kind::polling, transport_kind::websocket};
    /// Whether the open packet offers the upgrade (an upgrade attempted anyway is served). Default true.
    bool allow_upgrades = true;
    /// Serve revision 3 clients (Socket.IO 1.x and 2.x). Default false, as in the reference.
    bool allow_eio3 = false;
    /// Who may poll by script. A page of any origin may load a script, with the user's cookies, and hear what
    /// it says: not where cookies let a user in. Default all, as in the reference.
    jsonp_use jsonp = jsonp_use::all;
    /// Sent as a message right behind the open packet. Default none.
    std::optional<std::string> initial_packet;
    /// Unsent bytes per session above which it is closed with `transport error`; 0 = the larger of 16 MiB and
    /// twice max_http_buffer_size. One message is always taken when nothing waits.
    std::size_t max_buffered_bytes = 0;
    /// Bytes that wait in all together, as they lie in memory: unsent (what several wait for counts once), or
    /// not come whole. Above it the slowest are closed. 0 here = no bound; a server takes a quarter of the
    /// machine's memory instead.
    std::size_t max_buffered_bytes_total = 0;
    /// Answer a waiting poll of a revision 3 client with a noop after this time, for proxies that cut idle
    /// requests (revision 4 is ended by the server's ping). 0 = never, the default.
    time_span poll_noop_interval = duration(0);
    /// How long a closing polling session waits for the poll that takes the close packet. Default 30 s.
    time_span close_timeout = duration(30'000);

    std::size_t buffer_limit() const noexcept {
        if (max_buffered_bytes != 0) return max_buffered_bytes;
        const std::size_t twice = 2 * max_http_buffer_size;
        return twice > (std::size_t{16} << 20) ? twice : std::size_t{16} << 20;
    }
};

}  // namespace kedge::engine
