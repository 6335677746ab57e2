#include <kedge/cluster/adapters/shared_order.hpp>

#include <iterator>
#include <utility>

// What was not heard while the connection was lost, for who stayed.

namespace kedge::cluster {

namespace {

constexpr std::size_t all_at_once = static_cast<std::size_t>(-1);
constexpr std::size_t most_orders = 4096;  // that wait in a gap

}  // namespace

/// What was not delivered when there is a further gap is behind the first one still; what was heard of it is
/// kept, and what others wanted done comes behind all that.
void shared_order::begin_gap() {
    if (gap_ && !hold_logged()) on_gap_closed(all_at_once);
    if (gap_) {
        auto next = std::make_shared<gap>(gap{std::move(gap_->from), std::move(gap_->early), gap_->bytes});
        next->orders = std::move(gap_->orders);
        for (auto& each : next->orders) each.behind.reset();
        gap_ = std::move(next);
    } else if (log_.last()) {
        gap_ = std::make_shared<gap>(gap{log_.name_of(*log_.last())});
    }
}

void shared_order::in_order(engine::task what) {
    if (gap_ && gap_->orders.size() >= most_orders) on_gap_closed(all_at_once);
    if (!gap_) return what();
    gap_->orders.push_back({log_.last(), std::move(what)});
}

/// What was to be done before the mark comes behind what was heard before it, which has no places here.
void shared_order::on_first_mark() {
    for (auto& each : gap_->orders) each.behind = each.behind ? each.behind : log_.last();
    close_gap();
}

/// Does what comes before a place.
void shared_order::do_orders(gap& of, stream_id before) {
    while (!of.orders.empty() && of.orders.front().behind < before) {
        auto next = std::move(of.orders.front());
        of.orders.pop_front();
        next.what();
    }
}

/// What comes before there are places is kept for the case that nobody knows the gap. When it is too much,
/// nobody is waited for any more: false.
bool shared_order::hold(std::string_view message) {
    if (gap_->bytes + message.size() <= most_bytes_) {
        gap_->bytes += message.size();
        gap_->early.emplace_back(message);
        return true;
    }
    on_gap_closed(all_at_once);
    return false;
}

/// The same of what has a place, and has not been delivered; false when it is too much.
bool shared_order::hold_logged() {
    if (!log_.last()) return true;
    std::vector<std::string> more;
    std::size_t bytes = gap_->bytes;
    const auto from = log_.find(gap_->from).value_or(*log_.begin());
    log_.each(from, *log_.last(), all_at_once, [&](stream_id, std::string_view message) {
        if (message.empty() || (bytes += message.size()) > most_bytes_) return;
        more.emplace_back(message);
    });
    if (bytes > most_bytes_) return false;
    gap_->bytes = bytes;
    std::move(more.begin(), more.end(), std::back_inserter(gap_->early));
    return true;
}

/// What waits in the log would be lost where that is full.
void shared_order::make_room(std::size_t bytes) {
    if (gap_ && log_.is_full(bytes, host_.loop().now())) on_gap_closed(all_at_once);
}

void shared_order::close_gap() {
    look_for(gap_->from, [this, closing = gap_](bool whole) {
        if (closing != gap_) return;
        if (!whole && !ended_) return doubt_gap();
        if (whole) host_.log(log_level::info, "what was published meanwhile came from another server");
        on_gap_closed(most_in_a_turn);
    });
}

/// A further cut may have swallowed the question before it is known here. Who hears his own token was not cut
/// off since; only then a no counts, and only the second one: the first question may be lost still.
void shared_order::doubt_gap() {
    when_all_is_heard([this, closing = gap_](bool heard) {
        if (closing != gap_) return;
        if (!heard) tell_returned(false);
        if (ended_ || (heard && closing->denied++ > 0)) return on_gap_closed(most_in_a_turn);
        close_gap();
    });
}

/// What lies behind its beginning is here, or never will be.
void shared_order::on_gap_closed(std::size_t at_once) {
    const auto closing = gap_;
    const auto from = log_.find(closing->from);
    const auto early = std::exchange(closing->early, {});
    if (!from) {
        for (const auto& each : early) deliver({}, each, std::nullopt);
    }
    const auto first = from ? from : log_.begin();
    first ? deliver_on(*first, at_once) : end_gap();
}

/// So much of it in each turn, with what is heard meanwhile at its end.
void shared_order::deliver_on(stream_id from, std::size_t at_once) {
    const auto closing = gap_;
    const auto read =
        log_.each(from, *log_.last(), at_once, [this, &closing](stream_id at, std::string_view message) {
            do_orders(*closing, at);
            if (!message.empty()) deliver({}, message, at);
        });
    if (read == *log_.last()) return end_gap();
    gap_->from = log_.name_of(read);
    host_.post(*host_.here(), [this, read, closing] {
        if (closing == gap_) deliver_on(read, most_in_a_turn);
    });
}

void shared_order::end_gap() {
    const auto over = std::exchange(gap_, nullptr);
    for (auto& each : over->orders) each.what();
    if (log_.last()) events_.on_position(*log_.last());
    tell_returned(true);
}

void shared_order::tell_returned(bool kept) {
    for (auto& each : std::exchange(returned_, {})) each.then(kept && log_.find(each.from));
}

}  // namespace kedge::cluster
