#include <kedge/sockjs/session.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include <kedge/sockjs/frames.hpp>

namespace kedge::sockjs {

namespace {

// What a message of the client's that waits takes beside its bytes.
constexpr std::size_t overhead = sizeof(std::string);
constexpr std::size_t handed_over_at_once = 1024;

}  // namespace

session::session(engine::loop& home, const options& terms, session_owner& owner,
                 std::atomic<std::size_t>& kept)
    : home_(home),
      terms_(terms),
      owner_(owner),
      kept_(kept),
      beat_(engine::timer::calls<&session::on_beat, session>(), this),
      absence_(engine::timer::calls<&session::on_absence, session>(), this),
      later_(engine::timer::calls<&session::on_later, session>(), this) {}

session::~session() {
    drop_waiting();
    drop_inbox();
    home_.forget(*this);
}

// ---- receivers

void session::attach(receiver& who) {
    if (receiver_ || state_ == state::over || !lost_.empty()) return turn_away(who);
    receiver_ = &who;
    absence_.disarm();
    if (!quiet_) home_.timers().arm(beat_, engine::later(home_.now(), terms_.heartbeat_delay));
    if (state_ == state::fresh) {
        state_ = state::open;
        deliver(open_frame);
    }
    flush();
}

void session::turn_away(receiver& who) {
    who.send(close_frame(2010, "Another connection still open"));
    who.end();
}

void session::lose(receiver& who, std::string_view why) {
    if (receiver_ != &who) return;
    receiver_ = nullptr;
    if (inbox_.empty() || state_ != state::open) return drop(1006, why);
    beat_.disarm();
    lost_ = why;  // what it sent before is heard first
}

void session::release() {
    receiver* const gone = std::exchange(receiver_, nullptr);
    beat_.disarm();
    if (!gone) return;
    const bool was_connection = gone->is_connection();
    gone->end();
    if (was_connection) return finish();
    home_.timers().arm(absence_, engine::later(home_.now(), terms_.disconnect_delay));
}

void session::quiet() noexcept {
    quiet_ = true;
    beat_.disarm();
}

void session::on_beat(engine::time_point now) {
    home_.timers().arm(beat_, engine::later(now, terms_.heartbeat_delay));
    if (receiver_ && !receiver_->beat()) release();
}

void session::on_absence(engine::time_point) {
    tell_close(1006, "The client did not return in time");
    finish();
}

// ---- messages

void session::receive(std::vector<std::string> messages) {
    if (inbox_.empty()) {
        inbox_ = std::move(messages);
        hand_over();
        if (!inbox_.empty()) keep(read_);
    } else {
        const std::size_t before = inbox_.size();
        inbox_.insert(inbox_.end(), std::make_move_iterator(messages.begin()),
                      std::make_move_iterator(messages.end()));
        keep(before);
    }
}

/// The owner may end the session, which empties the inbox. What was handed over is let go of when it is most
/// of it, so that who always has more to say does not make it grow.
void session::hand_over() {
    std::size_t over = 0;
    for (std::size_t left = handed_over_at_once; left > 0 && read_ < inbox_.size(); --left) {
        const std::string message = std::move(inbox_[read_++]);
        over += message.size() + overhead;
        if (state_ == state::open) owner_.on_message(*this, message);
    }
    if (read_ == inbox_.size()) return empty_inbox();
    uncount(std::min(over, inbox_bytes_));
    if (read_ * 2 < inbox_.size()) return;
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(std::exchange(read_, 0)));
}

void session::empty_inbox() {
    drop_inbox();
    if (!lost_.empty()) drop(1006, std::exchange(lost_, {}));
}

/// Counts what waits from there on, and comes back to it.
void session::keep(std::size_t from) {
    if (state_ == state::over) return drop_inbox();
    std::size_t more = 0;
    for (std::size_t at = from; at < inbox_.size(); ++at) more += inbox_[at].size() + overhead;
    inbox_bytes_ += more;
    kept_.fetch_add(more, std::memory_order_relaxed);
    if (inbox_bytes_ > terms_.max_buffered_bytes ||
        kept_.load(std::memory_order_relaxed) > terms_.max_kept_bytes)
        return drop(1006, "too many messages at once");
    if (!later_.armed()) home_.timers().arm(later_, home_.now());
}

void session::uncount(std::size_t bytes) noexcept {
    inbox_bytes_ -= bytes;
    kept_.fetch_sub(bytes, std::memory_order_relaxed);
}

void session::on_later(engine::time_point) {
    hand_over();
    if (!inbox_.empty()) home_.timers().arm(later_, home_.now());
}

void session::drop_inbox() noexcept {
    later_.disarm();
    std::vector<std::string>().swap(inbox_);
    read_ = 0;
    uncount(inbox_bytes_);
}

void session::send(std::string_view message) {
    add([message](std::string& to) { append_message(to, message); });
}

void session::send_written(std::string_view written) {
    add([written](std::string& to) { to += written; });
}

template <class Append>
void session::add(Append&& append) {
    if (state_ != state::open && state_ != state::fresh) return;
    try {
        begin_message(waiting_);
        append(waiting_);
    } catch (...) {
        waiting_.resize(waiting_bytes_);
        throw;
    }
    const bool alone = waiting_bytes_ == 0;
    const std::size_t grown = waiting_.size() - waiting_bytes_;
    waiting_bytes_ += grown;
    const std::size_t kept = kept_.fetch_add(grown, std::memory_order_relaxed) + grown;
    if ((waiting_bytes_ > terms_.max_buffered_bytes && !alone) || kept > terms_.max_kept_bytes)
        return drop(1006, "too much unsent data");
    if (receiver_) home_.at_end_of_turn(*this);
}

void session::end_turn() {
    flush();
}

/// Gives the receiver what waits: all messages as one frame, then the close frame.
void session::flush() {
    if (receiver_ && !waiting_.empty()) {
        std::string frame = std::exchange(waiting_, {});
        drop_waiting();
        end_messages(frame);
        deliver(frame);
        owner_.on_flushed(*this);
    }
    if (!receiver_ || state_ != state::closing) return;
    receiver_->send(farewell_);
    release();
}

void session::drop_waiting() noexcept {
    std::string().swap(waiting_);
    kept_.fetch_sub(std::exchange(waiting_bytes_, 0), std::memory_order_relaxed);
}

void session::deliver(std::string_view frame) {
    if (receiver_ && !receiver_->send(frame)) release();
}

// ---- the end

void session::close(std::uint16_t code, std::string_view reason) {
    if (state_ != state::open && state_ != state::fresh) return;
    state_ = state::closing;
    farewell_ = close_frame(code, reason);
    tell_close(code, reason);
    if (receiver_) {
        home_.at_end_of_turn(*this);
    } else if (!absence_.armed()) {
        home_.timers().arm(absence_, engine::later(home_.now(), terms_.disconnect_delay));
    }
}

void session::drop(std::uint16_t code, std::string_view reason) {
    if (state_ == state::over) return;
    tell_close(code, reason);
    finish();
}

void session::tell_close(std::uint16_t code, std::string_view reason) {
    if (state_ == state::open || state_ == state::fresh) state_ = state::closing;
    if (!std::exchange(told_, true)) owner_.on_close(*this, code, reason);
}

void session::finish() {
    if (std::exchange(state_, state::over) == state::over) return;
    beat_.disarm();
    absence_.disarm();
    home_.forget(*this);
    drop_waiting();
    drop_inbox();
    if (receiver* const gone = std::exchange(receiver_, nullptr)) gone->end();
    owner_.on_over(*this);
}

}  // namespace kedge::sockjs
