#include <kedge/transports/server/server_state.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

#include <kedge/transports/engineio/gate.hpp>
#include <kedge/transports/net/tls.hpp>

namespace kedge::transports {

namespace {

unsigned thread_count(unsigned wished) {
    return wished != 0 ? wished : std::max(1u, std::thread::hardware_concurrency());
}

/// The level of the log is this server's own: others may be made of the same options.
server_options with_own_threshold(server_options given) {
    given.log_threshold = log_level(given.log_threshold);
    return given;
}

/// What HTTP takes of the options.
http_options http_options_of(const server_options& from) {
    return {.keep_alive_timeout = from.keep_alive_timeout,
            .first_byte_timeout = from.first_byte_timeout,
            .headers_timeout = from.headers_timeout,
            .request_timeout = from.request_timeout,
            .max_header_size = from.max_header_size,
            .max_request_body = from.max_request_body,
            .drain_limit = from.drain_limit,
            .drain_timeout = from.drain_timeout,
            .max_buffered_bytes = from.engine.buffer_limit(),
            .trust_proxy = from.trust_proxy,
            .log = from.log,
            .log_threshold = from.log_threshold};
}

}  // namespace

std::unique_ptr<engine::session_handler> session_opener::on_connection(engine::session& opened) {
    return make_live(opened, *http_.shares[opened.loop().index()], opened_);
}

server_state::server_state(server_options given, unmanned)
    : core(with_own_threshold(std::move(given))),
      http{.options = http_options_of(core.options), .shares = {}},
      opener(http),
      listeners(http, core.options),
      ending(http, listeners) {
    core.above = &opener;
    application->upgrades = core.websocket;
    if (core.options.destroy_upgrade) application->claim_timeout = core.options.destroy_upgrade_timeout;
}

server_state::server_state(server_options given) : server_state(std::move(given), unmanned{}) {
    const unsigned count = thread_count(core.options.threads);
    for (unsigned i = 0; i < count; ++i) add(std::make_unique<worker>(i));
    add_fronts();
    if (core.options.port) listen(*core.options.port);
}

server_state::server_state(server_options given, std::unique_ptr<worker> only)
    : server_state(std::move(given), unmanned{}) {
    embedded = true;
    add(std::move(only));
    add_fronts();
    if (core.options.port) listen(*core.options.port);
}

server_state::~server_state() {
    service.reset();
    listeners.clear();
    shares.clear();
}

void server_state::add(std::unique_ptr<worker> made) {
    if (core.options.on_error) made->on_error(core.options.on_error);
    worker_list.push_back(made.get());
    loops.push_back(made.get());
    shares.push_back(std::make_unique<http_share>(http, *made));
    http.shares.push_back(shares.back().get());
    workers.push_back(std::move(made));
}

/// When all workers are there.
void server_state::add_fronts() {
    core.workers = static_cast<unsigned>(workers.size());
    service.emplace(first());
    const auto share = [this](std::size_t of_all) { return (of_all + workers.size() - 1) / workers.size(); };
    core.unattended.all = share(core.options.max_unattended_sessions);
    core.unattended.per_address = share(core.options.max_unattended_sessions_per_address);
    core.unattended.per_connection = (core.unattended.per_address + 3) / 4;  // it lives on one worker
    for (const auto& each : shares) {
        auto engine = std::make_unique<gate>(*each, core);
        gates.push_back(engine.get());
        each->add(std::move(engine));
        each->add(std::make_unique<application_front>(application));
    }
}

std::uint16_t server_state::listen(std::uint16_t port) {
    const server_options& told = core.options;
    listen_address where;
    where.host = told.host;
    where.port = port;
    return listeners.open(where, told.tls ? std::make_shared<tls_context>(*told.tls) : nullptr,
                          std::make_unique<listener_rules>());
}

void server_state::end_with_turn(std::unique_ptr<mortal> owner) noexcept {
    http.closing.store(true, std::memory_order_relaxed);
    service->stop();
    shares.front()->fall_silent();
    first().end_with_turn(std::move(owner));
}

}  // namespace kedge::transports
