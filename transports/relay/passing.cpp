#include <kedge/transports/relay/passing.hpp>

#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/relay/relay_core.hpp>
#include <kedge/transports/relay/splice.hpp>
#include <kedge/transports/relay/unread.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t longest_head = std::size_t{64} * 1024;  // of an answer

bool only_asks(const connection& at) {
    const auto& method = at.request()->method();
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_poll(const connection& at) {
    const auto& method = at.request()->method();
    return (method == "GET" || method == "HEAD") && !at.upgrade_wanted();
}

}  // namespace

passing::passing(relay_core& of, connection& at, std::uint8_t node, std::string_view sid)
    : relay_(of),
      at_(&at),
      node_(node),
      sid_(sid),
      framing_(at.framing()),
      harmless_(only_asks(at)),
      waits_long_(is_poll(at)),
      dialer_(of.home().home()),
      answer_(at.request()->method() == "HEAD" ? asked_by::head : asked_by::other),
      timer_(engine::timer::calls<&passing::on_silence, passing>(), this) {}

// The share goes, and its connections after it.
passing::~passing() {
    if (at_) at_->cut();
}

void passing::begin() {
    request_ = at_->raw_head();
    framing_ == body_framing::none ? at_->await(*this) : at_->read_body(*this);
    sent_ = framing_ == body_framing::none;
    peer_ = relay_.pool().take(node_);
    if (!peer_.stream) return dial();
    used_ = true;
    peer_.stream->owner(*this);
    introduce();
}

void passing::dial() {
    worker& clock = relay_.home().home();
    clock.timers().arm(timer_, engine::later(clock.now(), reached_within));
    dialer_.dial(*relay_.address_of(node_),
                 [this](detached_stream made, const std::string& why) { on_dialed(std::move(made), why); });
}

void passing::on_dialed(detached_stream made, const std::string& why) {
    if (gone_) return;
    timer_.disarm();
    if (made.descriptor < 0) {
        relay_.suspect(node_, why);
        return fail(why);
    }
    if (const auto& tls = relay_.terms().tls) tls->start(made, relay_.address_of(node_)->host);
    peer_.descriptor = made.descriptor;
    peer_.stream = make_stream(relay_.home().home(), std::move(made), *this);
    relay_.name(peer_);
    introduce();
}

/// Says whose request this is, and what is here of it.
void passing::introduce() {
    peer_claim claim;
    claim.from = at_->from();
    claim.time = claim_time();
    claim.nonce = peer_.nonce;
    claim.count = peer_.count++;
    claim.sid = sid_;
    if (used_) taken_ = bytes_taken(peer_.descriptor);
    keep(request_);
    append_peer_header(peer_.stream->output(), claim, relay_.terms().secret);
    peer_.stream->write(std::exchange(request_, {}));
    at_->resume_body();
    if (sent_) await_answer();
}

// ---- the request

void passing::on_body(connection&, std::string_view bytes) {
    std::string& out = peer_.stream ? peer_.stream->output() : request_;
    const std::size_t before = out.size();
    framing_ == body_framing::chunked ? append_chunk(out, bytes) : void(out.append(bytes));
    if (peer_.stream) keep(std::string_view(out).substr(before));
    hold_body_back();
}

void passing::keep(std::string_view sent) {
    if (!used_) return;
    used_ = again_.size() + sent.size() <= most_kept;
    used_ ? void(again_.append(sent)) : std::string().swap(again_);
}

/// The connection was closed before anything was answered on it.
bool passing::begin_again() {
    const auto unread = [&] {
        return taken_ && !peer_.stream->closed() && bytes_taken(peer_.descriptor) == taken_;
    };
    if (!used_ || !(harmless_ || unread())) return false;
    used_ = false;
    request_ = std::exchange(again_, {});
    peer_ = {};
    timer_.disarm();
    dial();
    return true;
}

void passing::hold_body_back() {
    const std::size_t waiting = peer_.stream ? peer_.stream->unsent() : request_.size();
    if (waiting <= splice::window) return;
    at_->pause_body();
    if (!peer_.stream) return;
    peer_.stream->want_drain();
    worker& clock = relay_.home().home();
    if (!timer_.armed()) clock.timers().arm(timer_, engine::later(clock.now(), answered_within));
}

void passing::on_drain() {
    if (gone_ || !at_ || sent_ || begun_) return;
    timer_.disarm();
    at_->resume_body();
}

void passing::on_body_end(connection&) {
    std::string& out = peer_.stream ? peer_.stream->output() : request_;
    const std::size_t before = out.size();
    if (framing_ == body_framing::chunked) append_last_chunk(out);
    if (peer_.stream) keep(std::string_view(out).substr(before));
    sent_ = true;
    if (peer_.stream) await_answer();
}

/// A poll may be left without an answer for long; a node that hangs is known by other requests.
void passing::await_answer() {
    timer_.disarm();
    if (waits_long_) return;
    worker& clock = relay_.home().home();
    clock.timers().arm(timer_, engine::later(clock.now(), answered_within));
}

void passing::on_gone(connection&) {
    at_ = nullptr;
    depart();
}

void passing::on_silence(engine::time_point) {
    const std::string_view why = peer_.stream ? "it did not answer in time" : "it was not reached in time";
    relay_.suspect(node_, why);
    fail(why);
}

// ---- the answer

void passing::on_bytes(std::span<char> bytes) {
    std::string_view left(bytes.data(), bytes.size());
    used_ = false;
    std::string().swap(again_);
    using kind = response_reader::step::kind;
    while (!gone_ && at_) {
        const auto got = answer_.feed(left);
        const std::string_view used = left.substr(0, got.used);
        left.remove_prefix(got.used);
        if (got.what == kind::failed) return fail("it said what is no answer");
        if (got.what == kind::interim) {
            held_.clear();
            if (left.empty()) return;
            continue;
        }
        pass_back(used);
        if (got.what == kind::complete && !gone_) on_answered(left);
        return;
    }
}

/// The head goes back as a whole: until it is here, this node may still refuse the request.
void passing::pass_back(std::string_view bytes) {
    if (!begun_) {
        held_.append(bytes);
        if (!answer_.head_complete()) {
            if (held_.size() > longest_head) fail("the head of its answer is too large");
            return;
        }
        timer_.disarm();
        relay_.vouch_for(node_);
        if (answer_.status() == 101) return;
        begun_ = true;
        at_->begin_raw(*this);
        bytes = held_;
    }
    if (!at_->write_piece(bytes)) {  // the client takes too little
        at_ = nullptr;
        return depart();
    }
    held_.clear();
    if (!at_ || at_->unsent() <= splice::window) return;
    peer_.stream->pause();
    at_->want_drain();
}

void passing::on_drain(connection&) {
    if (!gone_ && peer_.stream->paused()) peer_.stream->resume();
}

void passing::on_answered(std::string_view unused) {
    if (answer_.status() == 101) return switch_over(unused);
    connection& answered = *std::exchange(at_, nullptr);
    if (!answer_.keeps_alive()) answered.close_after_answer();
    const bool reusable = answer_.keeps_alive() && sent_ && unused.empty();
    if (reusable) {
        if (peer_.stream->paused()) peer_.stream->resume();
        relay_.pool().give_back(node_, std::move(peer_));
    }
    depart();
    answered.end_stream();
}

/// What the client has sent behind its request belongs to the other protocol, and so does what follows the
/// node's answer.
void passing::switch_over(std::string_view unused) {
    connection& answered = *std::exchange(at_, nullptr);
    const std::string early = answered.unread();
    stream_ptr client = answered.leave();
    client->write(held_);
    client->write(unused);
    peer_.stream->write(early);
    relay_.join(std::move(client), std::move(peer_.stream));
    depart();
}

void passing::on_end() {
    if (gone_ || !at_) return;
    if (answer_.complete_at_end()) return on_answered({});
    if (!begin_again()) fail("it closed the connection");
}

void passing::on_fault() noexcept {
    if (!gone_) relay_.home().home().guarded([this] { fail("memory ran out"); });
}

// ---- the end

void passing::fail(std::string_view why) {
    if (gone_) return;
    relay_.count_failed();
    relay_.home().log(log_level::info, "request not passed on", {{"sid", sid_}, {"error", why}});
    connection* const waiting = std::exchange(at_, nullptr);
    depart();
    if (!waiting) return;
    if (begun_) return waiting->cut();
    waiting->attempt([this](connection& at) { relay_.refuse(at); });
}

void passing::depart() noexcept {
    if (gone_) return;
    gone_ = true;
    timer_.disarm();
    dialer_.cancel();
    if (peer_.stream) peer_.stream->abort();
    relay_.dismiss(*this);
}

}  // namespace kedge::transports
