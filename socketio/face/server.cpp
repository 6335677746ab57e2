#include <kedge/socketio/face/server.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <kedge/engine/log_gate.hpp>
#include <kedge/socketio/core/namespaces.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/events/exception_message.hpp>
#include <kedge/socketio/wire/codec.hpp>
#include <kedge/socketio/wire/parser.hpp>
#include <kedge/transports/engineio/engine_server.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/random_openssl.hpp>

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

std::shared_ptr<const parser> make_parser(const server_options& from) {
    if (from.parser) return from.parser;
    return json_parser({.max_attachments = from.max_attachments, .max_depth = from.max_depth});
}

// Two of the largest packets may wait, however large they may be.
std::size_t kept_limit(const server_options& from) {
    if (from.max_kept_bytes_per_client != 0) return from.max_kept_bytes_per_client;
    return std::max(hub_settings().max_kept_bytes_per_client, 2 * from.max_http_buffer_size);
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

transports::worker& as_worker(engine::loop& loop) {
    return static_cast<transports::worker&>(loop);
}

std::vector<std::shared_ptr<boost::asio::execution_context>> contexts_of(transports::engine_server& below) {
    std::vector<std::shared_ptr<boost::asio::execution_context>> list;
    for (auto* each : below.loops()) list.push_back(as_worker(*each).share_context());
    return list;
}

}  // namespace

struct server::state final : transports::mortal {
    state(server_options from, boost::asio::io_context* host)
        : options(std::move(from)), above(std::make_shared<namespaces>(hub_part(options, random))) {
        host ? below.emplace(*host, transports_part(options)) : below.emplace(transports_part(options));
        below->handler(*above);
        above->attach(below->loops(), contexts_of(*below));
    }
    // Handles of the program may keep the hub; it must let go of the workers while they are there.
    ~state() override {
        signals.reset();
        above->shut();
        below.reset();
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    std::uint16_t listen(const transports::listen_address& where) {
        return below->listen(where,
                             options.tls ? std::make_shared<transports::tls_context>(*options.tls) : nullptr);
    }

    /// The worker that the program calls, where that is its own thread.
    engine::loop& first() const noexcept { return *below->loops().front(); }
    void end(const close_options& how);
    void await_signal(server& of, const close_options& how);
    static void leave_with_turn(std::unique_ptr<state> all);

    server_options options;
    transports::random_openssl random;
    std::shared_ptr<namespaces> above;
    std::optional<transports::engine_server> below;
    std::optional<boost::asio::signal_set> signals;
    std::shared_ptr<const bool> alive = std::make_shared<bool>(true);  // for signals that have come already
};

namespace {

template <class State>
std::unique_ptr<State> make_state(server_options options, boost::asio::io_context* host) {
    auto made = std::make_unique<State>(std::move(options), host);
    if (!made->options.port) return made;
    transports::listen_address where;
    where.host = made->options.host;
    where.port = *made->options.port;
    made->listen(where);
    return made;
}

}  // namespace

server::server(std::unique_ptr<state> made) : nsp(made->above->of("/")), state_(std::move(made)) {}

server::server(server_options options) : server(make_state<state>(std::move(options), nullptr)) {}

server::server(boost::asio::io_context& host, server_options options)
    : server(make_state<state>(std::move(options), &host)) {}

// Within a call of its own it stands on the stack: it falls silent now, and goes when the turn ends.
server::~server() {
    if (state_->below->entered()) state::leave_with_turn(std::move(state_));
}

void server::state::leave_with_turn(std::unique_ptr<state> all) {
    state& whole = *all;
    whole.alive.reset();
    whole.above->fall_silent();
    whole.below->end_with_turn(std::move(all));
}

// --- namespaces

nsp server::of(std::string_view name) const {
    const engine::stay inside(state_->first());
    return nsp(state_->above->of(name));
}

nsp server::of(const pattern& matching) const {
    auto made =
        state_->above->add_parent([matching](const std::string& name, const value&, const verdict& answer) {
            answer(matching.matches(name));
        });
    state_->above->add_pattern_parent(made,
                                      [matching](std::string_view name) { return matching.matches(name); });
    return nsp(std::move(made));
}

nsp server::parent(engine::unique_function<void(const std::string&, const value&, verdict)> allows) const {
    return nsp(state_->above->add_parent(std::move(allows)));
}

std::vector<nsp> server::all_namespaces() const {
    std::vector<nsp> list;
    for (auto& each : state_->above->all()) list.emplace_back(std::move(each));
    std::sort(list.begin(), list.end(), [](const nsp& a, const nsp& b) { return a.name() < b.name(); });
    return list;
}

void server::on_new_namespace(std::function<void(nsp)> handler) const {
    state_->above->new_namespace_handlers().change([&](auto& all) {
        all.push_back(std::make_shared<namespaces::new_namespace_handler>(
            [handler = std::move(handler)](hub::nsp_ptr made) { handler(nsp(std::move(made))); }));
    });
}

void server::use_adapter(adapter_factory make) {
    const engine::stay inside(state_->first());
    state_->above->use_adapter(std::move(make));
}

// --- its life

std::uint16_t server::listen(std::uint16_t port) {
    transports::listen_address where;
    where.host = state_->options.host;
    where.port = port;
    return state_->listen(where);
}

std::uint16_t server::listen(const transports::listen_address& where,
                             std::shared_ptr<transports::tls_context> tls) {
    return state_->below->listen(where, std::move(tls));
}

std::uint16_t server::port() const noexcept {
    return state_->below->port();
}

void server::run() {
    state_->below->run();
}

void server::close(close_options how, engine::task done) {
    const engine::stay inside(state_->first());
    state_->below->when_closed([above = state_->above, done = std::move(done)]() mutable {
        above->close_adapters();
        if (done) done();
    });
    state_->below->retire();
    const engine::duration notice = std::exchange(how.notice, engine::duration{0});
    if (notice <= engine::duration{0}) return state_->end(how);
    after(notice, [this, how] { state_->end(how); });
}

// With a pace the sockets go with their sessions, one by one.
void server::state::end(const close_options& how) {
    if (how.sessions_per_second != 0) {
        above->begin_closing();
        return below->close(how);
    }
    above->close([this, how] { above->close_adapters([this, how] { below->close(how); }); });
}

void server::stop() {
    state_->below->stop();
}

bool server::closing() const noexcept {
    return state_->below->closing();
}

void server::close_on_signals(close_options how) {
    state_->signals.emplace(as_worker(*state_->below->loops().front()).context(), SIGTERM, SIGINT);
    state_->await_signal(*this, how);
}

void server::state::await_signal(server& of, const close_options& how) {
    signals->async_wait([this, &of, how, here = std::weak_ptr(alive)](const boost::system::error_code& error,
                                                                      int which) {
        if (error || here.expired()) return;
        const std::array<log_record::field, 1> facts{{{"signal", which == SIGTERM ? "SIGTERM" : "SIGINT"}}};
        above->log(log_level::info, "told to end", facts);
        of.close(how);
        close_options at_once = how;
        at_once.notice = engine::duration{0};
        if (how.notice > at_once.notice) await_signal(of, at_once);
    });
}

void server::post(engine::task work) const {
    state_->above->post(std::move(work));
}

scheduled server::after(engine::duration delay, engine::task work) const {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::one);
    state_->above->after(delay, [made] { made->call(); });
    return scheduled(made);
}

scheduled server::every(engine::duration period, engine::task work) const {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::many);
    state_->above->every(checked_period(period), made);
    return scheduled(made);
}

// --- what is below

transports::engine_server& server::engine() const noexcept {
    return *state_->below;
}

const server_options& server::options() const noexcept {
    return state_->options;
}

transports::server_stats server::stats() const {
    return state_->below->stats();
}

}  // namespace kedge
