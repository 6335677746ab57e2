#include <kedge/engine/registry.hpp>

namespace kedge::engine {

registry::registry(loop& home, const options& settings, handler& above)
    : home_(home), settings_(settings), above_(above), dead_(home) {}

registry::~registry() = default;

session& registry::open(std::string sid, revision protocol, request_ptr first,
                        std::unique_ptr<transport> on) {
    if (session* namesake = find(sid)) namesake->close(true);
    auto made = std::make_unique<session>(*this, std::move(sid), protocol, std::move(first), std::move(on));
    session& opened = *made;
    sessions_.emplace(opened.id(), std::move(made));
    ++counters_.opened;
    ++counters_.live(opened.kind(), protocol);
    try {
        opened.open();
        if (silent_) return opened.fall_silent(), opened;
        opened.live_on(above_.on_connection(opened));
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

void registry::fall_silent() noexcept {
    silent_ = true;
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
    --counters_.live(closed.kind(), closed.revision());
    auto dead = std::move(found->second);
    sessions_.erase(found);
    dead_.bury(std::move(dead));
}

void registry::tell_closed(session& closed, close_reason why, std::string_view description) {
    ++counters_.closed[static_cast<std::size_t>(why)];
    if (!silent_) above_.on_closed(closed, why, description);
}

}  // namespace kedge::engine
