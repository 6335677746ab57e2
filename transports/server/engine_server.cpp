#include <kedge/transports/server/engine_server.hpp>

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/engine/registry.hpp>
#include <kedge/transports/engineio/gate.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/server/server_state.hpp>

namespace kedge::transports {

namespace {

/// Answers everything by one function.
std::unique_ptr<http_front> front_of(std::function<void(exchange)> answer) {
    auto hooks = std::make_shared<application_hooks>();
    hooks->on_request = std::move(answer);
    return std::make_unique<application_front>(std::move(hooks));
}

std::unique_ptr<server_state> embedded(server_options options, std::unique_ptr<worker> only) {
    return std::make_unique<server_state>(std::move(options), std::move(only));
}

}  // namespace

engine_server::engine_server(server_options options)
    : state_(std::make_unique<server_state>(std::move(options))) {}

engine_server::engine_server(boost::asio::io_context& host, server_options options) {
    if (options.threads > 1)
        throw std::invalid_argument(
            "a server on the application's io_context has one worker: leave `threads` at 1, or let the "
            "server make its own");
    state_ = embedded(std::move(options), std::make_unique<worker>(0u, host));
}

engine_server::engine_server(std::unique_ptr<host> under, server_options options)
    : state_(embedded(std::move(options), std::make_unique<worker>(0u, std::move(under)))) {}

engine_server::~engine_server() {
    if (!state_ || !entered()) return;
    server_state& whole = *state_;
    whole.end_with_turn(std::move(state_));
}

bool engine_server::entered() const noexcept {
    return state_->embedded && state_->first().entered();
}

void engine_server::end_with_turn(std::unique_ptr<mortal> owner) noexcept {
    state_->end_with_turn(std::move(owner));
}

// ---- set-up

void engine_server::on_connection(std::function<void(session)> opened) {
    state_->opener.opened(std::move(opened));
}
void engine_server::handler(engine::handler& above) {
    state_->core.above = &above;
}
void engine_server::on_request(std::function<void(exchange)> answer) {
    state_->application->on_request = std::move(answer);
}
void engine_server::on_upgrade(std::function<void(upgrade_offer)> take) {
    state_->application->on_upgrade = std::move(take);
}
void engine_server::add_front(const front_factory& make) {
    for (std::size_t i = 0; i < state_->shares.size(); ++i)
        state_->shares[i]->add_before(*state_->gates[i], make(*state_->shares[i]));
}
void engine_server::use(middleware step) {
    state_->core.options.middlewares.push_back(std::move(step));
}

void engine_server::keep_heads() noexcept {
    state_->http.keeps_heads = true;
}

std::uint16_t engine_server::listen(std::uint16_t port) {
    return state_->listen(port);
}

std::uint16_t engine_server::listen(const listen_address& where, std::shared_ptr<tls_context> tls) {
    return state_->listeners.open(where, std::move(tls), std::make_unique<listener_rules>());
}

std::uint16_t engine_server::serve(const listen_address& where, std::function<void(exchange)> answer,
                                   std::shared_ptr<tls_context> tls) {
    if (!answer) throw std::invalid_argument("serve: there is no function that answers");
    auto rules = std::make_unique<listener_rules>();
    rules->only = front_of(std::move(answer));
    return state_->listeners.open(where, std::move(tls), std::move(rules));
}

std::uint16_t engine_server::join_fleet(const listen_address& where, fleet_terms terms,
                                        std::shared_ptr<tls_context> tls) {
    if (state_->core.options.generate_id)
        throw std::invalid_argument(
            "generate_id: ids of the program's own making do not tell the other nodes of a fleet whose they "
            "are");
    auto rules = std::make_unique<listener_rules>();
    rules->peers = std::make_shared<peer_guard>(terms.secret);
    state_->http.keeps_heads = true;
    for (gate* const each : state_->gates) each->join_fleet(terms);
    return state_->listeners.open(where, std::move(tls), std::move(rules));
}

void engine_server::know_fleet(const fleet_map& now) {
    for (std::size_t i = 0; i < state_->gates.size(); ++i)
        state_->shares[i]->way()->pass([which = state_->gates[i], now] { which->know_fleet(now); });
}

std::uint16_t engine_server::port() const noexcept {
    return state_->listeners.port();
}

void engine_server::run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < state_->workers.size(); ++i)
        threads.emplace_back([which = state_->workers[i].get()] { which->run(); });
    state_->first().run();
    for (std::thread& each : threads) each.join();
}

// ---- at any time

void engine_server::receive(detached_stream from) {
    worker& to = least_loaded(state_->worker_list);
    connection::post(*state_->shares[to.index()], std::move(from));
}

void engine_server::close_on_signals(close_options how) {
    state_->service->signals().end_with(
        [this, all = state_.get(), how](std::string_view signal, bool again) {
            all->shares.front()->log(log_level::info, "told to end", {{"signal", signal}});
            if (all->first().silent()) return;  // whoever reads the log destroyed the server
            close_options with = how;
            if (again) with.notice = engine::duration{0};
            close(with);
        },
        how.notice > engine::duration{0});
}

void engine_server::reload_on_sighup(std::function<void()> also) {
    state_->service->signals().reload_with([all = state_.get(), also = std::move(also)] {
        all->listeners.reload_certificates();
        if (also) all->first().guarded(also);
    });
}

void engine_server::log_threshold(log_level from) const noexcept {
    state_->core.options.log_threshold.set(from);
}

void engine_server::post(engine::task work) const {
    worker& first = state_->first();
    first.post([&first, work = std::move(work)]() mutable { first.guarded(work); });
}

scheduled engine_server::after(engine::duration delay, engine::task work) const {
    return state_->service->after(delay, std::move(work));
}

scheduled engine_server::every(engine::duration period, engine::task work) const {
    return state_->service->every(period, std::move(work));
}

void engine_server::stop() {
    for (const auto& each : state_->workers) each->stop();
}

void engine_server::retire() noexcept {
    state_->ending.retire();
}

bool engine_server::closing() const noexcept {
    return state_->ending.retired();
}

void engine_server::when_closed(engine::task done) {
    state_->ending.when_complete(std::move(done));
}

void engine_server::close(close_options how, engine::task done) {
    if (done) when_closed(std::move(done));
    state_->ending.begin(how);
}

std::size_t engine_server::clients_count() const noexcept {
    std::size_t count = 0;
    for (gate* each : state_->gates) count += each->share().sessions().counters().live();
    return count;
}

server_stats engine_server::stats() const {
    server_stats all;
    for (gate* each : state_->gates) {
        all.workers.push_back(stats_of(each->share()));
        all.total += all.workers.back();
    }
    state_->listeners.count(all);
    return all;
}

std::span<engine::loop* const> engine_server::loops() const noexcept {
    return state_->loops;
}
engine::registry& engine_server::sessions(std::size_t worker) noexcept {
    return state_->gates[worker]->share().sessions();
}
const server_options& engine_server::options() const noexcept {
    return state_->core.options;
}

}  // namespace kedge::transports
