#include <kedge/cluster/adapters/ordered_events.hpp>

#include <algorithm>
#include <utility>

#include <kedge/cluster/adapters/ordered_state.hpp>

// Events in their places, on each worker, and who needs not wait for them.

namespace kedge::cluster {

/// The name of the place where this worker is; empty when it is nowhere, or nobody is to be told.
std::string ordered_events::place_here_named() const {
    const auto at = in_company_.load(std::memory_order_relaxed) ? std::nullopt : position();
    return at ? name_(*at) : std::string();
}

/// Sockets of this worker that came back with an event.
std::vector<std::string> ordered_events::who_has(unsigned here, const sender& what) {
    auto& informed = state_->places[here].informed;
    std::vector<std::string> ids;
    if (informed.empty()) return ids;
    const auto now = host_.loop().now();
    std::erase_if(informed, [&](const auto& each) { return each.until <= now; });
    for (const auto& each : informed)
        if (is_among(each.early, what)) ids.push_back(each.id);
    return ids;
}

void ordered_events::hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms) {
    const auto here = host_.here();
    if (here && !under_way_.empty())
        under_way_.hurry(*here, id, rooms, [this] { return place_here_named(); });
}

std::vector<std::string> ordered_events::told_early(const std::string& id) const {
    const auto here = host_.here();
    return here && !under_way_.empty() ? under_way_.told_early(*here, id) : std::vector<std::string>();
}

void ordered_events::on_others(const event_data& data, const broadcast_options& to, stream_id at,
                               const sender& by) {
    auto packet = host_.make_event(data, to.flags, name_(at));
    if (packet)
        place(std::make_shared<const event_placing>(
            event_placing{std::move(packet), std::make_shared<const broadcast_options>(to), at, nullptr,
                          std::string(by.uid), by.ticket}));
}

void ordered_events::place(std::shared_ptr<const event_placing> what) {
    {
        const std::lock_guard hold(state_->lock);
        state_->dispatched = what->at;
    }
    on_all_workers(host_, [this, what = std::move(what)](unsigned here) { place_here(here, *what); });
}

void ordered_events::place_here(unsigned here, const event_placing& what) {
    auto& mine = state_->places[here];
    const sender by{what.uid, what.ticket};
    const auto aside = who_has(here, by);
    if (what.own) {
        under_way_.deliver(here, *what.own, *what.packet, aside);
    } else if (aside.empty()) {
        host_.deliver_here(*what.packet, *what.to);
    } else {
        auto others = *what.to;
        others.except.insert(others.except.end(), aside.begin(), aside.end());
        host_.deliver_here(*what.packet, others);
    }
    mine.delivered = what.at;
    std::erase_if(mine.recordings, [](const auto& each) { return each.expired(); });
    for (const auto& each : mine.recordings)
        if (const auto kept = each.lock()) kept->note(what.packet, *what.to, by);
    settle_here(here, what.own);
}

/// What was delivered without its place has it now, or never will.
void ordered_events::settle_here(unsigned here, const events_under_way::event_ptr& own) {
    auto& mine = state_->places[here];
    if (own) {
        under_way_.settle(here, *own);
        mine.unplaced.erase(own->ticket());
    }
    if (mine.waiters.empty()) return;
    const bool placed = mine.unplaced.empty();
    const auto now = host_.loop().now();
    std::vector<ordered_state::waiter> over;
    for (auto& each : mine.waiters)
        if (placed || each.until <= now) over.push_back(std::move(each));
    std::erase_if(mine.waiters, [](const auto& each) { return !each.then; });
    for (auto& each : over) each.then(placed);
}

void ordered_events::when_all_is_placed(engine::unique_function<void(bool)> then) {
    auto& mine = state_->places[host_.here().value_or(0)];
    if (mine.unplaced.empty()) return then(true);
    mine.waiters.push_back({host_.loop().now() + longest_wait_for_place, std::move(then)});
}

void ordered_events::on_position(stream_id at) {
    on_heard();
    const std::lock_guard hold(state_->lock);
    if (!state_->began) state_->began = at;
    state_->read = at;
}

void ordered_events::lose_place() {
    state_->era.fetch_add(1, std::memory_order_relaxed);
    const std::lock_guard hold(state_->lock);
    state_->began.reset();
    state_->read.reset();
}

std::uint64_t ordered_events::era() const noexcept {
    return state_->era.load(std::memory_order_relaxed);
}

std::optional<stream_id> ordered_events::position() const {
    const auto& mine = state_->places[host_.here().value_or(0)];
    const std::lock_guard hold(state_->lock);
    const bool level = !state_->dispatched || mine.delivered == state_->dispatched;
    if (!level) return mine.delivered ? mine.delivered : state_->began;
    return mine.delivered && state_->read ? std::max(*mine.delivered, *state_->read) : state_->read;
}

std::shared_ptr<session_recording> ordered_events::record(stored_session session) {
    const unsigned here = host_.here().value_or(0);
    auto& mine = state_->places[here];
    under_way_.forget(here, session.sid);
    auto made = std::make_shared<session_recording>(std::move(session));
    mine.recordings.push_back(made);
    if (!made->early().empty())
        mine.informed.push_back(
            {made->session().sid, made->early(), host_.loop().now() + longest_wait_for_place});
    return made;
}

}  // namespace kedge::cluster
