#include <kedge/cluster/adapters/ordered_events.hpp>

#include <algorithm>
#include <utility>

#include <kedge/cluster/adapters/ordered_state.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_tickets = 65'536;  // of events that were delivered before they came back
constexpr int longest_patience = 5;  // times the patience, though others' events come from the stream
constexpr engine::duration lateness{20};

}  // namespace

ordered_events::ordered_events(adapter_host& host, engine::duration patience, events_under_way::own_name own,
                               place_namer name)
    : host_(host),
      patience_(patience),
      own_(own),
      name_(std::move(name)),
      under_way_(host, std::move(own)),
      late_(engine::timer::calls<&ordered_events::on_time, ordered_events>(), this),
      state_(std::make_shared<ordered_state>(host.workers())) {}

ordered_events::~ordered_events() = default;

// --- Events of this server

std::uint64_t ordered_events::expect(events_under_way::event_ptr what) {
    while (waiting_.size() >= most_tickets && waiting_.front().delivered) give_up_first();
    const auto ticket = what->ticket();
    waiting_.push_back({ticket, host_.loop().now(), std::move(what)});
    if (silent_) stop_waiting();
    if (!late_.armed() || waiting_.front().delivered || waiting_.back().what->placeless) wait_on();
    return ticket;
}

/// Those that were sent before it are given up. They stand in the order in which they were sent, in which
/// tickets of several threads may change places.
bool ordered_events::bring_to_front(std::uint64_t ticket) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const waiting& each) { return each.ticket == ticket; });
    if (found == waiting_.end() || found->what->placeless) return false;
    while (!waiting_.empty() && waiting_.front().ticket != ticket) give_up_first();
    return !waiting_.empty();
}

void ordered_events::on_own(std::uint64_t ticket, stream_id at) {
    if (bring_to_front(ticket)) {
        waiting first = std::move(waiting_.front());
        waiting_.pop_front();
        const auto& own = *first.what;
        const auto packet = host_.make_event(own.packet->for_adapter(), own.to->flags, name_(at));
        place(std::make_shared<const event_placing>(event_placing{packet ? packet : own.packet, own.to, at,
                                                                  first.what, std::string(own_()), ticket}));
    }
    on_heard();
    wait_on();
}

void ordered_events::on_own_unplaced(std::uint64_t ticket) {
    if (bring_to_front(ticket)) give_up_first();
    on_heard();
    wait_on();
}

void ordered_events::on_heard() {
    heard_ = host_.loop().now();
    silent_ = false;
}

/// It never reached the stream. Who returns gets it as all have: without a place.
void ordered_events::give_up_first() {
    waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    if (!first.delivered) deliver_unplaced(first);
    on_all_workers(host_, [this, what = first.what](unsigned here) {
        if (!what->placeless)
            for (const auto& each : state_->places[here].recordings)
                if (const auto kept = each.lock())
                    kept->note(what->packet, *what->to, {own_(), what->ticket()});
        settle_here(here, what);
    });
}

/// What gets no place goes as soon as nothing waits before it.
void ordered_events::let_go_placeless() {
    for (auto next = first_undelivered(); next != waiting_.end() && next->what->placeless;
         next = first_undelivered())
        deliver_unplaced(*next);
    while (!waiting_.empty() && waiting_.front().delivered && waiting_.front().what->placeless)
        give_up_first();
}

void ordered_events::deliver_unplaced(waiting& which) {
    which.delivered = true;
    which.since = host_.loop().now();
    on_all_workers(host_, [this, what = which.what](unsigned here) {
        const auto aside = who_has(here, {own_(), what->ticket()});
        under_way_.deliver_early(here, *what, place_here_named(), aside);
        if (!what->placeless) state_->places[here].unplaced.insert(what->ticket());
    });
}

/// What was delivered without its place stands before what waits.
std::deque<ordered_events::waiting>::iterator ordered_events::first_undelivered() {
    return std::partition_point(waiting_.begin(), waiting_.end(),
                                [](const auto& each) { return each.delivered; });
}

void ordered_events::stop_waiting() {
    for (auto next = first_undelivered(); next != waiting_.end(); next = first_undelivered())
        deliver_unplaced(*next);
    while (ended_ && !waiting_.empty()) give_up_first();
    wait_on();
}

void ordered_events::end() {
    ended_ = true;
    stop_waiting();
}

/// As long as the stream brings something, an event may still come: Redis, or this server, has much to do.
engine::time_point ordered_events::due(const waiting& which) const {
    if (which.delivered) return which.since + longest_wait_for_place;
    return std::min(std::max(which.since, heard_) + patience_, which.since + longest_patience * patience_);
}

// Who comes late to look has not read yet what came meanwhile.
void ordered_events::on_time(engine::time_point now) {
    excused_ = !excused_ && now - alarm_ >= lateness;
    if (excused_) return wait_on();
    for (auto next = first_undelivered(); next != waiting_.end() && due(*next) <= now;
         next = first_undelivered()) {
        silent_ = silent_ || now - heard_ >= patience_;
        deliver_unplaced(*next);
    }
    while (!waiting_.empty() && waiting_.front().delivered && due(waiting_.front()) <= now) give_up_first();
    wait_on();
}

void ordered_events::wait_on() {
    let_go_placeless();
    if (waiting_.empty()) return late_.disarm();
    const auto now = host_.loop().now();
    const auto next = first_undelivered();
    alarm_ = due(waiting_.front());
    if (next != waiting_.end()) alarm_ = std::min(alarm_, due(*next));
    alarm_ = std::max(alarm_, excused_ ? now + patience_ : now);
    host_.loop().timers().arm(late_, alarm_);
}

}  // namespace kedge::cluster
