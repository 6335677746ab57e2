#include <kedge/socketio/core/hub.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/client.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/exception_message.hpp>

namespace kedge {

hub::hub(hub_settings settings) : settings_(std::move(settings)) {}

hub::~hub() = default;

void hub::attach(std::span<engine::loop* const> workers,
                 std::span<boost::asio::execution_context* const> contexts) {
    for (std::size_t i = 0; i < workers.size(); ++i)
        desks_.push_back(
            std::make_unique<desk>(*this, *workers[i], i < contexts.size() ? contexts[i] : nullptr));
    of("/");
}

desk* hub::here() const noexcept {
    if (auto* at = desk::current(); at && &at->owner() == this) return at;
    for (const auto& each : desks_)
        if (each->here()) return each.get();
    return nullptr;
}

void hub::on_some_worker(engine::task work) {
    auto* const at = here();
    if (!at) return desks_.front()->post(std::move(work));
    const engine::stay inside(at->loop());
    work();
}

std::unique_ptr<engine::session_handler> hub::on_connection(engine::session& opened) {
    desk& home = *desks_[opened.loop().index()];
    const desk::presence here(home);
    auto made = std::make_unique<client>(shared_from_this(), home, opened);
    made->begin();
    return made;
}

// --- namespaces

hub::nsp_ptr hub::of(std::string_view name) {
    std::string full(name);
    if (full.empty() || full.front() != '/') full.insert(full.begin(), '/');
    nsp_ptr above;
    {
        const std::lock_guard hold(lock_);
        if (const auto found = places_.find(full); found != places_.end()) return found->second.nsp;
        const auto match = std::find_if(pattern_parents_.begin(), pattern_parents_.end(),
                                        [&](const pattern_parent& each) { return each.matches(full); });
        if (match != pattern_parents_.end()) above = match->nsp;
    }
    return make(full, above);
}

// A namespace is told of once, and outside the lock: its adapter and the handlers may ask for others.
hub::nsp_ptr hub::make(const std::string& name, const nsp_ptr& above) {
    auto made = std::make_shared<nsp_state>(shared_from_this(), name,
                                            above ? nsp_state::role::child : nsp_state::role::ordinary);
    if (above) made->inherit(*above);
    {
        const std::lock_guard hold(lock_);
        const auto [at, added] = places_.try_emplace(name, place{made, above, 0});
        if (!added) return at->second.nsp;
    }
    made->adapter().init();
    if (above) above->add_child(made);
    if (name != "/") announce(made);
    return made;
}

void hub::announce(const nsp_ptr& made) {
    for (const auto& each : *new_namespace_handlers_.current()) {
        try {
            (*each)(made);
        } catch (...) {
            log(log_level::error, "a handler of new_namespace threw");
        }
    }
}

hub::nsp_ptr hub::enter(std::string_view name) {
    const std::lock_guard hold(lock_);
    const auto found = places_.find(name);
    if (found == places_.end()) return nullptr;
    ++found->second.users;
    return found->second.nsp;
}

void hub::release(nsp_state& which) {
    place gone;
    {
        const std::lock_guard hold(lock_);
        const auto found = places_.find(which.name());
        if (found == places_.end() || found->second.nsp.get() != &which) return;
        --found->second.users;
        if (found->second.users != 0 || !found->second.above || !settings_.cleanup_empty_child_namespaces)
            return;
        gone = std::move(found->second);
        places_.erase(found);
    }
    gone.above->remove_child(*gone.nsp);
    gone.nsp->retire();
    gone.nsp->adapter().close([keep = gone.nsp] {});
}

std::vector<hub::nsp_ptr> hub::all() const {
    const std::lock_guard hold(lock_);
    std::vector<nsp_ptr> list;
    for (const auto& [name, where] : places_) list.push_back(where.nsp);
    return list;
}

void hub::use_adapter(adapter_factory make) {
    settings_.adapter = std::move(make);
    for (const auto& each : all()) {
        each->use_adapter(settings_.adapter);
        each->adapter().init();
    }
}

void hub::post(engine::task work) {
    desks_.front()->post([this, work = std::move(work)]() mutable { guarded(work); });
}

void hub::after(engine::duration delay, engine::task work) {
    desks_.front()->after(delay, [this, work = std::move(work)]() mutable { guarded(work); });
}

void hub::guarded(engine::task& work) const {
    try {
        work();
    } catch (...) {
        const auto message = message_of(std::current_exception());
        const std::array<log_record::field, 1> facts{{{"error", message}}};
        log(log_level::error, "a task of the program threw", facts);
    }
}

// --- dynamic namespaces

hub::nsp_ptr hub::add_parent(nsp_predicate predicate) {
    auto allows = std::make_shared<nsp_predicate>(std::move(predicate));
    const std::lock_guard hold(lock_);
    auto made = std::make_shared<nsp_state>(shared_from_this(), "/_" + std::to_string(parents_.size()),
                                            nsp_state::role::parent);
    parents_.push_back({made, std::move(allows)});
    return made;
}

void hub::add_pattern_parent(const nsp_ptr& which, std::function<bool(std::string_view)> matches) {
    const std::lock_guard hold(lock_);
    pattern_parents_.push_back({which, std::move(matches)});
}

std::vector<hub::parent> hub::parents() const {
    const std::lock_guard hold(lock_);
    return parents_;
}

hub::nsp_ptr hub::enter_child(const nsp_ptr& of, const std::string& name) {
    for (;;) {
        if (auto there = enter(name)) return there;
        make(name, of);
    }
}

// --- the end

void hub::close(engine::task done) {
    begin_closing();
    const auto list = all();
    struct countdown {
        std::size_t left;
        engine::task done;
    };
    const auto left = std::make_shared<countdown>(countdown{desks_.size(), std::move(done)});
    for (const auto& each : desks_) {
        each->run([list, left, at = each.get(), keep = shared_from_this()] {
            for (const auto& nsp : list) nsp->disconnect_all(*at);
            keep->desks_.front()->run([left] {
                if (--left->left == 0) left->done();
            });
        });
    }
}

void hub::close_adapters() {
    for (const auto& each : all()) each->adapter().close([keep = each] {});
}

void hub::shut() noexcept {
    for (const auto& each : desks_) each->shut();
    decltype(places_) places;
    decltype(parents_) parents;
    decltype(pattern_parents_) patterns;
    {
        const std::lock_guard hold(lock_);
        places.swap(places_);
        parents.swap(parents_);
        patterns.swap(pattern_parents_);
    }
    for (const auto& [name, where] : places) where.nsp->shut();
    for (const auto& each : parents) each.nsp->shut();
    new_namespace_handlers_.end();
    settings_.adapter = nullptr;
}

void hub::log(log_level level, std::string_view event, std::span<const log_record::field> fields) const {
    if (settings_.log) settings_.log({level, event, fields});
}

}  // namespace kedge
