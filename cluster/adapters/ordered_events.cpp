#include <kedge/cluster/adapters/ordered_events.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_tickets = 65'536;  // of events that were delivered before they came back
constexpr engine::duration longest_wait = std::chrono::seconds(3);  // for the place of what was delivered
constexpr int longest_patience = 5;  // times the patience, though others' events come from the stream
constexpr engine::duration lateness{20};

}  // namespace

/// How far the stream was read, and how far each worker is.
struct ordered_events::state {
    explicit state(unsigned workers) : places(workers) {}

    struct waiter {
        engine::time_point until;
        engine::unique_function<void(bool)> then;
    };
    // Each is its worker's own.
    struct place {
        std::optional<stream_id> delivered;
        std::set<std::uint64_t>
            unplaced;  // tickets of what was delivered without its place and has not come back
        std::vector<std::weak_ptr<recording>> recordings;
        std::vector<waiter> waiters;
    };
    std::vector<place> places;

    std::atomic<std::uint64_t> era{0};
    std::mutex lock;
    std::optional<stream_id> began;       // what was there before the first event
    std::optional<stream_id> read;        // by the first worker
    std::optional<stream_id> dispatched;  // the last event that it has told the workers of
};

/// An event that has its place.
struct ordered_events::placing {
    packet_ptr packet;
    std::shared_ptr<const broadcast_options> to;
    stream_id at;
    events_under_way::event_ptr own{};  // of this server
    std::uint64_t ticket = 0;           // of that
    bool delivered = false;             // already, without its place
};

ordered_events::ordered_events(adapter_host& host, engine::duration patience, place_namer name)
    : host_(host),
      patience_(patience),
      name_(std::move(name)),
      under_way_(host.workers()),
      late_(engine::timer::calls<&ordered_events::on_time, ordered_events>(), this),
      state_(std::make_shared<state>(host.workers())) {}

ordered_events::~ordered_events() = default;

/// On this one, the first, now; on the others in turns to come.
template <class Work>
void ordered_events::on_all_workers(Work work) {
    for (unsigned each = 1; each < host_.workers(); ++each) host_.post(each, [work, each] { work(each); });
    work(0);
}

// --- Events of this server

std::uint64_t ordered_events::expect(events_under_way::event_ptr what) {
    while (waiting_.size() >= most_tickets && waiting_.front().delivered) give_up_first();
    waiting_.push_back({++last_ticket_, host_.loop().now(), std::move(what)});
    if (silent_) stop_waiting();
    if (!late_.armed() || waiting_.front().delivered) wait_on();
    return last_ticket_;
}

void ordered_events::on_own(std::uint64_t ticket, stream_id at) {
    while (!waiting_.empty() && waiting_.front().ticket < ticket) give_up_first();
    if (!waiting_.empty() && waiting_.front().ticket == ticket) {
        waiting first = std::move(waiting_.front());
        waiting_.pop_front();
        const auto& own = *first.what;
        auto packet = host_.make_event(own.packet->for_adapter(), own.to->flags, name_(at));
        if (packet)
            place(std::make_shared<const placing>(
                placing{std::move(packet), own.to, at, first.what, ticket, first.delivered}));
    }
    on_heard();
    wait_on();
}

void ordered_events::on_own_unplaced(std::uint64_t ticket) {
    while (!waiting_.empty() && waiting_.front().ticket <= ticket) give_up_first();
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
    on_all_workers([this, what = first.what, lost = first.ticket](unsigned here) {
        for (const auto& each : state_->places[here].recordings)
            if (const auto kept = each.lock()) kept->note(what->packet, *what->to);
        settle_here(here, lost);
    });
}

void ordered_events::deliver_unplaced(waiting& which) {
    which.delivered = true;
    which.since = host_.loop().now();
    on_all_workers([this, what = which.what, ticket = which.ticket](unsigned here) {
        under_way_.deliver(here, *what, *what->packet, host_);
        state_->places[here].unplaced.insert(ticket);
    });
}

/// What was delivered without its place stands before what waits.
std::deque<ordered_events::waiting>::iterator ordered_events::first_undelivered() {
    return std::partition_point(waiting_.begin(), waiting_.end(),
                                [](const auto& each) { return each.delivered; });
}

void ordered_events::stop_waiting() {
    std::for_each(first_undelivered(), waiting_.end(), [this](auto& each) { deliver_unplaced(each); });
    while (ended_ && !waiting_.empty()) give_up_first();
    wait_on();
}

void ordered_events::end() {
    ended_ = true;
    stop_waiting();
}

/// As long as the stream brings something, an event may still come: Redis, or this server, has much to do.
engine::time_point ordered_events::due(const waiting& which) const {
    if (which.delivered) return which.since + longest_wait;
    return std::min(std::max(which.since, heard_) + patience_, which.since + longest_patience * patience_);
}

// Who comes late to look has not read yet what came meanwhile.
void ordered_events::on_time(engine::time_point now) {
    excused_ = !excused_ && now - alarm_ >= lateness;
    if (excused_) return wait_on();
    for (auto next = first_undelivered(); next != waiting_.end() && due(*next) <= now; ++next) {
        silent_ = silent_ || now - heard_ >= patience_;
        deliver_unplaced(*next);
    }
    while (!waiting_.empty() && waiting_.front().delivered && due(waiting_.front()) <= now) give_up_first();
    wait_on();
}

void ordered_events::wait_on() {
    if (waiting_.empty()) return late_.disarm();
    const auto now = host_.loop().now();
    const auto next = first_undelivered();
    alarm_ = due(waiting_.front());
    if (next != waiting_.end()) alarm_ = std::min(alarm_, due(*next));
    alarm_ = std::max(alarm_, excused_ ? now + patience_ : now);
    host_.loop().timers().arm(late_, alarm_);
}

// --- Events in their places

void ordered_events::on_others(const event_data& data, const broadcast_options& to, stream_id at) {
    auto packet = host_.make_event(data, to.flags, name_(at));
    if (packet)
        place(std::make_shared<const placing>(
            placing{std::move(packet), std::make_shared<const broadcast_options>(to), at}));
}

void ordered_events::place(std::shared_ptr<const placing> what) {
    {
        const std::lock_guard hold(state_->lock);
        state_->dispatched = what->at;
    }
    on_all_workers([this, what = std::move(what)](unsigned here) { place_here(here, *what); });
}

void ordered_events::place_here(unsigned here, const placing& what) {
    auto& mine = state_->places[here];
    if (!what.own)
        host_.deliver_here(*what.packet, *what.to);
    else if (!what.delivered)
        under_way_.deliver(here, *what.own, *what.packet, host_);
    mine.delivered = what.at;
    std::erase_if(mine.recordings, [](const auto& each) { return each.expired(); });
    for (const auto& each : mine.recordings)
        if (const auto kept = each.lock()) kept->note(what.packet, *what.to);
    settle_here(here, what.ticket);
}

/// What was delivered without its place has it now, or never will.
void ordered_events::settle_here(unsigned here, std::uint64_t ticket) {
    auto& mine = state_->places[here];
    mine.unplaced.erase(ticket);
    if (mine.waiters.empty()) return;
    const bool placed = mine.unplaced.empty();
    const auto now = host_.loop().now();
    std::vector<state::waiter> over;
    for (auto& each : mine.waiters)
        if (placed || each.until <= now) over.push_back(std::move(each));
    std::erase_if(mine.waiters, [](const auto& each) { return !each.then; });
    for (auto& each : over) each.then(placed);
}

void ordered_events::when_all_is_placed(engine::unique_function<void(bool)> then) {
    auto& mine = state_->places[host_.here().value_or(0)];
    if (mine.unplaced.empty()) return then(true);
    mine.waiters.push_back({host_.loop().now() + longest_wait, std::move(then)});
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

std::shared_ptr<ordered_events::recording> ordered_events::record(stored_session session) {
    auto made = std::make_shared<recording>(std::move(session));
    state_->places[host_.here().value_or(0)].recordings.push_back(made);
    return made;
}

}  // namespace kedge::cluster
