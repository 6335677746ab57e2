#include <kedge/socketio/events/ack_table.hpp>

#include <new>
#include <utility>

namespace kedge {

void ack_table::add(std::uint64_t id, reply_handler waiting, std::optional<engine::duration> timeout) {
    const auto [at, added] = pending_.try_emplace(id, *this, id, std::move(waiting));
    if (!added) return;
    ++total_;
    if (timeout) home_.timers().arm(at->second.deadline, engine::later(home_.now(), *timeout));
}

reply_handler ack_table::take(std::uint64_t id) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return {};
    auto waiting = std::move(found->second.waiting);
    pending_.erase(found);
    --total_;
    return waiting;
}

std::vector<reply_handler> ack_table::clear() {
    std::vector<reply_handler> all;
    if (pending_.empty()) return all;
    try {
        all.reserve(pending_.size());
        for (auto& [id, one] : pending_) all.push_back(std::move(one.waiting));
    } catch (const std::bad_alloc&) {  // they go unheard
    }
    total_ -= pending_.size();
    pending_.clear();
    return all;
}

void ack_table::pending::expire(engine::time_point) {
    auto& owner = in.owner_;
    owner.on_expired(in.take(id));  // destroys this
}

}  // namespace kedge
