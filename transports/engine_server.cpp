#include <transports/engine_server.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <engine/registry.hpp>
#include <transports/connection_limits.hpp>
#include <transports/listener.hpp>
#include <transports/server_core.hpp>
#include <transports/site.hpp>
#include <transports/site_ending.hpp>
#include <transports/worker.hpp>

namespace kedge::transports {

namespace {

unsigned thread_count(unsigned wished) {
    return wished != 0 ? wished : std::max(1u, std::thread::hardware_concurrency());
}

/// What on_connection() puts on sessions.
class live_maker final : public engine::handler {
  public:
    explicit live_maker(server_core& core) noexcept : core_(core) {}
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override {
        return make_live(opened, core_.sites[opened.loop().index()]->way(), opened_);
    }
    void opened(std::function<void(session)> tell) { opened_ = std::move(tell); }

  private:
    server_core& core_;
    std::function<void(session)> opened_;
};

}  // namespace

struct engine_server::state {
    explicit state(server_options given) : core(std::move(given)), maker(core) { core.above = &maker; }
    ~state();

    void add(std::unique_ptr<worker> made);
    void on_site_ended();
    worker_stats stats_of(std::size_t index) const;

    server_core core;
    live_maker maker;
    std::shared_ptr<connection_limits> limits;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<worker*> worker_list;
    std::vector<engine::loop*> loops;
    std::vector<std::unique_ptr<listener>> listeners;
    std::vector<std::unique_ptr<site_ending>> endings;
    std::atomic<bool> closing{false};
    std::atomic<std::size_t> ending_sites{0};
    std::mutex done_lock;
    std::vector<engine::task> done;
    bool ended = false;
};

engine_server::state::~state() {
    listeners.clear();
    endings.clear();
    core.sites.clear();
}

void engine_server::state::add(std::unique_ptr<worker> made) {
    if (core.options.on_error) made->on_error(core.options.on_error);
    worker_list.push_back(made.get());
    loops.push_back(made.get());
    core.sites.push_back(std::make_unique<site>(core, *made));
    workers.push_back(std::move(made));
}

engine_server::engine_server(server_options options) : state_(std::make_unique<state>(std::move(options))) {
    const unsigned count = thread_count(state_->core.options.threads);
    for (unsigned i = 0; i < count; ++i) state_->add(std::make_unique<worker>(i));
    state_->limits = std::make_shared<connection_limits>(state_->core.options.limits);
}

engine_server::engine_server(boost::asio::io_context& host, server_options options)
    : state_(std::make_unique<state>(std::move(options))) {
    if (state_->core.options.threads > 1)
        throw std::invalid_argument(
            "a server on the application's io_context has one worker: leave `threads` at 1, or let the "
            "server make its own");
    state_->add(std::make_unique<worker>(0u, host));
    state_->limits = std::make_shared<connection_limits>(state_->core.options.limits);
}

engine_server::~engine_server() = default;

// ---- set-up

void engine_server::on_connection(std::function<void(session)> opened) {
    state_->maker.opened(std::move(opened));
}
void engine_server::handler(engine::handler& above) {
    state_->core.above = &above;
}
void engine_server::on_request(std::function<void(exchange)> answer) {
    state_->core.on_request = std::move(answer);
}
void engine_server::on_upgrade(std::function<void(upgrade_offer)> take) {
    state_->core.on_upgrade = std::move(take);
}
void engine_server::use(middleware step) {
    state_->core.options.middlewares.push_back(std::move(step));
}

void engine_server::listen(std::uint16_t port) {
    listen_address where;
    where.port = port;
    listen(where);
}

void engine_server::listen(const listen_address& where, std::shared_ptr<tls_context> tls) {
    listen_options how;
    how.where = where;
    // A PROXY header comes before TLS: then TLS begins when it was read.
    std::shared_ptr<tls_context> behind_header;
    (state_->core.options.proxy_protocol ? behind_header : how.tls) = std::move(tls);
    how.limits = state_->limits;
    site& first = *state_->core.sites.front();
    how.log = [&first](std::string_view line) { first.log(log_level::warning, line, {}); };
    auto deliver = [core = &state_->core, behind_header](worker& home, detached_stream stream) {
        core->sites[home.index()]->accept(std::move(stream), behind_header);
    };
    state_->listeners.push_back(std::make_unique<listener>(*state_->workers.front(), state_->worker_list,
                                                           std::move(how), std::move(deliver)));
}

std::uint16_t engine_server::port() const noexcept {
    for (const auto& each : state_->listeners)
        if (each->port() != 0) return each->port();
    return 0;
}

void engine_server::run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < state_->workers.size(); ++i)
        threads.emplace_back([which = state_->workers[i].get()] { which->run(); });
    state_->workers.front()->run();
    for (std::thread& each : threads) each.join();
}

// ---- at any time

void engine_server::receive(detached_stream from) {
    worker& to = least_loaded(state_->worker_list);
    state_->core.sites[to.index()]->welcome(std::move(from), {});
}

void engine_server::stop() {
    for (const auto& each : state_->workers) each->stop();
}

bool engine_server::closing() const noexcept {
    return state_->closing.load(std::memory_order_relaxed);
}

void engine_server::close(close_options how, engine::task done) {
    {
        const std::lock_guard guard(state_->done_lock);
        if (done && !state_->ended) state_->done.push_back(std::move(done));
    }
    if (done) return state_->workers.front()->post(std::move(done));
    if (state_->closing.exchange(true)) return;
    const std::size_t count = state_->workers.size();
    state_->ending_sites = count;
    const double pace = static_cast<double>(how.sessions_per_second) / static_cast<double>(count);
    state_->workers.front()->post([this] {
        for (const auto& each : state_->listeners) each->close();
    });
    for (const auto& each : state_->core.sites) {
        state_->endings.push_back(
            std::make_unique<site_ending>(*each, how.grace, pace, [this] { state_->on_site_ended(); }));
        each->home().post([ending = state_->endings.back().get()] { ending->begin(); });
    }
}

/// The last site to end tells, and lets run() return.
void engine_server::state::on_site_ended() {
    if (ending_sites.fetch_sub(1) != 1) return;
    std::vector<engine::task> tell;
    {
        const std::lock_guard guard(done_lock);
        ended = true;
        tell = std::move(done);
    }
    for (engine::task& each : tell) each();
    for (const auto& each : workers) each->stop();
}

std::size_t engine_server::clients_count() const noexcept {
    std::size_t count = 0;
    for (const auto& each : state_->core.sites) count += each->sessions().counters().live();
    return count;
}

worker_stats engine_server::state::stats_of(std::size_t index) const {
    site& of = *core.sites[index];
    const engine::registry_counters& sessions = of.sessions().counters();
    const site_counters& counts = of.counters();
    const io_counters& io = workers[index]->counters();
    worker_stats numbers;
    numbers.connections = workers[index]->connections();
    numbers.sessions = sessions.live();
    for (const auto kind : {engine::transport_kind::polling, engine::transport_kind::websocket})
        for (const auto protocol : {engine::revision::v3, engine::revision::v4})
            numbers.sessions_by_kind[static_cast<std::size_t>(kind) * 2 + static_cast<std::size_t>(protocol) -
                                     3] = sessions.live(kind, protocol);
    numbers.sessions_opened = sessions.opened;
    numbers.sessions_upgraded = sessions.upgraded;
    for (std::size_t i = 0; i < numbers.sessions_closed.size(); ++i)
        numbers.sessions_closed[i] = sessions.closed[i];
    numbers.requests = counts.requests.value();
    numbers.bad_requests = counts.bad_requests.value();
    for (std::size_t i = 0; i < numbers.refused.size(); ++i) numbers.refused[i] = counts.refused[i].value();
    numbers.moved = counts.moved.value();
    numbers.packets_in = sessions.packets_in;
    numbers.packets_out = sessions.packets_out;
    numbers.bytes_in = io.bytes_in.value();
    numbers.bytes_out = io.bytes_out.value();
    numbers.bytes_waiting = of.bytes_waiting();
    numbers.tls_handshakes = io.tls_handshakes.value();
    numbers.tls_resumptions = io.tls_resumptions.value();
    numbers.tls_failures = io.tls_failures.value();
    return numbers;
}

server_stats engine_server::stats() const {
    server_stats all;
    for (std::size_t i = 0; i < state_->workers.size(); ++i) {
        all.workers.push_back(state_->stats_of(i));
        all.total += all.workers.back();
    }
    for (const auto& each : state_->listeners) {
        const listener_counters counts = each->counters();
        all.accepted += counts.accepted;
        all.refused_connections += counts.refused;
        all.shed_connections += counts.shed;
    }
    return all;
}

std::span<engine::loop* const> engine_server::loops() const noexcept {
    return state_->loops;
}
engine::registry& engine_server::sessions(std::size_t worker) noexcept {
    return state_->core.sites[worker]->sessions();
}
const server_options& engine_server::options() const noexcept {
    return state_->core.options;
}

}  // namespace kedge::transports
