#include <kedge/engine/registry.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace kedge::engine {

registry::registry(loop& home, const options& settings, handler& above)
    : session_home(home, settings, above) {}

registry::~registry() = default;

session& registry::open(std::string sid, revision protocol, request_ptr first,
                        std::unique_ptr<transport> on) {
    if (session* namesake = find(sid)) namesake->close(true);
    auto made = std::make_unique<session>(*this, std::move(sid), protocol, std::move(first), std::move(on));
    session& opened = *made;
    sessions_.emplace(opened.id(), std::move(made));
    ++counting().opened;
    ++counting().live(opened.kind(), protocol);
    try {
        opened.open();
        if (silent()) return opened.fall_silent(), opened;
        opened.live_on(above().on_connection(opened));
    } catch (...) {
        opened.close(true);
        throw;
    }
    return opened;
}

session* registry::find(std::string_view sid) noexcept {
    const auto found = sessions_.find(sid);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void registry::upgrade(session& which, std::unique_ptr<transport> to) {
    which.upgrade_to(std::move(to));
}

void registry::close_all(bool discard) {
    each([discard](session& which) { which.close(discard); });
}

std::size_t registry::shed(std::size_t above, std::size_t down_to) {
    std::vector<std::pair<std::size_t, session*>> slow;
    for (const auto& [sid, which] : sessions_)
        if (const std::size_t waiting = which->held(); waiting > above)
            slow.emplace_back(waiting, which.get());
    std::sort(slow.begin(), slow.end(), std::greater<>());
    std::size_t closed = 0;
    for (; closed < slow.size() && buffered_bytes::total() > down_to; ++closed) slow[closed].second->shed();
    return closed;
}

void registry::fall_silent() noexcept {
    set_silent();
    for (const auto& [sid, which] : sessions_) which->fall_silent();
}

std::vector<std::string> registry::ids() const {
    std::vector<std::string> all;
    all.reserve(sessions_.size());
    for (const auto& [sid, which] : sessions_) all.emplace_back(sid);
    return all;
}

std::vector<session*> registry::snapshot() const {
    std::vector<session*> all;
    all.reserve(sessions_.size());
    for (const auto& [sid, which] : sessions_) all.push_back(which.get());
    return all;
}

void registry::remove(session& closed) noexcept {
    const auto found = sessions_.find(closed.id());
    if (found == sessions_.end() || found->second.get() != &closed) return;
    --counting().live(closed.kind(), closed.revision());
    auto gone = std::move(found->second);
    sessions_.erase(found);
    dead().bury(std::move(gone));
}

void registry::tell_closed(session& closed, close_reason why, std::string_view description) {
    ++counting().closed[static_cast<std::size_t>(why)];
    if (!silent()) above().on_closed(closed, why, description);
}

}  // namespace kedge::engine
