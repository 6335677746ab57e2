// The answers of a connection that are written piece by piece.
#include <algorithm>
#include <utility>

#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {

bool connection::begin_stream(int status, answer_writer& who) {
    if (phase_ == phase::gone || answered_) return false;
    begin_answer();
    const response_terms how = terms();
    const streamed_head told = append_streamed_head(stream_->output(), status, headers_, how);
    keep_alive_ = told.keep_alive;
    if (how.to_head || !may_have_body(status)) {
        end_answer();
        return false;
    }
    streamed_ = std::make_unique<streamed>();
    streamed_->writer = &who;
    streamed_->chunked = told.framing == streamed_framing::chunked;
    end_answer();
    if (!rest_.under_way()) settle();
    return true;
}

void connection::begin_raw(answer_writer& who) {
    if (phase_ == phase::gone || answered_) return;
    begin_answer();
    streamed_ = std::make_unique<streamed>(streamed{.writer = &who, .chunked = false});
    end_answer();
    if (!rest_.under_way()) settle();
}

bool connection::write_piece(std::string_view piece) {
    if (!streamed_) return false;
    if (piece.empty()) return true;
    const std::size_t waiting = unsent();
    if (waiting > 0 && waiting + piece.size() > home_.options().max_buffered_bytes) {
        tell("connection ended", "too much unsent data");
        cut();
        return false;
    }
    if (streamed_->chunked) {
        append_chunk(stream_->output(), piece);
    } else {
        stream_->write(piece);
    }
    streamed_->written += piece.size();
    watch_if_unsent();
    return true;
}

void connection::end_stream() {
    if (!streamed_) return;
    if (streamed_->chunked) append_last_chunk(stream_->output());
    if (streamed_->watched) timer_.disarm();
    streamed_.reset();
    if (phase_ == phase::answer) finish();
}

void connection::want_drain() {
    if (!streamed_) return;
    streamed_->drain_wanted = true;
    stream_->want_drain();
}

void connection::on_stream_drained() {
    if (std::exchange(streamed_->watched, false)) timer_.disarm();
    if (!std::exchange(streamed_->drain_wanted, false)) return;
    if (answer_writer* const who = streamed_->writer) who->on_drain(*this);
}

/// Whether the kernel takes what waits is known when the turn ends. While the rest of a body is waited for,
/// the timer is taken.
void connection::watch_if_unsent() {
    if (phase_ == phase::answer && unsent() > 0 && !streamed_->watched) watch_backlog();
}

/// A client may be slow, but not stand still.
void connection::watch_backlog() {
    streamed_->watched = true;
    streamed_->seen_taken = taken();
    stream_->want_drain();
    arm(home_.options().request_timeout);
}

bool connection::stalled() const noexcept {
    return taken() == streamed_->seen_taken;
}

std::uint64_t connection::taken() const noexcept {
    return streamed_->written - std::min<std::uint64_t>(streamed_->written, unsent());
}

void connection::abandon() noexcept {
    responder_ = nullptr;
    if (streamed_) streamed_->writer = nullptr;
}

/// The client is gone before its answer ended.
void connection::tell_writer() {
    if (!streamed_) return;
    if (answer_writer* const who = std::exchange(streamed_->writer, nullptr)) who->on_gone(*this);
}

}  // namespace kedge::transports
