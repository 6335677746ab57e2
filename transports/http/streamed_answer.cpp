#include <kedge/transports/http/streamed_answer.hpp>

#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::transports {

/// Calls f on the connection's thread, with this kept until then.
template <class F>
void streamed_answer::post(F f) {
    if (!way_->pass([self = shared_from_this(), f = std::move(f)]() mutable { f(*self); })) over_ = true;
}

// ---- from any thread

bool streamed_answer::write(std::string piece) {
    if (over()) return false;
    if (piece.empty()) return true;
    const std::size_t waiting = unsent();
    if (waiting > 0 && waiting + piece.size() > bytes_allowed_) {
        over_ = true;
        post([](streamed_answer& self) { self.lose(); });
        return false;
    }
    queued_ += piece.size();
    bool first = false;
    {
        const std::lock_guard guard(lock_);
        first = queue_.empty();
        queue_.push_back(std::move(piece));
    }
    if (first) post([](streamed_answer& self) { self.flush(); });
    return true;
}

void streamed_answer::end() {
    if (!over_.exchange(true)) post([](streamed_answer& self) { self.finish(); });
}

void streamed_answer::cut() {
    if (!over_.exchange(true)) post([](streamed_answer& self) { self.abort(); });
}

void streamed_answer::give_up() {
    over_ = true;
    post([](streamed_answer& self) { self.lose(); });
}

void streamed_answer::when_drained(std::function<void()> tell) {
    post([tell = std::move(tell)](streamed_answer& self) mutable {
        if (self.state_ <= state::under_way) self.drained_ = std::move(tell);
    });
}

void streamed_answer::when_gone(std::function<void()> tell) {
    post([tell = std::move(tell)](streamed_answer& self) mutable {
        if (self.state_ == state::gone) return self.tell(tell);
        if (self.state_ != state::ended) self.gone_ = std::move(tell);
    });
}

// ---- on the connection's thread

void streamed_answer::begin(connection& to, int status) {
    if (state_ != state::waiting) return to.cut();
    if (!to.begin_stream(status, *this)) return lose();
    state_ = state::under_way;
    to_ = &to;
    self_ = shared_from_this();
    flush();
    if (ends_early_) finish();
}

/// What was written, in its order, whoever wrote it.
void streamed_answer::flush() {
    if (state_ == state::waiting) return;  // begin() will
    std::vector<std::string> pieces;
    {
        const std::lock_guard guard(lock_);
        pieces.swap(queue_);
    }
    for (const std::string& each : pieces) {
        queued_ -= each.size();
        pass_on(each);
    }
}

void streamed_answer::pass_on(const std::string& piece) {
    if (!to_) return;
    if (!to_->write_piece(piece)) return lose();
    kept_ = to_->unsent();
    to_->want_drain();
}

void streamed_answer::on_drain(connection&) {
    kept_ = 0;
    if (const std::function<void()> drained = drained_) tell(drained);
}

void streamed_answer::on_gone(connection&) {
    to_ = nullptr;
    lose();
}

void streamed_answer::finish() {
    if (state_ == state::waiting) {
        ends_early_ = true;
    } else if (state_ == state::under_way) {
        flush();
        if (to_) to_->end_stream();
        leave(state::ended);
    }
}

void streamed_answer::abort() {
    if (to_) to_->cut();
    leave(state::ended);
}

/// Nobody reads it any more.
void streamed_answer::lose() {
    if (state_ == state::gone || state_ == state::ended) return;
    if (to_) to_->cut();
    const auto self = shared_from_this();
    const std::function<void()> last = std::move(gone_);
    leave(state::gone);
    if (last) tell(last);
}

/// The handlers may hold handles of this answer.
void streamed_answer::leave(state how) {
    const auto self = std::exchange(self_, nullptr);
    state_ = how;
    over_ = true;
    to_ = nullptr;
    kept_ = 0;
    const auto drained = std::exchange(drained_, nullptr);
    const auto gone = std::exchange(gone_, nullptr);
}

void streamed_answer::tell(const std::function<void()>& whom) {
    if (worker* const here = worker::current()) here->guarded(whom);
}

}  // namespace kedge::transports
