#include <utility>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/net/stream_share.hpp>

namespace kedge::transports {

/// The outlet lies in the buffers, which a fed stream therefore always has.
bool stream::fed() const noexcept {
    return buffers_ && buffers_->outlet;
}

std::size_t stream::feed(std::string_view bytes) {
    if (closed_ || ended_ || finished_ || !fed()) return 0;
    buffers_->unread += bytes;
    take_fed();
    return fed() ? buffers_->unread.size() : 0;
}

void stream::feed_end() {
    if (closed_ || ended_ || !fed()) return;
    finished_ = true;
    take_fed();
}

/// The owner is given what was fed, unless it is in the middle of what was fed before.
void stream::take_fed() {
    if (paused_) return;
    if (taking_) return carry();
    taking_ = true;
    deliver_unread();
    taking_ = false;
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

}  // namespace kedge::transports
