#include <kedge/sockjs/session.hpp>

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
    if (receiver_ || state_ == state::over) return turn_away(who);
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
    drop(1006, why);
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
    if (!inbox_.empty()) {
        inbox_.insert(inbox_.end(), std::make_move_iterator(messages.begin()),
                      std::make_move_iterator(messages.end()));
        return keep_rest();
    }
    inbox_ = std::move(messages);
    hand_over();
    keep_rest();
}

/// The owner may end the session, which empties the inbox.
void session::hand_over() {
    for (std::size_t left = handed_over_at_once; left > 0 && read_ < inbox_.size(); --left) {
        const std::string message = std::move(inbox_[read_++]);
        if (state_ == state::open) owner_.on_message(*this, message);
    }
    if (read_ == inbox_.size()) drop_inbox();
}

/// Counts what is in the inbox, and comes back to it.
void session::keep_rest() {
    if (inbox_.empty() || state_ == state::over) return drop_inbox();
    std::size_t size = 0;
    for (std::size_t at = read_; at < inbox_.size(); ++at) size += inbox_[at].size() + overhead;
    kept_.fetch_add(size - std::exchange(inbox_bytes_, size), std::memory_order_relaxed);
    if (size > terms_.max_buffered_bytes || kept_.load(std::memory_order_relaxed) > terms_.max_kept_bytes)
        return drop(1006, "too many messages at once");
    if (!later_.armed()) home_.timers().arm(later_, home_.now());
}

void session::on_later(engine::time_point) {
    hand_over();
    if (!inbox_.empty()) home_.timers().arm(later_, home_.now());
}

void session::drop_inbox() noexcept {
    later_.disarm();
    std::vector<std::string>().swap(inbox_);
    read_ = 0;
    kept_.fetch_sub(std::exchange(inbox_bytes_, 0), std::memory_order_relaxed);
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
