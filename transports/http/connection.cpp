#include <kedge/transports/http/connection.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/responder.hpp>
#include <kedge/transports/http/ticket.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {

namespace {

// Of what a client sends behind a request whose answer is streamed.
constexpr std::size_t read_ahead_limit = 16 * 1024;
// Of one client that does not wait for answers.
constexpr unsigned requests_per_turn = 64;

}  // namespace

connection::connection(http_share& home, detached_stream&& from, std::unique_ptr<passage> brought,
                       http_front* only)
    : home_(home),
      only_(only),
      number_(home.number_connection()),
      parser_(home.options().max_header_size),
      brought_(std::move(brought)),
      timer_(engine::timer::calls<&connection::on_deadline, connection>(), this) {
    stream_ = make_stream(home.home(), std::move(from), *this);
    arm(home_.options().first_byte_timeout);
}

connection::~connection() {
    if (phase_ == phase::gone) return;  // it waited for the end of the turn, for which its share may not have
    home_.home().forget(*this);
    if (ticket_) ticket_->detach();
    tell_writer();
}

void connection::begin(http_share& home, detached_stream&& from, std::unique_ptr<passage> brought,
                       http_front* only) {
    if (home.ending()) return;
    home.admit(std::make_unique<connection>(home, std::move(from), std::move(brought), only));
}

void connection::post(http_share& home, detached_stream from, std::unique_ptr<passage> brought) {
    home.home().post([&home, from = std::move(from), brought = std::move(brought)]() mutable {
        begin(home, std::move(from), std::move(brought));
    });
}

// ---- what arrives

void connection::on_bytes(std::span<char> bytes) {
    if (phase_ == phase::gone) return;
    if (!reads() || input_.size() > input_used_) {
        input_.append(bytes.data(), bytes.size());
        if (reads()) return work_off();
        return settle();
    }
    const std::size_t used = work(bytes);
    if (phase_ == phase::gone || used == bytes.size()) return;
    if (reads()) return stream_->put_back(bytes.subspan(used));  // for the next turn
    input_.assign(bytes.data() + used, bytes.size() - used);
    input_used_ = 0;
}

void connection::work_off() {
    std::string taken = std::exchange(input_, {});
    const std::size_t before = std::exchange(input_used_, 0);
    const std::size_t used = before + work(std::span(taken).subspan(before));
    if (phase_ == phase::gone || used == taken.size()) return;
    if (reads()) return stream_->put_back(std::span(taken).subspan(used));
    input_ = std::move(taken);
    input_used_ = used;
}

/// Returns how many of the bytes were used. Of many requests in a row some are left, or others would wait
/// long.
std::size_t connection::work(std::span<char> bytes) {
    std::size_t left = 0;
    {
        const engine::lent<std::span<char>>::loan lending(rest_, bytes);
        unsigned begun = 0;
        while (reads() && (eager_ || !rest_->empty()) && !home_.home().silent()) {
            if (between_requests() && begun++ > 0 && (begun > requests_per_turn || home_.home().late()))
                break;
            step();
        }
        left = rest_->size();
    }
    settle();
    return bytes.size() - left;
}

bool connection::between_requests() const noexcept {
    return phase_ == phase::head && parser_.idle();
}

void connection::step() {
    const bool between = between_requests();
    http_step got = parser_.feed(*rest_, stream_->from());
    if (between && !parser_.idle()) {  // empty lines begin nothing, and win no time
        begun_ = home_.home().now();
        arm(home_.options().headers_timeout);
    }
    *rest_ = rest_->subspan(got.consumed);
    eager_ = got.what == http_step::kind::body;
    switch (got.what) {
        case http_step::kind::need_more:
            break;
        case http_step::kind::head:
            on_head(*got.head);
            break;
        case http_step::kind::body:
            on_body_piece(got.body);
            break;
        case http_step::kind::complete:
            on_complete();
            break;
        case http_step::kind::refused:
            refuse(got.status, got.reason);
            break;
    }
}

void connection::on_head(request_head& head) {
    timer_.disarm();
    phase_ = phase::held;
    request_ = std::make_shared<const engine::request>(
        home_.options().trust_proxy.unveil(std::move(head.request), stream_->from()));
    if (home_.keeps_heads()) raw_head_ = head.raw.kept();
    framing_ = head.framing;
    content_length_ = head.content_length;
    expects_continue_ = head.expect_continue;
    keep_alive_ = head.keep_alive && !ending_;
    answered_ = wants_body_ = body_waits_ = false;
    drained_ = 0;
    home_.count().requests.add(1);
    attempt([](connection& at) {
        http_front* const whose = at.only_ ? at.only_ : at.home_.front_of(*at.request_);
        if (!whose) return at.answer(404);
        whose->admit(at);
    });
}

void connection::attempt(engine::unique_function<void(connection&)> what) {
    worker& at = home_.home();
    if (at.silent()) return;
    bool done = false;
    bool enough = at.within_memory([&] {
        what(*this);
        done = true;
    });
    if (done || phase_ == phase::gone) return;
    if (!answered_) enough = at.within_memory([this] { answer(500); });
    if (!enough) fail();  // what was begun of an answer has no end
}

void connection::on_body_piece(std::span<char> piece) {
    if (!answered_) {
        if (wants_body_ && responder_) responder_->on_body(*this, {piece.data(), piece.size()});
        return;
    }
    drained_ += piece.size();
    if (drained_ <= home_.options().drain_limit) return;
    tell("connection ended", "too much of a body that nobody wants");
    stream_->close();
    tell_gone();
    depart();
}

void connection::on_complete() {
    timer_.disarm();
    phase_ = phase::answer;
    if (answered_) return finish();
    if (wants_body_ && responder_) responder_->on_body_end(*this);
}

/// What came is not HTTP, or too much of it, or too late.
void connection::refuse(int status, std::string_view reason) {
    home_.count().bad_requests.add(1);
    tell("bad request", reason);
    if (!answered_) append_bare_refusal(stream_->output(), status);
    stream_->close();
    tell_gone();
    depart();
}

void connection::on_end() {
    if (phase_ == phase::gone) return;
    // Answers that are on their way may still be read by a peer that closed only its own direction.
    if (pulled_ && phase_ == phase::answer && !half_closed_) {
        half_closed_ = true;
        keep_alive_ = false;
        return stream_->want_drain();
    }
    if (answered_ || phase_ == phase::head) {
        stream_->close();
    } else {
        stream_->abort();
    }
    tell_gone();
    depart();
}

void connection::on_deadline(engine::time_point) {
    if (phase_ == phase::head && !parser_.in_head()) return end_idle();
    if (phase_ == phase::head || (phase_ == phase::body && !answered_)) {
        if (!home_.home().within_memory([this] { refuse(408, "too slow"); })) fail();
        return;
    }
    if (streamed_ && phase_ == phase::answer && !stalled()) return watch_backlog();
    home_.home().guarded([this] { tell("connection ended", "the answer was not taken in time"); });
    if (pulled_ || streamed_ || phase_ == phase::flush) {
        stream_->abort();
    } else {
        stream_->close();
    }
    tell_gone();
    depart();
}

void connection::arm(engine::duration after) {
    home_.home().timers().arm(timer_, engine::later(home_.home().now(), after));
}

/// Between two requests that is nothing to tell of; before the first one it is.
void connection::end_idle() {
    if (begun_ == engine::time_point{}) {
        home_.count().silent.add(1);
        home_.home().guarded([this] { tell("connection ended", "nothing came in time"); });
    }
    stream_->close();
    depart();
}

void connection::tell(std::string_view event, std::string_view reason) const {
    home_.log(log_level::info, event, {{"reason", reason}, {"address", stream_->from().address}});
}

// ---- who answers

void connection::await(responder& who) {
    responder_ = &who;
    wants_body_ = false;
    begin_body();
}

void connection::read_body(responder& who) {
    responder_ = &who;
    wants_body_ = true;
    begin_body();
}

void connection::hold(std::optional<engine::duration> limit) {
    if (limit) arm(*limit);
}

void connection::begin_body() {
    if (phase_ != phase::held) return;
    phase_ = phase::body;
    eager_ = true;
    std::string().swap(raw_head_);
    if (framing_ != body_framing::none && !answered_) {
        if (expects_continue_) stream_->write(continue_response);
        home_.home().timers().arm(timer_, engine::later(begun_, home_.options().request_timeout));
    }
    if (!rest_.under_way()) home_.home().at_end_of_turn(*this);
}

void connection::resume_body() {
    if (!body_waits_) return;
    body_waits_ = false;
    if (phase_ != phase::body) return;
    eager_ = true;
    if (!rest_.under_way()) home_.home().at_end_of_turn(*this);
}

/// Continues with what could not go on at once: input that was read ahead, the end of a request.
void connection::end_turn() {
    if (reads() && !home_.home().within_memory([this] { work_off(); })) fail();
}

/// While an answer is streamed, what comes is kept for later, so that the end of the peer is seen behind it.
bool connection::listens() const noexcept {
    return streamed_ && input_.size() - std::min(input_used_, input_.size()) < read_ahead_limit;
}

/// Reads exactly while something can be done with it.
void connection::settle() {
    if (phase_ == phase::gone) return;
    if (!reads() && !listens()) {
        stream_->pause();
    } else if (stream_->paused()) {
        stream_->resume();
    }
    count_arriving();
}

/// What has come of a request, until all of it is here.
void connection::count_arriving() {
    std::size_t held = input_.capacity() + parser_.held();
    if (phase_ == phase::body && responder_ && !answered_) held += responder_->held();
    if (held < engine::arrivals::least && !arriving_) return;
    if (!arriving_) {
        engine::arrival_owner& self = *this;
        arriving_ = std::make_unique<engine::arrival>(home_.home().arriving(), self);
    }
    arriving_->set(held);
}

void connection::on_cut() noexcept {
    if (phase_ == phase::gone) return;
    home_.home().guarded([this] { tell("connection ended", "too much arrives, and this took longest"); });
    fail();
}

// ---- leaving

std::string connection::unread() const {
    if (rest_.under_way()) return std::string(rest_->data(), rest_->size());
    return input_.substr(std::min(input_used_, input_.size()));
}

stream_ptr connection::leave() {
    stream_ptr taken = std::move(stream_);
    if (taken->paused()) taken->resume();
    parser_.leave();
    depart();
    return taken;
}

detached_stream connection::release(std::string_view before) {
    std::string all(before);
    all += unread();
    detached_stream taken = stream_->release(all);
    depart();
    return taken;
}

void connection::move_to(unsigned worker, std::unique_ptr<passage> with) {
    home_.count().moved.add(1);
    post(home_.of_worker(worker), release(raw_head_), std::move(with));
}

const std::shared_ptr<ticket>& connection::share() {
    if (!ticket_)
        ticket_ = std::make_shared<ticket>(*this, home_.way(), request_, home_.options().max_buffered_bytes);
    return ticket_;
}

void connection::tell_gone() noexcept {
    phase_ = phase::gone;
    if (responder* const who = std::exchange(responder_, nullptr))
        home_.home().guarded([this, who] { who->on_gone(*this); });
    home_.home().guarded([this] { tell_writer(); });
}

/// Memory ran out half way through something.
void connection::on_fault() noexcept {
    if (phase_ == phase::gone) return;
    tell_gone();
    depart();
}

void connection::fail() noexcept {
    if (phase_ == phase::gone) return;
    stream_->abort();
    on_fault();
}

/// The end of this connection: nothing is called on it any more, and the turn's end destroys it.
void connection::depart() noexcept {
    phase_ = phase::gone;
    abandon();
    streamed_.reset();
    arriving_.reset();
    timer_.disarm();
    home_.home().forget(*this);
    if (ticket_) std::exchange(ticket_, nullptr)->detach();
    home_.dismiss(*this);
}

void connection::wind_up() {
    if (phase_ == phase::gone) return;
    ending_ = true;
    keep_alive_ = false;
    if (phase_ == phase::head && !parser_.in_head() && input_.size() <= input_used_) hang_up();
}

}  // namespace kedge::transports
