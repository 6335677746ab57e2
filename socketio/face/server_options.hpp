#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/log.hpp>
#include <kedge/engine/option_kinds.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/socketio/rooms/adapter_factory.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/transports/engineio/origin_guard.hpp>
#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/net/trust_proxy.hpp>

namespace kedge {

class parser;

using engine::jsonp_use;
using transports::compression_options;
using transports::cookie_options;
using transports::cors_options;
using transports::limit_options;
using transports::origin_guard;
using transports::tls_options;
using transports::ws_deflate_options;

/// Everything that can be set for a server, in one flat struct, under the reference's names: `kedge::server
/// io({.port = 3000, .cors = kedge::cors_options{.origin = "https://example.com"}})`.
struct server_options {
    // Where.

    /// The port to listen on: 0 takes one that is free (see server::port()). Unset: listen() says it. Default
    /// unset.
    std::optional<std::uint16_t> port{};
    /// The address to listen on; empty = all. Default all.
    std::string host{};
    /// Listens with TLS. Default plain.
    engine::switchable<tls_options> tls = std::nullopt;
    /// The beginning of the request targets that are served. Default "/socket.io".
    std::string path = "/socket.io";
    bool add_trailing_slash = true;
    /// Whether the browser client's files are served below the path. Default true.
    bool serve_client = true;

    // Sessions: see engine::options.

    engine::time_span ping_interval = engine::duration(25'000);
    engine::time_span ping_timeout = engine::duration(20'000);
    engine::time_span upgrade_timeout = engine::duration(10'000);
    /// The largest message a client may send. Default 1 000 000 bytes.
    std::size_t max_http_buffer_size = 1'000'000;
    std::vector<engine::transport_kind> transports{engine::transport_kind::polling,
                                                   engine::transport_kind::websocket};
    bool allow_upgrades = true;
    /// Serve clients of Socket.IO 1.x and 2.x. Default false, as in the reference.
    bool allow_eio3 = false;
    /// Who may poll by script. Default all, as in the reference.
    engine::jsonp_use jsonp = engine::jsonp_use::all;
    std::optional<std::string> initial_packet{};
    /// Unsent bytes per session above which it is closed. Default the larger of 16 MiB and twice
    /// max_http_buffer_size.
    std::size_t max_buffered_bytes = 0;
    /// The same for all, and what has not come whole. Above it the slowest are closed. Default a quarter of
    /// the memory.
    std::size_t max_buffered_bytes_total = 0;
    engine::time_span poll_noop_interval = engine::duration(0);
    engine::time_span close_timeout = engine::duration(30'000);

    // Sockets.

    /// How long a client may be in no namespace at first. Default 45 s.
    engine::time_span connect_timeout = engine::duration(45'000);
    /// Whether children of dynamic namespaces go with their last socket. Default false.
    bool cleanup_empty_child_namespaces = false;
    /// Gives clients that lost their connection their sockets back, with what they have missed; unless there
    /// is an adapter that decides it, in this server's memory. Default off.
    engine::switchable<recovery_options> connection_state_recovery = std::nullopt;
    /// The form of packets; clients must use the same. Default text with JSON.
    std::shared_ptr<const kedge::parser> parser{};
    /// Makes the adapter of each namespace. Default: this server alone.
    adapter_factory adapter{};
    /// Binaries of one packet. Default 10.
    std::size_t max_attachments = 10;
    /// How deep arrays and objects may lie in each other. Default 1000.
    std::size_t max_depth = 1000;
    /// Bytes of a namespace's name. Default 255.
    std::size_t max_nsp_length = 255;
    /// Default 1000.
    std::size_t max_namespaces_per_client = 1000;
    /// Default 10 000.
    std::size_t max_rooms_per_socket = 10'000;
    /// Bytes of their names. Default 1 MiB.
    std::size_t max_room_name_bytes_per_socket = std::size_t{1} << 20;
    /// Answers that a client owes. Default 10 000.
    std::size_t max_pending_acks_per_client = 10'000;
    /// Packets of a client that are kept while its join is being decided. Default 64.
    std::size_t max_held_packets = 64;
    /// Bytes of a client's packets that are kept for the program: `auth` of its sockets, packets while a join
    /// is being decided, events behind middlewares of its sockets and in handlers that are coroutines. Each
    /// packet counts 1024 more than it has, and its values what they take in memory. Default the larger of
    /// 16 MiB and twice max_http_buffer_size.
    std::size_t max_kept_bytes_per_client = 0;

    // HTTP: see transports::server_options.

    bool destroy_upgrade = true;
    engine::time_span destroy_upgrade_timeout = engine::duration(1000);
    /// Default none: other origins may not read answers.
    engine::switchable<cors_options> cors = std::nullopt;
    engine::switchable<cookie_options> cookie = std::nullopt;
    engine::switchable<compression_options> http_compression = compression_options{};
    engine::switchable<ws_deflate_options> per_message_deflate = std::nullopt;
    engine::time_span keep_alive_timeout = engine::duration(5'000);
    engine::time_span first_byte_timeout = engine::duration(60'000);
    engine::time_span headers_timeout = engine::duration(60'000);
    engine::time_span request_timeout = engine::duration(300'000);
    std::uint32_t max_header_size = 16 * 1024;
    std::size_t max_request_body = 1024 * 1024;
    /// How much of a body that nobody wants is still read before the connection is closed. Default 64 KiB.
    std::size_t drain_limit = 64 * 1024;
    /// How long it is read. Default 1 s.
    engine::time_span drain_timeout = engine::duration(1000);
    /// How long the client's close frame is waited for after a websocket was closed. Default 30 s.
    engine::time_span close_frame_timeout = engine::duration(30'000);
    std::function<void(engine::request_ptr, transports::admission)> allow_request{};
    std::function<void(transports::header_list&, const engine::request&)> initial_headers{};
    std::function<void(transports::header_list&, const engine::request&)> headers{};
    std::function<void(const transports::connection_error&)> on_connection_error{};
    std::function<std::string(const engine::request&)> generate_id{};
    std::vector<transports::middleware> middlewares{};

    /// The proxies that are believed when they say where a request comes from; handshakes then have the
    /// client's address. Default nobody.
    transports::trust_proxy trust_proxy{};

    // The machine.

    /// Workers, each a thread. Default 1: handlers never run at the same time. 0 = one per core.
    unsigned threads = 1;
    /// How many connections are taken. Default no limits.
    limit_options limits{};
    /// Polling sessions for which no poll waits, in the whole server, above which those make room for others
    /// that were never polled. Default 65 536.
    std::size_t max_unattended_sessions = 65536;
    /// The same for one address; 0 = no limit of its own. Default 16 384.
    std::size_t max_unattended_sessions_per_address = 16384;
    /// Told what happens, from `log_threshold` on. Default silent.
    std::function<void(const log_record&)> log{};
    log_floor log_threshold = log_level::info;
    /// Lines of each level in a second, from the network's side and from the sockets' side; a line of its own
    /// tells how many more there would have been. 0 = all. Default 100.
    std::size_t log_lines_per_second = 100;
};

}  // namespace kedge
