#include <kedge/cluster/adapters/events_under_way.hpp>

#include <algorithm>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_marks = 32;  // of one socket: who is told so much ahead of its place may get the
                                        // oldest of it twice

bool is_in(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

// --- One event

/// With an offset by which its client tells that it has it.
packet_ptr events_under_way::event::early_form(part& mine, const std::string& behind, std::string_view own,
                                               const adapter_host& by) const {
    if (placeless || behind.empty()) return packet;
    if (!mine.form || mine.behind != behind) {
        const early_place at{behind, std::string(own), ticket_};
        mine.form = by.make_event(packet->for_adapter(), to->flags, at.text());
        mine.behind = behind;
    }
    return mine.form ? mine.form : packet;
}

void events_under_way::event::deliver(unsigned here, const broadcast_packet& form, const names& aside,
                                      adapter_host& by) {
    part& mine = parts_[here];
    mine.delivered = true;
    const auto early = std::exchange(mine.early, {});
    if (!only.empty()) {
        if (here == worker && early.empty() && !is_in(aside, only)) by.deliver_to(only, form, to->flags);
        return;
    }
    if (early.empty() && aside.empty()) return by.deliver_here(form, *to);
    auto others = *to;
    others.except.insert(others.except.end(), early.begin(), early.end());
    others.except.insert(others.except.end(), aside.begin(), aside.end());
    by.deliver_here(form, others);
}

// --- All of them

events_under_way::events_under_way(adapter_host& by, own_name own)
    : by_(by), own_(std::move(own)), shares_(by.workers()) {}

events_under_way::event_ptr events_under_way::add(packet_ptr packet, broadcast_options to, std::string only,
                                                  unsigned worker, kind what) {
    auto made = std::make_shared<event>(std::move(packet), std::move(to), std::move(only), worker,
                                        static_cast<unsigned>(shares_.size()), what);
    const std::lock_guard hold(lock_);
    made->ticket_ = ++last_ticket_;
    events_.push_back(made);
    size_.store(events_.size(), std::memory_order_release);
    return made;
}

void events_under_way::deliver(unsigned here, event& which, const broadcast_packet& packet,
                               const names& aside) {
    if (!which.parts_[here].delivered) which.deliver(here, packet, aside, by_);
}

void events_under_way::deliver_early(unsigned here, event& which, const std::string& behind,
                                     const names& aside) {
    auto& mine = which.parts_[here];
    if (mine.delivered) return;
    const auto form = which.early_form(mine, behind, own_(), by_);
    which.deliver(here, *form, aside, by_);
    if (!which.placeless) remember(shares_[here].everybody, behind, which.ticket_);
}

/// With the last that this worker has looked at, all that its sockets were hurried for has its place.
void events_under_way::settle(unsigned here, event& which) {
    which.parts_[here].settled = true;
    share& mine = shares_[here];
    if (which.ticket_ >= mine.known && mine.readers == 0) mine.sockets.clear();
    if (which.left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::vector<event_ptr> gone;  // what it holds is destroyed without the lock
    const std::lock_guard hold(lock_);
    while (!events_.empty() && events_.front()->left_.load(std::memory_order_acquire) == 0) {
        gone.push_back(std::move(events_.front()));
        events_.pop_front();
    }
    size_.store(events_.size(), std::memory_order_release);
    first_.store(events_.empty() ? last_ticket_ + 1 : events_.front()->ticket_, std::memory_order_release);
}

// --- What sockets are given early

/// Brings what this worker knows of up to date: each event is copied once, however many are hurried.
void events_under_way::look(unsigned here) {
    share& mine = shares_[here];
    while (mine.readers == 0 && !mine.all.empty() && mine.all.front()->parts_[here].settled)
        mine.all.pop_front();
    const std::lock_guard hold(lock_);
    const auto first = std::partition_point(events_.begin(), events_.end(),
                                            [&](const auto& each) { return each->ticket_ <= mine.known; });
    mine.all.insert(mine.all.end(), first, events_.end());
    mine.known = last_ticket_;
}

/// Who is told may say something himself: then the list grows.
void events_under_way::hurry(unsigned here, const std::string& id, function_ref<names()> rooms,
                             function_ref<std::string()> behind) {
    share& mine = shares_[here];
    look(here);
    if (mine.all.empty() || mine.sockets[id].seen >= mine.all.back()->ticket_) return;
    stored_session who;
    who.sid = id;
    who.rooms = rooms();
    const session_filter filter(who);
    const std::string place = behind();
    const auto next = [&] {
        auto& seen = mine.sockets[id].seen;
        const auto found = std::partition_point(mine.all.begin(), mine.all.end(),
                                                [&](const auto& each) { return each->ticket_ <= seen; });
        if (found == mine.all.end()) return event_ptr();
        seen = (*found)->ticket_;
        return *found;
    };
    ++mine.readers;
    while (const auto each = next()) {
        auto& part = each->parts_[here];
        const bool meant =
            each->only.empty() ? filter.concerns(*each->to) : each->only == id && here == each->worker;
        if (!meant || part.delivered) continue;
        part.early.push_back(id);
        const auto form = each->early_form(part, place, own_(), by_);
        by_.deliver_to(id, *form, each->to->flags);
        if (!each->placeless) remember(mine.sockets[id].told, place, each->ticket_);
    }
    --mine.readers;
    sweep(mine);
}

/// What has its place by now needs no mark.
void events_under_way::remember(marks& where, const std::string& behind, std::uint64_t up_to) const {
    const auto first = first_.load(std::memory_order_acquire);
    std::erase_if(where, [&](const mark& each) { return each.up_to < first; });
    if (behind.empty()) return;
    if (!where.empty() && where.back().behind == behind) {
        where.back().up_to = std::max(where.back().up_to, up_to);
        return;
    }
    if (where.size() >= most_marks) where.erase(where.begin());
    where.push_back({behind, up_to});
}

void events_under_way::sweep(share& mine) const {
    if (mine.sockets.size() < mine.sweep_at) return;
    const auto first = first_.load(std::memory_order_acquire);
    std::erase_if(mine.sockets, [&](const auto& each) { return each.second.seen < first; });
    mine.sweep_at = std::max<std::size_t>(64, 2 * mine.sockets.size());
}

events_under_way::names events_under_way::told_early(unsigned here, const std::string& id) const {
    const share& mine = shares_[here];
    const auto first = first_.load(std::memory_order_acquire);
    names all;
    const auto add = [&](const marks& some) {
        for (const auto& each : some)
            if (each.up_to >= first)
                all.push_back(early_place{each.behind, std::string(own_()), each.up_to}.text());
    };
    add(mine.everybody);
    if (const auto found = mine.sockets.find(id); found != mine.sockets.end()) add(found->second.told);
    return all;
}

void events_under_way::forget(unsigned here, const std::string& id) {
    share& mine = shares_[here];
    mine.sockets.erase(id);
    for (const auto& each : mine.all) std::erase(each->parts_[here].early, id);
}

}  // namespace kedge::cluster
