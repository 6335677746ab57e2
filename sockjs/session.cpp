#include <kedge/sockjs/session.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <kedge/sockjs/frames.hpp>

namespace kedge::sockjs {

namespace {

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

void session::receive(message_queue messages) {
    const bool waits = !inbox_.empty();
    inbox_.append(std::move(messages));
    if (!waits) hand_over();
    if (!inbox_.empty()) keep();
}

/// The owner may end the session, which empties the inbox.
void session::hand_over() {
    for (std::size_t left = handed_over_at_once; left > 0 && !inbox_.empty(); --left) {
        const std::string message = inbox_.pop();
        if (state_ == state::open) owner_.on_message(*this, message);
    }
    if (inbox_.empty()) empty_inbox();
}

void session::empty_inbox() {
    drop_inbox();
    if (!lost_.empty()) drop(1006, std::exchange(lost_, {}));
}

/// Counts what waits, and comes back to it.
void session::keep() {
    if (state_ == state::over) return drop_inbox();
    count_inbox();
    if (inbox_bytes_ > terms_.max_buffered_bytes ||
        kept_.load(std::memory_order_relaxed) > terms_.max_kept_bytes)
        return drop(1006, "too many messages at once");
    if (!later_.armed()) home_.timers().arm(later_, home_.now());
}

void session::count_inbox() noexcept {
    const std::size_t now = inbox_.weight();
    kept_.fetch_add(now - inbox_bytes_, std::memory_order_relaxed);  // wraps around where it shrinks
    inbox_bytes_ = now;
}

void session::on_later(engine::time_point) {
    hand_over();
    count_inbox();
    if (!inbox_.empty()) home_.timers().arm(later_, home_.now());
}

void session::drop_inbox() noexcept {
    later_.disarm();
    inbox_.clear();
    count_inbox();
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
