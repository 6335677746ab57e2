#include <kedge/transports/net/stream.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/farewell.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/socket_io.hpp>
#include <kedge/transports/net/stream_share.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

namespace {

constexpr unsigned reads_per_turn = 2;            // of a full read buffer each; then others come first
constexpr std::size_t heard_when_busy = 4096;     // of who has just come, in a turn that has done enough
constexpr std::size_t deferred_work = 16 * 1024;  // what was put off was put off for being dear
constexpr std::size_t shared_from = 4 * 1024;     // smaller bytes are cheaper to copy than to refer to
// Where much waits already, memory is what is dear: then all are referred to that take more than a reference.
constexpr std::size_t shared_when_slow = 256;
constexpr std::size_t much = 64 * 1024;
constexpr std::size_t read_ahead_limit = 64 * 1024;  // of a paused stream whose peer hung up
constexpr std::size_t answers_limit = 1024 * 1024;   // of TLS itself, to a peer that asks and does not read

}  // namespace

stream::stream(worker& home, detached_stream from, stream_owner& owner)
    : home_(&home),
      tls_(std::move(from.tls)),
      owner_(&owner),
      permit_(std::move(from.permit)),
      peer_(std::move(from.peer)),
      from_(std::move(from.from)) {
    if (tls_) tls_->attach(stream_share::of(home).tls());
    const bool sends = !from.unsent.empty() || (tls_ && !tls_->pending.empty());
    if (sends || !from.unread.empty() || from.outlet) {
        buffers().out.text() = std::move(from.unsent);
        buffers().unread = std::move(from.unread);
        buffers().count_unread();
        buffers().outlet = std::move(from.outlet);
    }
    // The descriptor stays with `from` until nothing can fail any more.
    if (buffers_ && !buffers_->unread.empty()) carry();
    try {
        if (!fed()) home.poll().add(from.descriptor, *this);
    } catch (...) {
        if (carried_) home.drop_carried(*this);
        throw;
    }
    descriptor_ = std::exchange(from.descriptor, -1);
    home.count_connection(true);
    if (sends) home.flush_at_end_of_turn(*this);
}

stream::~stream() {
    if (descriptor_ >= 0) {
        // close() was called and its turn has not ended.
        if (!closed_ || !home_->within_memory([this] { part(); })) abort();
    }
    home_->forget_flush(*this);
    if (carried_) home_->drop_carried(*this);
    return_buffers();
    home_->count_connection(false);
}

// --- Writing
// ---------------------------------------------------------------------------------------------------------

void stream::write(std::string_view bytes) {
    if (!bytes.empty()) output() += bytes;
}

void stream::write(std::string_view bytes, const engine::message_ptr& keep) {
    if (closed_ || bytes.empty()) return;
    if (bytes.size() >= (slow() ? shared_when_slow : shared_from)) {
        copy_lent();
        buffers().out.share(bytes, keep);
    } else if (nothing_waits()) {
        home_->keep(keep);
        lent_ = bytes;
    } else {
        copy_lent();
        buffers().out.text() += bytes;
    }
    write_later();
}

/// What is written now leaves when the turn ends, by itself if nothing follows.
bool stream::nothing_waits() const noexcept {
    return !blocked_ && !tls_ && !buffers_ && lent_.empty();
}

bool stream::slow() const noexcept {
    return blocked_ || (buffers_ && buffers_->out.size() >= much);
}

void stream::copy_lent() {
    if (!lent_.empty()) buffers().out.text() += std::exchange(lent_, {});
}

std::string& stream::output() {
    if (closed_) {
        thread_local std::string nowhere;
        nowhere.clear();
        return nowhere;
    }
    copy_lent();
    write_later();
    return buffers().out.text();
}

void stream::write_later() noexcept {
    home_->flush_at_end_of_turn(*this);
}

/// Writing may succeed again.
void stream::wake() noexcept {
    woken_ = true;
    home_->flush_at_end_of_turn(*this);
}

std::size_t stream::unsent() const noexcept {
    return lent_.size() + (buffers_ ? buffers_->out.size() : 0) + (tls_ ? tls_->pending.size() : 0);
}

void stream::end_turn() {
    if (fed() ? !home_->within_memory([this] { pour(); })
              : descriptor_ >= 0 && !home_->within_memory([this] { closed_ ? part() : send(); }))
        fail();
}

void stream::send() {
    // While the kernel refuses bytes, its next edge is what flushes: what was written meanwhile is counted.
    if (blocked_ && !woken_) return buffers().out.count_as_waiting();
    woken_ = false;
    rope none;
    switch (lent_.empty() ? flush(*home_, descriptor_, tls_.get(), buffers_ ? buffers_->out : none)
                          : flush_lent()) {
        case flushed::all:
            return on_flushed();
        case flushed::blocked:
            blocked_ = true;
            buffers().out.count_as_waiting();
            home_->poll().want(descriptor_, ready::write);
            return;
        case flushed::failed:
            return on_failed();
    }
}

flushed stream::flush_lent() {
    const flushed now = flush(*home_, descriptor_, lent_);
    if (now == flushed::failed) lent_ = {};
    copy_lent();
    return now;
}

void stream::on_flushed() {
    blocked_ = false;
    if (buffers_ && buffers_->empty()) return_buffers();
    if (!drain_wanted_) return;
    drain_wanted_ = false;
    if (!home_->within_memory([this] { owner_->on_drain(); })) fail();
}

void stream::want_drain() {
    drain_wanted_ = true;
    write_later();
}

void stream::on_failed() {
    blocked_ = false;
    if (buffers_) buffers_->out.clear();
    const bool carried_bytes = buffers_ && !buffers_->unread.empty() && !paused_;
    if (carried_bytes) {
        finished_ = true;
    } else {
        // Who still sends to a peer that has half-closed waits for a drain that does not come.
        if (drain_wanted_) ended_ = false;
        drain_wanted_ = false;
        end();
    }
}

// --- Reading
// ---------------------------------------------------------------------------------------------------------

void stream::on_ready(ready what) {
    if (what == ready::nothing) carried_ = false;
    if (!home_->within_memory([this, what] { hear(what); })) fail();
}

void stream::hear(ready what) {
    if (closed_) return;
    if (has(what, ready::write) && blocked_) wake();
    if (has(what, ready::hang_up)) hung_up_ = true;
    if (has(what, ready::read) || has(what, ready::hang_up)) readable_ = true;
    if (!ended_ && !carried_) read();  // who left something undone goes on when its turn has come
}

void stream::read() {
    if (!paused_) deliver_unread();
    const std::size_t most = home_->busy() ? heard_when_busy : home_->read_buffer().size();
    for (unsigned left = home_->busy() ? 1 : reads_per_turn;
         readable_ && !paused_ && !closed_ && !ended_ && !left_over(); --left) {
        if (left == 0) return carry();
        if (tls_ && !tls_->established() && !home_->take_handshake()) return carry();
        if (!read_once(most)) return;
    }
    if (paused_ && hung_up_ && readable_ && !closed_ && !ended_) read_ahead();
}

/// One recv into the worker's buffer, given to the owner. False when there is nothing to read on for.
bool stream::read_once(std::size_t most) {
    const received got = receive(*home_, descriptor_, most);
    if (got.what == received::kind::nothing) return drained(), false;
    if (got.what != received::kind::bytes) return end(), false;
    const std::span<char> bytes = home_->read_buffer().first(got.size);
    if (got.size < most && !hung_up_) drained();
    home_->worked(got.size);
    receive_bytes(bytes);
    return true;
}

void stream::drained() noexcept {
    readable_ = false;
    home_->poll().want(descriptor_, ready::read);
}

/// Reads on while paused, since the peer hung up and that must be noticed. What comes is kept, up to a limit.
void stream::read_ahead() {
    while (readable_ && !finished_ && buffers().unread.size() < read_ahead_limit) {
        const received got = receive(*home_, descriptor_, home_->read_buffer().size());
        if (got.what == received::kind::nothing) {
            drained();
        } else if (got.what == received::kind::bytes) {
            const std::span<char> bytes = home_->read_buffer().first(got.size);
            const std::span<char> plain = tls_ ? open_sealed({bytes.data(), bytes.size()}) : bytes;
            buffers().unread.append(plain.data(), plain.size());
        } else {
            finished_ = true;
            if (got.what == received::kind::failed) buffers().unread.clear();
        }
    }
    if (buffers_) buffers_->count_unread();
    end_if_finished();
    if (buffers_ && buffers_->empty()) return_buffers();
}

/// Gives the owner what was read before it could take it.
void stream::deliver_unread() {
    if (buffers_ && !buffers_->unread.empty()) {
        std::string bytes = std::exchange(buffers_->unread, {});
        buffers_->count_unread();
        if (buffers_->empty()) return_buffers();
        const std::size_t size = bytes.size();
        bytes.push_back('\0');  // the spare byte
        const std::span<char> all(bytes.data(), size);
        taking_ = true;
        if (tls_ && !tls_->begun())
            for (std::size_t at = 0; at < size && !closed_; at += home_->read_buffer().size())
                receive_bytes(all.subspan(at, std::min(size - at, home_->read_buffer().size())));
        else
            give(all);
        taking_ = false;
        home_->worked(deferred_work + size - std::min(size, left_over() ? buffers_->unread.size() : 0));
    }
    end_if_finished();
}

void stream::receive_bytes(std::span<char> bytes) {
    if (!tls_) return give(bytes);
    const std::span<char> plain = open_sealed({bytes.data(), bytes.size()});
    if (!plain.empty()) give(plain);
    end_if_finished();
}

void stream::put_back(std::span<char> rest) {
    if (closed_ || rest.empty()) return;
    buffers().unread.insert(0, rest.data(), rest.size());
    buffers().count_unread();
    carry();
}

bool stream::left_over() const noexcept {
    return buffers_ && !buffers_->unread.empty();
}

/// Decrypts what came. Sets finished_ when nothing more can come.
std::span<char> stream::open_sealed(std::string_view sealed) {
    tls_io& io = stream_share::of(*home_).tls();
    const bool was_established = tls_->established();
    const tls_opened opened = tls_->open(io, sealed);
    if (!io.out.empty()) {
        tls_->pending += std::exchange(io.out, {});
        wake();
    }
    if (!was_established && tls_->established()) on_established();
    if (opened.failed) home_->counters().tls_failures.add(1);
    if (opened.ended || tls_->pending.size() > answers_limit) finished_ = true;
    return opened.plain;
}

void stream::on_established() {
    from_.certificate = tls_->certificate();
    home_->counters().tls_handshakes.add(1);
    if (tls_->resumed()) home_->counters().tls_resumptions.add(1);
    if (buffers_) wake();  // what was written too early
}

void stream::give(std::span<char> plain) {
    if (!home_->within_memory([&] { owner_->on_bytes(plain); })) fail();
}

/// Nothing more can come and all that came was given: that is told to one that is paused, too.
void stream::end_if_finished() {
    if (finished_ && !closed_ && !ended_ && !left_over()) end();
}

void stream::end() {
    readable_ = false;
    if (ended_) return;
    ended_ = true;
    if (!home_->within_memory([this] { owner_->on_end(); })) fail();
}

void stream::resume() {
    paused_ = false;
    if (closed_ || ended_) return;
    if (readable_ || finished_ || (buffers_ && !buffers_->unread.empty())) carry();
}

void stream::carry() {
    if (carried_) return;
    home_->carry(*this);
    carried_ = true;
}

// --- Fed
// -------------------------------------------------------------------------------------------------------------

/// The outlet lies in the buffers, which a fed stream therefore always has.
bool stream::fed() const noexcept {
    return buffers_ && buffers_->outlet;
}

std::size_t stream::feed(std::string_view bytes) {
    if (closed_ || ended_ || finished_ || !fed()) return 0;
    buffers_->unread += bytes;
    take_fed();
    if (!fed()) return 0;
    buffers_->count_unread();
    return buffers_->unread.size();
}

void stream::feed_end() {
    if (closed_ || ended_ || !fed()) return;
    finished_ = true;
    take_fed();
}

/// The owner is given what was fed, unless it is in the middle of what was fed before; behind that the end is
/// looked for anyway.
void stream::take_fed() {
    if (!paused_) return taking_ ? carry() : deliver_unread();
    if (!taking_) end_if_finished();
}

void stream::feed_drained() {
    if (blocked_ && fed()) wake();
}

/// The turn's output leaves by the outlet, which may call back what it likes.
void stream::pour() {
    if (poured_out_ || (blocked_ && !woken_ && !closed_)) return;
    stream_outlet& outlet = *buffers_->outlet;
    std::string bytes = buffers_->out.flatten();
    buffers_->out.clear();
    // Until it has answered it counts as full: that it takes more may be said within the call.
    blocked_ = true;
    woken_ = false;
    const bool more = bytes.empty() || outlet.write(std::move(bytes));
    if (poured_out_) return;
    blocked_ = !more && !woken_;
    woken_ = false;
    if (closed_) {
        poured_out_ = true;
        outlet.end();
    } else if (!blocked_) {
        on_flushed();
    }
}

// --- Ending
// ----------------------------------------------------------------------------------------------------------

void stream::close() noexcept {
    if (closed_) return;
    closed_ = true;
    home_->flush_at_end_of_turn(*this);
}

void stream::abort() noexcept {
    closed_ = true;
    poured_out_ = true;
    if (descriptor_ < 0) return;
    home_->poll().remove(descriptor_, *this);
    os().close(std::exchange(descriptor_, -1));
    home_->forget_flush(*this);
    lent_ = {};
    if (buffers_) return_buffers();
}

/// Leaves what close() has yet to do to a farewell, which needs neither this nor the owner.
void stream::part() {
    copy_lent();
    auto rest = std::make_unique<farewell>(*home_);
    rope waiting = buffers_ ? std::move(buffers_->out) : rope();
    farewell& begun = *rest;
    home_->own(std::move(rest));
    begun.begin(*this, {std::exchange(descriptor_, -1), std::move(tls_), std::move(waiting),
                        std::move(permit_), ended_});
}

/// Memory ran out half way through something: nothing can be said to the peer any more, and the owner ends.
void stream::fail() noexcept {
    const bool known = closed_;
    abort();
    if (!known) owner_->on_fault();
}

void stream::burial::operator()(stream* dead) const noexcept {
    if (!dead->closed()) dead->abort();
    dead->home().bury(std::unique_ptr<mortal>(dead));
}

stream_ptr make_stream(worker& home, detached_stream from, stream_owner& owner) {
    return stream_ptr(new stream(home, std::move(from), owner));
}

detached_stream stream::release(std::string_view unread) {
    detached_stream out;
    home_->poll().remove(descriptor_, *this);
    home_->forget_flush(*this);
    closed_ = true;
    out.descriptor = std::exchange(descriptor_, -1);
    out.tls = std::move(tls_);
    out.from = std::move(from_);
    out.permit = std::move(permit_);
    out.peer = std::move(peer_);
    out.unread = unread;
    copy_lent();
    if (buffers_) {
        out.unread += buffers_->unread;
        out.unsent = buffers_->out.flatten();
        return_buffers();
    }
    return out;
}

stream_buffers& stream::buffers() {
    if (!buffers_) buffers_ = stream_share::of(*home_).buffers().take();
    return *buffers_;
}

void stream::return_buffers() noexcept {
    stream_share::of(*home_).buffers().give_back(std::move(buffers_));
}

}  // namespace kedge::transports
