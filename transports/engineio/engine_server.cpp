#include <kedge/transports/engineio/engine_server.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/engine/registry.hpp>
#include <kedge/transports/engineio/engine_core.hpp>
#include <kedge/transports/engineio/gate.hpp>
#include <kedge/transports/http/application_front.hpp>
#include <kedge/transports/http/arrival.hpp>
#include <kedge/transports/http/arrival_log.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/descriptor_limit.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/listener_rules.hpp>
#include <kedge/transports/http/share_ending.hpp>
#include <kedge/transports/loop/program_service.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/tls.hpp>

namespace kedge::transports {

namespace {

unsigned thread_count(unsigned wished) {
    return wished != 0 ? wished : std::max(1u, std::thread::hardware_concurrency());
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

/// Answers everything by one function.
std::unique_ptr<http_front> front_of(std::function<void(exchange)> answer) {
    auto hooks = std::make_shared<application_hooks>();
    hooks->on_request = std::move(answer);
    return std::make_unique<application_front>(std::move(hooks));
}

}  // namespace

/// What on_connection() puts on sessions.
class live_maker final : public engine::handler {
  public:
    explicit live_maker(http_common& http) noexcept : http_(http) {}
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override {
        return make_live(opened, *http_.shares[opened.loop().index()], opened_);
    }
    void opened(std::function<void(session)> tell) { opened_ = std::move(tell); }

  private:
    http_common& http_;
    std::function<void(session)> opened_;
};

/// What close() still has to do when its notice is over.
struct engine_server::delayed_end {
    delayed_end(engine_server::state& whose, const close_options& with) noexcept;
    void on_deadline(engine::time_point);

    engine_server::state& of;
    close_options how;
    engine::timer timer;
};

struct engine_server::state final : mortal {
    explicit state(server_options given);
    ~state() override;

    void add(std::unique_ptr<worker> made);
    void embed(std::unique_ptr<worker> made);
    std::uint16_t listen(const listen_address& where, std::shared_ptr<tls_context> tls,
                         std::unique_ptr<listener_rules> kept);
    std::uint16_t listen(std::uint16_t port);
    void listen_as_told();
    void reload_certificates();
    void begin_end(const close_options& how);
    void add_fronts();
    void on_share_ended();
    void end_with_turn(std::unique_ptr<mortal> owner) noexcept;

    bool embedded = false;
    engine_core core;
    http_common http;
    std::shared_ptr<application_hooks> application = std::make_shared<application_hooks>();
    live_maker maker;
    std::shared_ptr<connection_limits> limits;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<worker*> worker_list;
    std::vector<engine::loop*> loops;
    std::vector<std::unique_ptr<http_share>> shares;
    std::vector<gate*> gates;  // the fronts of the engine, by worker
    std::vector<std::unique_ptr<const listener_rules>> rules;
    std::vector<std::unique_ptr<listener>> listeners;  // in the order of their rules
    std::vector<std::unique_ptr<share_ending>> endings;
    std::unique_ptr<delayed_end> notice;
    std::optional<program_service> service;
    std::vector<std::shared_ptr<tls_context>> certificates;
    std::atomic<bool> closing{false};
    std::atomic<std::size_t> ending_shares{0};
    std::mutex done_lock;
    std::vector<engine::task> done;
    bool ended = false;
};

engine_server::delayed_end::delayed_end(engine_server::state& whose, const close_options& with) noexcept
    : of(whose), how(with), timer(engine::timer::calls<&delayed_end::on_deadline, delayed_end>(), this) {}

void engine_server::delayed_end::on_deadline(engine::time_point) {
    of.begin_end(how);
}

engine_server::state::state(server_options given)
    : core(std::move(given)), http{.options = http_options_of(core.options), .shares = {}}, maker(http) {
    core.above = &maker;
    application->upgrades = core.websocket;
    if (core.options.destroy_upgrade) application->claim_timeout = core.options.destroy_upgrade_timeout;
}

engine_server::state::~state() {
    service.reset();
    notice.reset();
    listeners.clear();
    endings.clear();
    shares.clear();
}

void engine_server::state::add(std::unique_ptr<worker> made) {
    if (core.options.on_error) made->on_error(core.options.on_error);
    worker_list.push_back(made.get());
    loops.push_back(made.get());
    shares.push_back(std::make_unique<http_share>(http, *made));
    http.shares.push_back(shares.back().get());
    workers.push_back(std::move(made));
}

/// When all workers are there.
void engine_server::state::add_fronts() {
    limits = std::make_shared<connection_limits>(core.options.limits);
    core.workers = static_cast<unsigned>(workers.size());
    service.emplace(*workers.front());
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

/// On somebody else's loop, with one worker.
void engine_server::state::embed(std::unique_ptr<worker> made) {
    embedded = true;
    add(std::move(made));
    add_fronts();
}

engine_server::engine_server(server_options options) : state_(std::make_unique<state>(std::move(options))) {
    const unsigned count = thread_count(state_->core.options.threads);
    for (unsigned i = 0; i < count; ++i) state_->add(std::make_unique<worker>(i));
    state_->add_fronts();
    state_->listen_as_told();
}

engine_server::engine_server(boost::asio::io_context& host, server_options options)
    : state_(std::make_unique<state>(std::move(options))) {
    if (state_->core.options.threads > 1)
        throw std::invalid_argument(
            "a server on the application's io_context has one worker: leave `threads` at 1, or let the "
            "server make its own");
    state_->embed(std::make_unique<worker>(0u, host));
    state_->listen_as_told();
}

engine_server::engine_server(std::unique_ptr<host> under, server_options options)
    : state_(std::make_unique<state>(std::move(options))) {
    state_->embed(std::make_unique<worker>(0u, std::move(under)));
    state_->listen_as_told();
}

engine_server::~engine_server() {
    if (!state_ || !entered()) return;
    state& whole = *state_;
    whole.end_with_turn(std::move(state_));
}

bool engine_server::entered() const noexcept {
    return state_->embedded && state_->workers.front()->entered();
}

void engine_server::end_with_turn(std::unique_ptr<mortal> owner) noexcept {
    state_->end_with_turn(std::move(owner));
}

void engine_server::state::end_with_turn(std::unique_ptr<mortal> owner) noexcept {
    http.closing.store(true, std::memory_order_relaxed);
    service->stop();
    shares.front()->fall_silent();
    workers.front()->end_with_turn(std::move(owner));
}

// ---- set-up

void engine_server::on_connection(std::function<void(session)> opened) {
    state_->maker.opened(std::move(opened));
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

std::uint16_t engine_server::state::listen(std::uint16_t port) {
    const auto& told = core.options;
    listen_address where;
    where.host = told.host;
    where.port = port;
    return listen(where, told.tls ? std::make_shared<tls_context>(*told.tls) : nullptr,
                  std::make_unique<listener_rules>());
}

void engine_server::state::listen_as_told() {
    if (core.options.port) listen(*core.options.port);
}

std::uint16_t engine_server::listen(std::uint16_t port) {
    return state_->listen(port);
}

std::uint16_t engine_server::listen(const listen_address& where, std::shared_ptr<tls_context> tls) {
    return state_->listen(where, std::move(tls), std::make_unique<listener_rules>());
}

std::uint16_t engine_server::serve(const listen_address& where, std::function<void(exchange)> answer,
                                   std::shared_ptr<tls_context> tls) {
    if (!answer) throw std::invalid_argument("serve: there is no function that answers");
    auto rules = std::make_unique<listener_rules>();
    rules->only = front_of(std::move(answer));
    return state_->listen(where, std::move(tls), std::move(rules));
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
    return state_->listen(where, std::move(tls), std::move(rules));
}

void engine_server::know_fleet(const fleet_map& now) {
    for (std::size_t i = 0; i < state_->gates.size(); ++i)
        state_->shares[i]->way()->pass([which = state_->gates[i], now] { which->know_fleet(now); });
}

std::uint16_t engine_server::state::listen(const listen_address& where, std::shared_ptr<tls_context> tls,
                                           std::unique_ptr<listener_rules> kept) {
    const engine::stay inside(*workers.front());
    if (where.proxy_protocol && core.options.trust_proxy.empty())
        throw std::invalid_argument(
            "proxy_protocol is of no use when nobody is believed: name the proxies in `trust_proxy`");
    kept->proxy_protocol = where.proxy_protocol;
    listen_options how;
    how.where = where;
    const bool secure = tls != nullptr;
    if (secure) certificates.push_back(tls);
    (where.proxy_protocol ? kept->tls : how.tls) = std::move(tls);
    (where.proxy_protocol || kept->peers ? kept->limits : how.limits) = limits;
    http_share& first = *shares.front();
    how.log = [&first](std::string_view line) { first.log(log_level::warning, line, {}); };
    how.on_refused = [&first](limit_reason why, std::string_view address) {
        tell_refused(first, why, address);
    };
    if (listeners.empty()) warn_of_few_descriptors(first);
    auto deliver = [this, &through = *kept](worker& home, detached_stream stream) {
        arrive(*shares[home.index()], std::move(stream), through);
    };
    auto made = std::make_unique<listener>(*workers.front(), worker_list, std::move(how), std::move(deliver));
    tell_listening(first, made->name(), kept->peers ? "nodes" : kept->only ? "pages" : "clients", secure);
    rules.push_back(std::move(kept));
    listeners.push_back(std::move(made));
    return listeners.back()->port();
}

std::uint16_t engine_server::port() const noexcept {
    for (std::size_t i = 0; i < state_->listeners.size(); ++i)
        if (state_->rules[i]->serves_clients() && state_->listeners[i]->port() != 0)
            return state_->listeners[i]->port();
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
    connection::post(*state_->shares[to.index()], std::move(from));
}

void engine_server::close_on_signals(close_options how) {
    state_->service->signals().end_with(
        [this, all = state_.get(), how](std::string_view signal, bool again) {
            all->shares.front()->log(log_level::info, "told to end", {{"signal", signal}});
            if (all->workers.front()->silent()) return;  // whoever reads the log destroyed the server
            close_options with = how;
            if (again) with.notice = engine::duration{0};
            close(with);
        },
        how.notice > engine::duration{0});
}

void engine_server::reload_on_sighup(std::function<void()> also) {
    state_->service->signals().reload_with([all = state_.get(), also = std::move(also)] {
        all->reload_certificates();
        if (also) all->workers.front()->guarded(also);
    });
}

void engine_server::state::reload_certificates() {
    const http_share& first = *shares.front();
    first.log(log_level::info, "told to read its files again", {});
    for (const auto& each : certificates) {
        try {
            each->reload();
        } catch (const std::exception& error) {
            first.log(log_level::error, "certificates could not be read again, the old ones stay",
                      {{"error", error.what()}});
        }
    }
}

void engine_server::log_threshold(log_level from) const noexcept {
    state_->core.options.log_threshold.set(from);
}

void engine_server::post(engine::task work) const {
    worker& first = *state_->workers.front();
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
    state_->closing.store(true, std::memory_order_relaxed);
}

bool engine_server::closing() const noexcept {
    return state_->closing.load(std::memory_order_relaxed);
}

void engine_server::when_closed(engine::task done) {
    {
        const std::lock_guard guard(state_->done_lock);
        if (!state_->ended) return state_->done.push_back(std::move(done));
    }
    state_->workers.front()->post(std::move(done));
}

void engine_server::close(close_options how, engine::task done) {
    if (done) when_closed(std::move(done));
    retire();
    worker& first = *state_->workers.front();
    first.post([this, &first, how] {
        if (how.notice <= engine::duration{0}) return state_->begin_end(how);
        if (state_->notice || !state_->endings.empty()) return;
        state_->notice = std::make_unique<delayed_end>(*state_, how);
        first.timers().arm(state_->notice->timer, engine::later(first.now(), how.notice));
    });
}

/// On the first worker's thread.
void engine_server::state::begin_end(const close_options& how) {
    if (!endings.empty()) return;
    http.closing.store(true, std::memory_order_relaxed);
    shares.front()->log(log_level::info, "closing", {});
    for (std::size_t i = 0; i < listeners.size(); ++i)
        if (rules[i]->serves_clients()) listeners[i]->close();
    ending_shares = workers.size();
    const double pace = static_cast<double>(how.sessions_per_second) / static_cast<double>(workers.size());
    for (const auto& each : shares) {
        endings.push_back(
            std::make_unique<share_ending>(*each, how.grace, pace, [this] { on_share_ended(); }));
        each->home().post([ending = endings.back().get()] { ending->begin(); });
    }
}

/// The last share to end tells, and lets run() return.
void engine_server::state::on_share_ended() {
    if (ending_shares.fetch_sub(1) != 1) return;
    std::vector<engine::task> tell;
    {
        const std::lock_guard guard(done_lock);
        ended = true;
        tell = std::move(done);
    }
    for (engine::task& each : tell) {
        workers.front()->guarded(each);
        if (workers.front()->silent()) return;
    }
    workers.front()->post([this] {
        shares.front()->log(log_level::info, "closed", {});
        for (const auto& each : listeners) each->close();
    });
    for (const auto& each : workers) each->stop();
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
    for (const auto& each : state_->listeners) {
        const listener_counters counts = each->counters();
        all.accepted += counts.accepted;
        all.shed_connections += counts.shed;
    }
    for (const auto reason : {limit_reason::connections, limit_reason::connections_per_address,
                              limit_reason::handshakes_per_second})
        all.refused_connections += state_->limits->refused(reason);
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
