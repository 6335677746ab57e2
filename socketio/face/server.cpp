#include <kedge/socketio/face/server.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/socketio/core/namespaces.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/server_figures.hpp>
#include <kedge/socketio/face/server_parts.hpp>
#include <kedge/transports/loop/process_signals.hpp>
#include <kedge/transports/loop/service_manager.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge {
namespace {

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

    std::uint16_t listen(const transports::listen_address& where,
                         std::shared_ptr<transports::tls_context> tls) {
        return below->listen(where, std::move(tls));
    }
    std::uint16_t listen(const transports::listen_address& where) {
        return listen(where, options.tls ? std::make_shared<transports::tls_context>(*options.tls) : nullptr);
    }

    /// The worker that the program calls, where that is its own thread.
    engine::loop& first() const noexcept { return *below->loops().front(); }
    void end(const close_options& how);
    transports::process_signals& hear_signals();
    void give_sign_of_life();
    static void leave_with_turn(std::unique_ptr<state> all);

    server_options options;
    transports::random_openssl random;
    std::shared_ptr<namespaces> above;
    std::optional<transports::engine_server> below;
    std::optional<transports::process_signals> signals;
    std::optional<transports::service_manager> manager;
    std::shared_ptr<std::atomic<std::size_t>> workers_silent = std::make_shared<std::atomic<std::size_t>>(0);
};

namespace {

template <class State>
std::unique_ptr<State> make_state(server_options options, boost::asio::io_context* host) {
    options.log_threshold = log_level(options.log_threshold);  // its own, to be changed while it runs
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
    if (whole.signals) whole.signals->stop();
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
    return state_->listen(where, std::move(tls));
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
    if (state_->manager) state_->manager->tell("STOPPING=1");
    const engine::duration notice = std::exchange(how.notice, engine::duration{0});
    if (notice <= engine::duration{0}) return state_->end(how);
    after(notice, [this, how] { state_->end(how); });
}

transports::process_signals& server::state::hear_signals() {
    if (!signals) signals.emplace(as_worker(first()));
    return *signals;
}

// With a pace the sockets go with their sessions, one by one.
void server::state::end(const close_options& how) {
    if (how.sessions_per_second != 0) {
        above->begin_closing();
        above->hurry();
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
    state_->hear_signals().end_with(
        [this, all = state_.get(), how](std::string_view signal, bool again) {
            const std::array<log_record::field, 1> facts{{{"signal", signal}}};
            all->above->log(log_level::info, "told to end", facts);
            if (as_worker(all->first()).silent()) return;  // whoever reads the log destroyed the server
            close_options with = how;
            if (again) with.notice = engine::duration{0};
            close(with);
        },
        how.notice > engine::duration{0});
}

void server::log_threshold(log_level from) const noexcept {
    state_->options.log_threshold.set(from);
    state_->below->log_threshold(from);
}

void server::reload_on_sighup(std::function<void()> also) {
    state_->below->reload_on_sighup(std::move(also));
}

void server::tell_systemd() {
    state_->manager = transports::service_manager::from_environment();
    if (!state_->manager) return;
    state_->manager->tell("READY=1");
    // Twice in the time that it waits, as its manual advises.
    const engine::duration period = state_->manager->watchdog() / 2;
    if (period > engine::duration{0}) every(period, [all = state_.get()] { all->give_sign_of_life(); });
}

/// Only when each worker has taken its turn since the last time: one that stands still is what a watchdog is
/// for.
void server::state::give_sign_of_life() {
    if (workers_silent->load() != 0) return;
    manager->tell("WATCHDOG=1");
    workers_silent->store(below->loops().size());
    for (engine::loop* const each : below->loops()) each->post([silent = workers_silent] { --*silent; });
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

transports::figure_source server::figures() const {
    return figures_of(state_->above);
}

}  // namespace kedge
