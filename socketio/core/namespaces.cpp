#include <kedge/socketio/core/namespaces.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/client.hpp>
#include <kedge/socketio/core/members.hpp>
#include <kedge/socketio/core/nsp_host.hpp>
#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge {
namespace {

// So long are adapters waited for that say good-bye to other servers.
constexpr engine::duration longest_farewell = std::chrono::seconds(2);

}  // namespace

/// Waits on the first worker for the adapters, but not for ever.
class namespaces::farewell {
  public:
    farewell(desk& home, std::size_t left, engine::task done)
        : home_(home),
          left_(left),
          done_(std::move(done)),
          deadline_(engine::timer::calls<&farewell::on_late, farewell>(), this) {
        home.loop().timers().arm(deadline_, home.loop().now() + longest_farewell);
    }

    void on_closed() {
        if (--left_ == 0) finish();
    }

  private:
    void on_late(engine::time_point) {
        const desk::presence here(home_);
        finish();
    }
    void finish() {
        deadline_.disarm();
        if (auto done = std::exchange(done_, {})) done();
    }

    desk& home_;
    std::size_t left_;
    engine::task done_;
    engine::timer deadline_;
};

namespaces::namespaces(hub_settings settings) : hub(std::move(settings)) {}

namespaces::~namespaces() = default;

void namespaces::attach(std::span<engine::loop* const> workers,
                        std::span<const std::shared_ptr<boost::asio::execution_context>> contexts) {
    take_places(workers, contexts);
    of("/");
}

std::unique_ptr<engine::session_handler> namespaces::on_connection(engine::session& opened) {
    desk& home = *desks()[opened.loop().index()];
    const desk::presence here(home);
    auto made = std::make_unique<client>(shared_from_this(), home, opened);
    try {
        made->begin();
    } catch (...) {
        made->on_close(opened, engine::close_reason::transport_error, {});
        throw;
    }
    return made;
}

// --- namespaces

hub::nsp_ptr namespaces::of(std::string_view name) {
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
hub::nsp_ptr namespaces::make(const std::string& name, const nsp_ptr& above) {
    auto made = std::make_shared<nsp_state>(shared_from_this(), name,
                                            above ? nsp_state::role::child : nsp_state::role::ordinary);
    made->open(std::make_unique<nsp_host>(*made));
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

void namespaces::announce(const nsp_ptr& made) {
    const auto all = new_namespace_handlers_.current();
    for (const auto& each : *all) guarded("a handler of new_namespace threw", [&] { (*each)(made); });
}

hub::nsp_ptr namespaces::enter(std::string_view name) {
    const std::lock_guard hold(lock_);
    const auto found = places_.find(name);
    if (found == places_.end()) return nullptr;
    ++found->second.users;
    return found->second.nsp;
}

void namespaces::release(nsp_state& which) {
    place gone;
    {
        const std::lock_guard hold(lock_);
        const auto found = places_.find(which.name());
        if (found == places_.end() || found->second.nsp.get() != &which) return;
        --found->second.users;
        if (found->second.users != 0 || !found->second.above || !settings().cleanup_empty_child_namespaces)
            return;
        gone = std::move(found->second);
        places_.erase(found);
    }
    gone.above->remove_child(*gone.nsp);
    gone.nsp->retire();
    gone.nsp->close_adapter([] {});
}

std::vector<hub::nsp_ptr> namespaces::all() const {
    const std::lock_guard hold(lock_);
    std::vector<nsp_ptr> list;
    for (const auto& [name, where] : places_) list.push_back(where.nsp);
    return list;
}

void namespaces::use_adapter(adapter_factory make) {
    adapters() = std::move(make);
    for (const auto& each : all()) {
        each->use_adapter(adapters());
        each->adapter().init();
    }
}

// --- dynamic namespaces

hub::nsp_ptr namespaces::add_parent(nsp_predicate predicate) {
    auto allows = std::make_shared<nsp_predicate>(std::move(predicate));
    const std::lock_guard hold(lock_);
    auto made = std::make_shared<nsp_state>(shared_from_this(), "/_" + std::to_string(parents_.size()),
                                            nsp_state::role::parent);
    made->open(std::make_unique<nsp_host>(*made));
    parents_.push_back({made, std::move(allows)});
    return made;
}

void namespaces::add_pattern_parent(const nsp_ptr& which, std::function<bool(std::string_view)> matches) {
    const std::lock_guard hold(lock_);
    pattern_parents_.push_back({which, std::move(matches)});
}

std::vector<hub::parent> namespaces::parents() const {
    const std::lock_guard hold(lock_);
    return parents_;
}

hub::nsp_ptr namespaces::enter_child(const nsp_ptr& of, const std::string& name) {
    for (;;) {
        if (auto there = enter(name)) return there;
        make(name, of);
    }
}

// --- the end

void namespaces::close(engine::task done) {
    begin_closing();
    const auto list = all();
    struct countdown {
        std::size_t left;
        engine::task done;
    };
    const auto left = std::make_shared<countdown>(countdown{desks().size(), std::move(done)});
    for (const auto& each : desks()) {
        each->run([list, left, at = each.get(), keep = shared_from_this()] {
            for (const auto& nsp : list) disconnect_all(nsp->share(*at));
            keep->desks().front()->run([left] {
                if (--left->left == 0) left->done();
            });
        });
    }
}

void namespaces::hurry() {
    for (const auto& each : desks())
        each->run([list = all(), at = each.get(), keep = shared_from_this()] {
            for (const auto& nsp : list) hurry_all(nsp->share(*at));
        });
}

void namespaces::close_adapters() {
    for (const auto& each : all()) each->close_adapter([] {});
}

// An adapter may say on any thread that it is closed.
void namespaces::close_adapters(engine::task done) {
    const auto list = all();
    auto& home = *desks().front();
    farewell_ = std::make_unique<farewell>(home, list.size(), std::move(done));
    for (const auto& each : list)
        each->close_adapter([this, &home, keep = shared_from_this()] {
            home.run([this] {
                if (farewell_) farewell_->on_closed();
            });
        });
}

void namespaces::shut() noexcept {
    leave_places();
    farewell_.reset();
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
    adapters() = nullptr;
}

}  // namespace kedge
