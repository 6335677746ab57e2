#include <kedge/admin/session_store.hpp>

#include <algorithm>
#include <utility>

namespace kedge::admin {

void memory_store::find(std::string session, std::function<void(bool known)> done) {
    done(knows(session, clock::now()));
}

bool memory_store::knows(std::string_view session, clock::time_point now) const {
    const std::lock_guard hold(lock_);
    const auto found = until_.find(session);
    return found != until_.end() && now < found->second;
}

void memory_store::save(std::string session) {
    const auto now = clock::now();
    const std::lock_guard hold(lock_);
    make_room(now);
    if (most_ > 0) until_.insert_or_assign(std::move(session), now + lifetime_);
}

void memory_store::make_room(clock::time_point now) {
    if (until_.size() < most_) return;
    std::erase_if(until_, [now](const auto& each) { return each.second <= now; });
    if (until_.empty() || until_.size() < most_) return;
    until_.erase(std::min_element(until_.begin(), until_.end(), [](const auto& one, const auto& other) {
        return one.second < other.second;
    }));
}

std::size_t memory_store::size() const {
    const std::lock_guard hold(lock_);
    return until_.size();
}

}  // namespace kedge::admin
