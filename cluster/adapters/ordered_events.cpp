#include <kedge/cluster/adapters/ordered_events.hpp>

#include <algorithm>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_tickets = 65'536;  // of events that were delivered before they came back

}  // namespace

/// How far the stream was read, and how far each worker is.
struct ordered_events::state {
    explicit state(unsigned workers) : places(workers) {}

    // Each is its worker's own.
    struct place {
        std::optional<stream_id> delivered;
        std::vector<std::weak_ptr<recording>> recordings;
    };
    std::vector<place> places;

    std::mutex lock;
    std::optional<stream_id> read;        // by the first worker
    std::optional<stream_id> dispatched;  // the last event that it has told the workers of
};

ordered_events::ordered_events(adapter_host& host, engine::duration patience)
    : host_(host),
      patience_(patience),
      late_(engine::timer::calls<&ordered_events::on_time, ordered_events>(), this),
      state_(std::make_shared<state>(host.workers())) {}

ordered_events::~ordered_events() = default;

// --- Events of this server

std::uint64_t ordered_events::expect(packet_ptr packet, broadcast_options to, std::string only,
                                     unsigned worker) {
    const auto now = host_.loop().now();
    while (waiting_.size() >= most_tickets && waiting_.front().delivered) waiting_.pop_front();
    waiting_.push_back(
        {++last_ticket_, now + patience_, std::move(packet), std::move(to), std::move(only), worker});
    if (waiting_.size() == 1) wait_on();
    return last_ticket_;
}

void ordered_events::on_own(std::uint64_t ticket, stream_id at) {
    while (!waiting_.empty() && waiting_.front().ticket <= ticket) {
        waiting first = std::move(waiting_.front());
        waiting_.pop_front();
        if (first.delivered) continue;
        if (first.ticket == ticket)
            place(first.packet->for_adapter(), std::move(first.to), std::move(first.only), first.worker, at);
        else
            deliver_unplaced(first);
    }
    wait_on();
}

/// Only its ticket stays, so that it is known when it comes back after all.
void ordered_events::deliver_unplaced(waiting& which) {
    which.delivered = true;
    auto packet = std::exchange(which.packet, nullptr);
    auto to = std::exchange(which.to, {});
    if (which.only.empty()) return host_.deliver(std::move(packet), std::move(to));
    host_.run(which.worker, [this, packet = std::move(packet), only = std::move(which.only),
                             flags = to.flags] { host_.deliver_to(only, *packet, flags); });
}

void ordered_events::stop_waiting() {
    late_.disarm();
    for (auto& each : waiting_)
        if (!each.delivered) deliver_unplaced(each);
}

void ordered_events::on_time(engine::time_point now) {
    for (auto& each : waiting_)
        if (!each.delivered && each.until <= now) deliver_unplaced(each);
    wait_on();
}

void ordered_events::wait_on() {
    const auto next =
        std::find_if(waiting_.begin(), waiting_.end(), [](const auto& each) { return !each.delivered; });
    if (next == waiting_.end()) return late_.disarm();
    host_.loop().timers().arm(late_, next->until);
}

// --- Events in their places

void ordered_events::on_others(const event_data& data, const broadcast_options& to, stream_id at) {
    place(data, to, {}, 0, at);
}

void ordered_events::place(const event_data& data, broadcast_options to, std::string only, unsigned worker,
                           stream_id at) {
    auto packet = host_.make_event(data, to.flags, at.text());
    if (!packet) return;
    {
        const std::lock_guard hold(state_->lock);
        state_->dispatched = at;
    }
    const auto shared = std::make_shared<const broadcast_options>(std::move(to));
    const auto deliver = [this, packet = std::move(packet), shared, only = std::move(only), worker,
                          at](unsigned here) {
        auto& mine = state_->places[here];
        if (only.empty())
            host_.deliver_here(*packet, *shared);
        else if (here == worker)
            host_.deliver_to(only, *packet, shared->flags);
        mine.delivered = at;
        std::erase_if(mine.recordings, [](const auto& each) { return each.expired(); });
        for (const auto& each : mine.recordings)
            if (const auto kept = each.lock()) kept->note(packet, *shared);
    };
    for (unsigned each = 1; each < host_.workers(); ++each)
        host_.post(each, [deliver, each] { deliver(each); });
    deliver(0);
}

void ordered_events::on_position(stream_id at) {
    const std::lock_guard hold(state_->lock);
    state_->read = at;
}

std::optional<stream_id> ordered_events::position() const {
    const auto& mine = state_->places[host_.here().value_or(0)];
    const std::lock_guard hold(state_->lock);
    const bool level = !state_->dispatched || mine.delivered == state_->dispatched;
    if (!level) return mine.delivered;
    return mine.delivered && state_->read ? std::max(*mine.delivered, *state_->read) : state_->read;
}

std::shared_ptr<ordered_events::recording> ordered_events::record(stored_session session) {
    auto made = std::make_shared<recording>(std::move(session));
    state_->places[host_.here().value_or(0)].recordings.push_back(made);
    return made;
}

}  // namespace kedge::cluster
