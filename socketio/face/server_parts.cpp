#include <kedge/socketio/face/server_parts.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include <kedge/engine/log_gate.hpp>
#include <kedge/socketio/events/exception_message.hpp>
#include <kedge/socketio/wire/codec.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {
namespace {

engine::options engine_part(const server_options& from) {
    engine::options to;
    to.ping_interval = from.ping_interval;
    to.ping_timeout = from.ping_timeout;
    to.upgrade_timeout = from.upgrade_timeout;
    to.max_http_buffer_size = from.max_http_buffer_size;
    to.transports = from.transports;
    to.allow_upgrades = from.allow_upgrades;
    to.allow_eio3 = from.allow_eio3;
    to.jsonp = from.jsonp;
    to.initial_packet = from.initial_packet;
    to.max_buffered_bytes = from.max_buffered_bytes;
    to.max_buffered_bytes_total = from.max_buffered_bytes_total;
    to.poll_noop_interval = from.poll_noop_interval;
    to.close_timeout = from.close_timeout;
    return to;
}

std::function<void(std::exception_ptr)> log_exceptions(const server_options& from) {
    if (!from.log) return {};
    return [log = engine::gated(from.log, from.log_lines_per_second)](const std::exception_ptr& what) {
        const auto message = message_of(what);
        const std::array<log_record::field, 1> facts{{{"error", message}}};
        log({log_level::error, "an exception left a handler", facts});
    };
}

std::shared_ptr<const parser> make_parser(const server_options& from) {
    if (from.parser) return from.parser;
    return json_parser({.max_attachments = from.max_attachments, .max_depth = from.max_depth});
}

// Two of the largest packets may wait, however large they may be.
std::size_t kept_limit(const server_options& from) {
    if (from.max_kept_bytes_per_client != 0) return from.max_kept_bytes_per_client;
    return std::max(hub_settings().max_kept_bytes_per_client, 2 * from.max_http_buffer_size);
}

}  // namespace

transports::server_options transports_part(const server_options& from) {
    transports::server_options to;
    to.engine = engine_part(from);
    to.path = from.path;
    to.add_trailing_slash = from.add_trailing_slash;
    to.destroy_upgrade = from.destroy_upgrade;
    to.destroy_upgrade_timeout = from.destroy_upgrade_timeout;
    to.cors = from.cors;
    to.cookie = from.cookie;
    to.http_compression = from.http_compression;
    to.per_message_deflate = from.per_message_deflate;
    to.keep_alive_timeout = from.keep_alive_timeout;
    to.first_byte_timeout = from.first_byte_timeout;
    to.headers_timeout = from.headers_timeout;
    to.request_timeout = from.request_timeout;
    to.max_header_size = from.max_header_size;
    to.max_request_body = from.max_request_body;
    to.drain_limit = from.drain_limit;
    to.drain_timeout = from.drain_timeout;
    to.close_frame_timeout = from.close_frame_timeout;
    to.trust_proxy = from.trust_proxy;
    to.threads = from.threads;
    to.limits = from.limits;
    to.max_unattended_sessions = from.max_unattended_sessions;
    to.max_unattended_sessions_per_address = from.max_unattended_sessions_per_address;
    to.allow_request = from.allow_request;
    to.initial_headers = from.initial_headers;
    to.headers = from.headers;
    to.on_connection_error = from.on_connection_error;
    to.generate_id = from.generate_id;
    to.middlewares = from.middlewares;
    to.serve_client = from.serve_client;
    to.log = from.log;
    to.log_threshold = from.log_threshold;
    to.log_lines_per_second = from.log_lines_per_second;
    to.on_error = log_exceptions(from);
    return to;
}

hub_settings hub_part(const server_options& from, engine::random_source& random) {
    hub_settings to;
    to.connect_timeout = from.connect_timeout;
    to.max_http_buffer_size = from.max_http_buffer_size;
    to.max_nsp_length = from.max_nsp_length;
    to.max_namespaces_per_client = from.max_namespaces_per_client;
    to.max_rooms_per_socket = from.max_rooms_per_socket;
    to.max_room_name_bytes_per_socket = from.max_room_name_bytes_per_socket;
    to.max_pending_acks_per_client = from.max_pending_acks_per_client;
    to.max_held_packets = from.max_held_packets;
    to.max_kept_bytes_per_client = kept_limit(from);
    to.cleanup_empty_child_namespaces = from.cleanup_empty_child_namespaces;
    to.recovery = from.connection_state_recovery;
    to.parser = make_parser(from);
    to.adapter = from.adapter;
    to.random = &random;
    if (from.log) {
        to.log = [log = engine::gated(from.log, from.log_lines_per_second),
                  threshold = from.log_threshold](const log_record& line) {
            if (line.level >= threshold) log(line);
        };
    }
    return to;
}

}  // namespace kedge
