#include <kedge/sockjs/session.hpp>

#include <utility>

#include <kedge/sockjs/frames.hpp>

namespace kedge::sockjs {

namespace {

// What a message that waits takes beside its bytes.
constexpr std::size_t overhead = sizeof(std::string) + 16;

}  // namespace

session::session(engine::loop& home, const options& terms, session_owner& owner,
                 std::atomic<std::size_t>& kept)
    : home_(home),
      terms_(terms),
      owner_(owner),
      kept_(kept),
      beat_(engine::timer::calls<&session::on_beat, session>(), this),
      absence_(engine::timer::calls<&session::on_absence, session>(), this) {}

session::~session() {
    drop_waiting();
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

void session::receive(std::string_view message) {
    if (state_ == state::open) owner_.on_message(*this, message);
}

void session::send(std::string_view message) {
    std::string written;
    written.reserve(message.size() + 2);
    append_message(written, message);
    send_written(std::move(written));
}

void session::send_written(std::string written) {
    if (state_ != state::open && state_ != state::fresh) return;
    const std::size_t size = written.size() + overhead;
    waiting_bytes_ += size;
    const std::size_t kept = kept_.fetch_add(size, std::memory_order_relaxed) + size;
    waiting_.push_back(std::move(written));
    if ((waiting_bytes_ > terms_.max_buffered_bytes && waiting_.size() > 1) || kept > terms_.max_kept_bytes)
        return drop(1006, "too much unsent data");
    if (receiver_) home_.at_end_of_turn(*this);
}

void session::end_turn() {
    flush();
}

/// Gives the receiver what waits: all messages as one frame, then the close frame.
void session::flush() {
    if (receiver_ && !waiting_.empty()) {
        const std::string frame = messages_frame(waiting_);
        drop_waiting();
        deliver(frame);
        owner_.on_flushed(*this);
    }
    if (!receiver_ || state_ != state::closing) return;
    receiver_->send(farewell_);
    release();
}

void session::drop_waiting() noexcept {
    waiting_.clear();
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
    if (receiver* const gone = std::exchange(receiver_, nullptr)) gone->end();
    owner_.on_over(*this);
}

}  // namespace kedge::sockjs
