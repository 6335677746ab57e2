#include <kedge/cluster/adapters/shared_order.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <utility>

namespace kedge::cluster {

namespace {

// Rooms that nobody has: other implementations drop what is for them by the channel's name.
constexpr std::string_view mark_room = "kedge:mark:";
constexpr std::string_view token_room = "kedge:token:";

constexpr std::size_t longest_name = 64;  // of a mark: clients are told it with each event

bool is_mark(std::string_view room) noexcept {
    return room.starts_with(mark_room) && room.size() <= mark_room.size() + longest_name;
}

constexpr engine::duration heard_within{1500};  // when Redis hangs; else what was published comes at once
constexpr std::size_t bytes_at_once = std::size_t{256} * 1024;

}  // namespace

/// What another node is asked for.
struct shared_order::fetching {
    std::string from;
    verdict then;
    std::string whom{};   // has it
    std::string until{};  // where begins what is here
    std::string next{};   // how far it has come
    pieces found{};
    std::size_t bytes = 0;
};

/// What a session has missed, on its way out of the log.
struct shared_order::reading {
    std::shared_ptr<ordered_events::recording> who;
    stream_id from;
    stream_id until;
    std::vector<packet_ptr>& to;
    verdict then;
};

shared_order::shared_order(adapter_host& host, const classic_form& form, ordered_events& events,
                           const recovery_options& limits, hooks to)
    : host_(host),
      form_(form),
      events_(events),
      most_bytes_(limits.max_stored_bytes),
      hooks_(std::move(to)),
      log_(limits),
      own_tokens_(hooks_.new_name() + ':'),
      late_(engine::timer::calls<&shared_order::on_time, shared_order>(), this) {}

// --- What is heard

void shared_order::on_listening() {
    begin_gap();
    log_.forget();
    events_.lose_place();
    tell_returned(false);
    mark();
}

void shared_order::mark() {
    hooks_.signal(std::string(mark_room) + hooks_.new_name());
    mark_due_ = host_.loop().now() + heard_within;
    wait_on();
}

void shared_order::on_broadcast(std::string_view room, std::string_view message) {
    const auto now = host_.loop().now();
    if (is_mark(room)) return on_mark(room.substr(mark_room.size()));
    make_room(message.size());
    const auto at = log_.on_message(message, now);
    if (room.starts_with(token_room))
        on_token(room.substr(token_room.size()));
    else if (!gap_ || (!at && !hold(message)))
        deliver(room, message, at);
    if (at && !gap_) events_.on_position(*at);
}

void shared_order::on_mark(std::string_view name) {
    const bool first = !log_.last();
    mark_due_.reset();
    make_room(0);
    log_.on_mark(name, host_.loop().now());
    if (!gap_) events_.on_position(*log_.last());
    if (first && !waiters_.empty()) send_token();  // those before may not have been heard
    if (first && gap_) on_first_mark();
    wait_on();
}

bool shared_order::read(std::string_view message, node_message& to) {
    return reader_.read(message) && form_.read_broadcast(reader_.root(), to);
}

void shared_order::deliver(std::string_view room, std::string_view message, std::optional<stream_id> at) {
    const bool own = form_.is_own(message);
    const bool noted = at && returning_ > 0;
    if (!own && !noted && !room.empty() && !host_.has_room(room)) return;
    node_message said;
    if (!read(message, said)) return hooks_.on_nonsense();
    if (own) {
        if (said.ticket != 0) at ? events_.on_own(said.ticket, *at) : events_.on_own_unplaced(said.ticket);
        return;
    }
    if (gap_ && said.options.flags.is_volatile) return;  // it is late
    if (!at || said.options.flags.is_volatile) return hooks_.on_unplaced(said);
    if (is_reserved_event(said.data[0].as_string())) return hooks_.on_nonsense();
    events_.on_others(event_data(said.data), said.options, *at, {said.uid, said.ticket});
}

// --- Tokens: who hears his own has heard all that was published before

void shared_order::when_all_is_heard(verdict then) {
    waiters_.push_back({++last_token_, host_.loop().now() + heard_within, std::move(then)});
    wait_on();
    if (log_.last()) send_token();
}

void shared_order::send_token() {
    hooks_.signal(std::string(token_room) + own_tokens_ + std::to_string(last_token_));
}

void shared_order::on_token(std::string_view text) {
    if (!text.starts_with(own_tokens_)) return;
    text.remove_prefix(own_tokens_.size());
    std::uint64_t token = 0;
    std::from_chars(text.data(), text.data() + text.size(), token);
    while (!waiters_.empty() && waiters_.front().token <= token) {
        auto then = std::move(waiters_.front().then);
        waiters_.pop_front();
        then(true);
    }
    wait_on();
}

void shared_order::on_time(engine::time_point now) {
    while (!waiters_.empty() && waiters_.front().until <= now) {
        auto then = std::move(waiters_.front().then);
        waiters_.pop_front();
        then(false);
    }
    if (mark_due_ && *mark_due_ <= now) return mark();
    wait_on();
}

void shared_order::end() {
    ended_ = true;
    mark_due_.reset();
    for (auto& each : std::exchange(waiters_, {})) each.then(false);
    tell_returned(false);
    wait_on();
}

void shared_order::wait_on() {
    auto next = mark_due_;
    if (!waiters_.empty()) next = next ? std::min(*next, waiters_.front().until) : waiters_.front().until;
    next ? host_.loop().timers().arm(late_, *next) : late_.disarm();
}

// --- What is kept

/// Not before all that is heard is delivered: where this node is could not be told.
void shared_order::when_kept(const std::string& from, verdict then) {
    look_for(from, [this, from, then = std::move(then)](bool kept) mutable {
        if (!kept || !gap_ || ended_) return then(kept);
        returned_.push_back({from, std::move(then)});
    });
}

void shared_order::look_for(const std::string& from, verdict then) {
    if (log_.find(from)) return then(true);
    if (ended_) return then(false);
    when_all_is_heard([this, from, then = std::move(then)](bool heard) mutable {
        if (log_.find(from)) return then(true);
        if (!heard || !log_.begin()) return then(false);
        fetching_.push_back(std::make_shared<fetching>(fetching{from, std::move(then)}));
        if (fetching_.size() == 1) fetch_next();
    });
}

std::string shared_order::later_of(const std::string& one, const std::string& other) const {
    const auto place = log_.find(one);
    const auto against = log_.find(other);
    return place && against && *place < *against ? other : one;
}

/// One after the other: what was got for one may be what the next lacks.
void shared_order::fetch_next() {
    while (!fetching_.empty()) {
        const auto next = fetching_.front();
        if (!ended_ && !log_.find(next->from) && log_.begin()) {
            next->until = log_.name_of(*log_.begin());
            next->next = next->from;
            return fetch(next);
        }
        fetching_.pop_front();
        next->then(log_.find(next->from).has_value());
    }
}

void shared_order::fetch(std::shared_ptr<fetching> what) {
    const auto& which = *what;
    hooks_.look_back(which.whom, which.next, which.until,
                     [this, what](std::optional<pieces> more, const std::string& whom) {
                         on_fetched(what, std::move(more), whom);
                     });
}

void shared_order::on_fetched(std::shared_ptr<fetching> what, std::optional<pieces> more,
                              const std::string& whom) {
    what->whom = whom;
    if (more && !more->empty()) {
        what->next = heard_log::name_behind(what->next, *more);
        for (const auto& each : *more) what->bytes += each.text.size();
        std::move(more->begin(), more->end(), std::back_inserter(what->found));
        const bool all = what->next == what->until;
        if (!all && !ended_ && what->bytes <= most_bytes_) return fetch(std::move(what));
        if (all) log_.prepend(what->from, std::move(what->found), host_.loop().now());
    }
    fetching_.pop_front();
    what->then(log_.find(what->from).has_value());
    fetch_next();
}

std::optional<shared_order::pieces> shared_order::look_back(std::string_view from,
                                                            std::string_view until) const {
    return log_.copy(from, until, bytes_at_once);
}

void shared_order::collect(std::shared_ptr<ordered_events::recording> who, stream_id until,
                           std::vector<packet_ptr>& to, verdict then) {
    const auto from = log_.find(who->session().from);
    if (!from) return then(false);
    read_on(std::make_shared<reading>(reading{std::move(who), *from, until, to, std::move(then)}));
}

/// Some of it in each turn: others wait.
void shared_order::read_on(std::shared_ptr<reading> what) {
    if (what->from >= what->until) return what->then(true);
    if (!log_.begin() || what->from < *log_.begin()) return what->then(false);
    what->from =
        log_.each(what->from, what->until, most_in_a_turn, [&](stream_id at, std::string_view message) {
            node_message said;
            if (!read(message, said) || said.options.flags.is_volatile || !what->who->concerns(said.options))
                return;
            if (is_reserved_event(said.data[0].as_string())) return;
            if (what->who->has({said.uid, said.ticket})) return;
            what->to.push_back(host_.make_event(event_data(said.data), said.options.flags, log_.name_of(at)));
        });
    host_.post(*host_.here(), [this, what = std::move(what)]() mutable { read_on(std::move(what)); });
}

}  // namespace kedge::cluster
