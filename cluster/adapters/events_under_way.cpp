#include <kedge/cluster/adapters/events_under_way.hpp>

#include <algorithm>
#include <utility>

namespace kedge::cluster {

// --- One event

void events_under_way::event::deliver_early(unsigned here, const session_filter& who, const std::string& id,
                                            adapter_host& by) {
    part& mine = parts_[here];
    const bool meant = only.empty() ? who.concerns(*to) : only == id && here == worker;
    if (!meant || mine.delivered || std::count(mine.early.begin(), mine.early.end(), id) != 0) return;
    mine.early.push_back(id);
    by.deliver_to(id, *packet, to->flags);
}

void events_under_way::event::deliver(unsigned here, const broadcast_packet& form, adapter_host& by) {
    part& mine = parts_[here];
    mine.delivered = true;
    const auto early = std::exchange(mine.early, {});
    if (!only.empty()) {
        if (here == worker && early.empty()) by.deliver_to(only, form, to->flags);
        return;
    }
    if (early.empty()) return by.deliver_here(form, *to);
    auto others = *to;
    others.except.insert(others.except.end(), early.begin(), early.end());
    by.deliver_here(form, others);
}

// --- All of them

events_under_way::event_ptr events_under_way::add(packet_ptr packet, broadcast_options to, std::string only,
                                                  unsigned worker) {
    auto made = std::make_shared<event>(std::move(packet), std::move(to), std::move(only), worker, workers_);
    const std::lock_guard hold(lock_);
    events_.push_back(made);
    size_.store(events_.size(), std::memory_order_release);
    return made;
}

void events_under_way::deliver(unsigned here, event& which, const broadcast_packet& packet,
                               adapter_host& by) {
    which.deliver(here, packet, by);
    if (which.left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::vector<event_ptr> gone;  // what it holds is destroyed without the lock
    const std::lock_guard hold(lock_);
    while (!events_.empty() && events_.front()->left_.load(std::memory_order_acquire) == 0) {
        gone.push_back(std::move(events_.front()));
        events_.pop_front();
    }
    size_.store(events_.size(), std::memory_order_release);
}

/// The list is copied: who is told may say something himself.
void events_under_way::hurry(unsigned here, const stored_session& who, adapter_host& by) {
    std::vector<event_ptr> all;
    {
        const std::lock_guard hold(lock_);
        all.assign(events_.begin(), events_.end());
    }
    const session_filter filter(who);
    for (const auto& each : all) each->deliver_early(here, filter, who.sid, by);
}

}  // namespace kedge::cluster
