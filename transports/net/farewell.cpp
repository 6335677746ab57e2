#include <kedge/transports/net/farewell.hpp>

#include <sys/socket.h>

#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/socket_io.hpp>
#include <kedge/transports/net/stream_share.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

namespace {

using namespace std::chrono_literals;

constexpr engine::duration progress_within = 30s;  // as long as bytes wait
constexpr engine::duration all_within = 5min;      // however slowly the peer takes them
constexpr engine::duration linger = 500ms;         // for the peer to close its side
constexpr std::size_t discarded_at_most = 256 * 1024;

}  // namespace

farewell::farewell(worker& home) noexcept
    : home_(home), deadline_(engine::timer::calls<&farewell::on_time, farewell>(), this) {}

farewell::~farewell() {
    if (descriptor_ < 0) return;
    home_.poll().remove(descriptor_, *this);
    os().close(descriptor_);
}

void farewell::begin(pollable& predecessor, estate left) noexcept {
    descriptor_ = left.descriptor;
    tls_ = std::move(left.tls);
    waiting_ = std::move(left.waiting);
    permit_ = std::move(left.permit);
    peer_ended_ = left.peer_ended;
    if (!home_.poll().replace(descriptor_, predecessor, *this)) return over();
    if (tls_ && !tls_->established()) waiting_.clear();  // it could never be sealed
    attempt([this] { send(); });
}

/// Without memory there is nothing more to say.
template <class F>
void farewell::attempt(F&& f) noexcept {
    if (!home_.within_memory(f)) over();
}

void farewell::on_ready(ready what) {
    attempt([this, what] { hear(what); });
}

void farewell::hear(ready what) {
    if (descriptor_ >= 0 && !peer_ended_ && (has(what, ready::read) || has(what, ready::hang_up)))
        discard_input();
    if (descriptor_ >= 0 && sending_ && has(what, ready::write)) send();
}

void farewell::send() {
    switch (flush(home_, descriptor_, tls_.get(), waiting_)) {
        case flushed::all:
            return half_close();
        case flushed::failed:
            return over();
        case flushed::blocked:
            home_.poll().want(descriptor_, ready::write);
            left_ = waiting_.size();
            waiting_.count_as_waiting();
            if (deadline_.armed()) return;
            give_up_ = home_.now() + all_within;
            home_.timers().arm(deadline_, home_.now() + progress_within);
    }
}

void farewell::half_close() {
    if (tls_) {
        std::unique_ptr<tls_state> tls = std::move(tls_);
        tls->shut_down(stream_share::of(home_).tls());
        tls->pending = std::exchange(stream_share::of(home_).tls().out, {});
        static_cast<void>(flush(home_, descriptor_, tls.get(), waiting_));  // close_notify is a courtesy
    }
    sending_ = false;
    os().shutdown(descriptor_, SHUT_WR);
    if (peer_ended_) return over();
    home_.timers().arm(deadline_, home_.now() + linger);
}

void farewell::discard_input() {
    for (;;) {
        const received got = receive(home_, descriptor_, home_.read_buffer().size());
        if (got.what == received::kind::nothing) return home_.poll().want(descriptor_, ready::read);
        if (got.what == received::kind::failed) return over();
        if (got.what == received::kind::end) break;
        discarded_ += got.size;
        if (discarded_ > discarded_at_most) return over();
    }
    peer_ended_ = true;
    if (!sending_) over();
}

void farewell::on_time(engine::time_point now) noexcept {
    if (!sending_ || waiting_.size() >= left_ || now >= give_up_) return over();
    left_ = waiting_.size();
    home_.timers().arm(deadline_, now + progress_within);
}

void farewell::over() noexcept {
    if (descriptor_ < 0) return;
    home_.poll().remove(descriptor_, *this);
    os().close(std::exchange(descriptor_, -1));
    deadline_.disarm();
    home_.bury(*this);
}

}  // namespace kedge::transports
