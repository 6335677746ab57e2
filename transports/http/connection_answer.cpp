// The answers of a connection, and what follows them.
#include <algorithm>
#include <chrono>
#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/peer_greeting.hpp>
#include <kedge/transports/http/ticket.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {

namespace {

// Unsent bytes of earlier answers above which the next request of a pipeline, or the next piece of a file,
// waits.
constexpr std::size_t flood_mark = 128 * 1024;
constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

void connection::answer(int status, std::string_view body) {
    if (phase_ == phase::gone || answered_) return;
    begin_answer();
    keep_alive_ = append_response(stream_->output(), status, headers_, body, terms());
    end_answer();
}

void connection::answer_plainly(std::string_view lines, std::string_view body) {
    if (phase_ == phase::gone || answered_) return;
    begin_answer();
    keep_alive_ = append_plain_response(stream_->output(), lines, body, terms());
    end_answer();
}

void connection::answer(int status, std::uint64_t length, body_source source) {
    if (phase_ == phase::gone || answered_) return;
    begin_answer();
    const response_terms how = terms();
    keep_alive_ = append_response_head(stream_->output(), status, headers_, length, how);
    if (length > 0 && !how.to_head && may_have_body(status)) {
        pulled_ = std::make_unique<pulled>(pulled{std::move(source), length});
        pump();
        if (phase_ == phase::gone) return;
    }
    end_answer();
}

void connection::refuse_upgrade(int status, std::string_view text, const header_list& more) {
    if (phase_ == phase::gone) return;
    append_upgrade_refusal(stream_->output(), status, text, more);
    hang_up();
}

void connection::hang_up() {
    if (phase_ == phase::gone) return;
    stream_->close();
    depart();
}

void connection::cut() noexcept {
    if (phase_ == phase::gone) return;
    stream_->abort();
    depart();
}

response_terms connection::terms() {
    return {.minor_version = request_->minor_version(),
            .to_head = request_->method() == "HEAD",
            .keep_alive = keep_alive_,
            .keep_alive_timeout =
                std::chrono::duration_cast<std::chrono::seconds>(home_.options().keep_alive_timeout),
            .date = home_.date()};
}

void connection::begin_answer() {
    resume_body();
    answered_ = true;
    responder_ = nullptr;
    if (ticket_) std::exchange(ticket_, nullptr)->detach();
    // What follows an upgrade request, or a body that was not asked for yet, cannot be told from a next
    // request.
    if (request_->upgrade()) keep_alive_ = false;
    if (expects_continue_ && phase_ == phase::held && framing_ != body_framing::none) keep_alive_ = false;
}

void connection::end_answer() {
    if (phase_ == phase::answer) return finish();
    begin_body();
    if (framing_ != body_framing::none) arm(home_.options().drain_timeout);
}

/// Writes of a long body what the kernel may take soon.
void connection::pump() {
    while (pulled_ && !flooded()) {
        std::string& out = stream_->output();
        const std::size_t before = out.size();
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(pulled_->left, piece_size));
        out.resize(before + wanted);
        std::size_t got = 0;
        home_.home().guarded([&] { got = pulled_->source({out.data() + before, wanted}); });
        got = std::min(got, wanted);
        out.resize(before + got);
        if (got == 0) return cut();
        pulled_->left -= got;
        if (pulled_->left == 0) pulled_.reset();
    }
    if (!pulled_) return;
    stream_->want_drain();
    arm(home_.options().request_timeout);
}

/// The request is here and its answer is written.
void connection::finish() {
    if (streamed_) return watch_if_unsent();
    if (pulled_) return;
    if (!keep_alive_) return hang_up();
    if (flooded()) {
        phase_ = phase::flush;
        stream_->want_drain();
        return arm(home_.options().request_timeout);
    }
    next_request();
}

void connection::on_drain() {
    if (phase_ == phase::gone) return;
    if (streamed_) return on_stream_drained();
    if (pulled_) {
        pump();
        if (phase_ == phase::answer && !pulled_) finish();
    } else if (phase_ == phase::flush) {
        next_request();
    }
}

void connection::next_request() {
    request_.reset();
    headers_.clear();
    brought_.reset();
    answered_ = false;
    if (ending_) return hang_up();
    if (stream_->peer()) return peer_greeting::begin(home_, release());
    phase_ = phase::head;
    arm(home_.options().keep_alive_timeout);
    if (rest_.under_way()) return;
    if (input_.size() > input_used_) return home_.home().at_end_of_turn(*this);
    settle();
}

bool connection::flooded() const noexcept {
    return stream_->unsent() > flood_mark;
}

}  // namespace kedge::transports
