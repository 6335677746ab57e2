#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/error.hpp>
#include <kedge/engine/log.hpp>
#include <kedge/engine/option_kinds.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/engineio/middleware.hpp>
#include <kedge/transports/http/http_options.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/net/trust_proxy.hpp>
#include <kedge/transports/syntax/content_coding.hpp>
#include <kedge/transports/syntax/cookie.hpp>
#include <kedge/transports/syntax/cors.hpp>
#include <kedge/transports/syntax/header_list.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>

namespace kedge::transports {

/// A refused request, as the hook `connection_error` is told of it.
struct connection_error {
    const engine::request& request;
    const engine::refusal& refused;  ///< code, message and context
};

/// Everything that can be set for an Engine.IO server, under the reference's names. Hooks are called on the
/// thread of the worker that holds the connection: with several threads, by several at once.
struct server_options {
    /// What sessions do and allow: heartbeats, sizes, transports, revisions.
    engine::options engine{};

    // Where the engine is.

    /// The port to listen on: 0 takes one that is free (see engine_server::port()). Unset: listen() says it.
    /// Default unset.
    std::optional<std::uint16_t> port{};
    /// The address to listen on; empty = all. Default all.
    std::string host{};
    /// Listens with TLS. Default plain.
    engine::switchable<tls_options> tls = std::nullopt;
    /// The beginning of the request targets that are the engine's. Default "/engine.io".
    std::string path = "/engine.io";
    /// Whether a slash must follow the path. Default true.
    bool add_trailing_slash = true;
    /// Whether upgrade requests on other paths that nobody claims are ended. Default true.
    bool destroy_upgrade = true;
    /// After which time they are. Default 1 s.
    engine::time_span destroy_upgrade_timeout = engine::duration(1000);

    /// Whether the official client's files are served below the path. Default no.
    bool serve_client = false;

    // What answers say.

    /// Default none: no CORS headers, and preflights are refused.
    engine::switchable<cors_options> cors = std::nullopt;
    /// A cookie with the session's id on the answer to a polling handshake. Default none.
    engine::switchable<cookie_options> cookie = std::nullopt;
    /// Compression of polls' answers. Default gzip or deflate from 1024 bytes on; nothing switches it off.
    engine::switchable<compression_options> http_compression = compression_options{};
    /// Compression on websockets. Default none.
    engine::switchable<ws_deflate_options> per_message_deflate = std::nullopt;

    // Times and sizes of HTTP.

    /// How long a connection is kept between two requests. Default 5 s.
    engine::time_span keep_alive_timeout = http_options{}.keep_alive_timeout;
    /// How long a fresh connection may wait before its first byte. Default 60 s.
    engine::time_span first_byte_timeout = http_options{}.first_byte_timeout;
    /// How long the head of a request may take to arrive; then 408. Default 60 s.
    engine::time_span headers_timeout = http_options{}.headers_timeout;
    /// How long a whole request may take to arrive; then 408. A waiting poll is not meant. Default 300 s.
    engine::time_span request_timeout = http_options{}.request_timeout;
    /// Bytes of a request's head above which it is answered 431. Default 16 KiB.
    std::uint32_t max_header_size = http_options{}.max_header_size;
    /// Bytes of the body of a request to the application above which it is answered 413. Default 1 MiB.
    std::size_t max_request_body = http_options{}.max_request_body;
    /// How much of a body that nobody wants is still read before the connection is closed. Default 64 KiB.
    std::size_t drain_limit = http_options{}.drain_limit;
    /// How long it is read. Default 1 s.
    engine::time_span drain_timeout = http_options{}.drain_timeout;
    /// How long the peer's close frame is waited for after a websocket was closed. Default 30 s.
    engine::time_span close_frame_timeout = engine::duration(30'000);

    // Who is at the other end.

    /// The proxies that are believed when they say where a request comes from: its address and whether it is
    /// secure are then those of the client. Default nobody.
    transports::trust_proxy trust_proxy{};

    // The machine.

    /// Workers, each a thread. Default 1: handlers never run at the same time. 0 = one per core.
    unsigned threads = 1;
    /// How many connections are taken. Counted for the peer of a connection, and for the client where a PROXY
    /// header names it; what X-Forwarded-For says comes too late for that. Default no limits.
    limit_options limits{};
    /// Polling sessions for which no poll waits, in the whole server. Clients are in that state for the
    /// moment between two polls; who opens sessions and never polls stays in it. Above this the oldest one
    /// that was never polled ends for each that is opened; where there is none, no more are opened (503).
    /// Default 65536.
    std::size_t max_unattended_sessions = 65536;
    /// The same for one address (an IPv6 host is counted by its /64), as X-Forwarded-For names it where a
    /// proxy is believed; of those that were never polled a quarter may come by one connection. 0 = no limit
    /// of its own. Default 16384.
    std::size_t max_unattended_sessions_per_address = 16384;

    // Hooks.

    /// Asked before each handshake (never for a request with a sid).
    std::function<void(engine::request_ptr, admission)> allow_request{};
    /// May change the headers of the answer to the first request of a session (before `headers`).
    std::function<void(header_list&, const engine::request&)> initial_headers{};
    /// May change the headers of each answer to a poll, a POST, or a websocket upgrade.
    std::function<void(header_list&, const engine::request&)> headers{};
    /// Told of each request that is refused, before the answer.
    std::function<void(const connection_error&)> on_connection_error{};
    /// Makes the ids of sessions, which must be unguessable. What it throws refuses the handshake. Default 20
    /// url-safe characters.
    std::function<std::string(const engine::request&)> generate_id{};
    /// Run in this order before the engine looks at a request; CORS comes before them.
    std::vector<middleware> middlewares{};
    /// Told what happens, from `log_threshold` on. Default silent.
    std::function<void(const log_record&)> log{};
    log_floor log_threshold = log_level::info;
    /// Lines of each level in a second; a line of its own tells how many more there would have been. 0 = all.
    /// Default 100.
    std::size_t log_lines_per_second = 100;
    /// Told of exceptions that left a handler. Default: they are dropped.
    std::function<void(std::exception_ptr)> on_error{};
};

}  // namespace kedge::transports
