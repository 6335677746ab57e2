#include <kedge/transports/relay/splice.hpp>

#include <utility>

#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

splice::side::side(splice& whole, stream_ptr on) noexcept : of(whole), stream(std::move(on)) {
    stream->owner(*this);
}

splice::splice(worker& on, stream_ptr client, stream_ptr home)
    : on_(on), client_(*this, std::move(client)), home_(*this, std::move(home)) {
    client_.other = &home_;
    home_.other = &client_;
}

void splice::side::on_bytes(std::span<char> bytes) {
    if (of.gone_) return;
    other->stream->write({bytes.data(), bytes.size()});
    if (other->stream->unsent() <= window) return;
    stream->pause();
    other->stream->want_drain();
}

void splice::side::on_drain() {
    if (!of.gone_ && other->stream->paused()) other->stream->resume();
}

void splice::side::on_end() {
    of.end();
}

void splice::side::on_fault() noexcept {
    if (of.gone_) return;
    other->stream->abort();
    of.leave();
}

void splice::end() noexcept {
    if (gone_) return;
    client_.stream->close();
    home_.stream->close();
    leave();
}

void splice::leave() noexcept {
    gone_ = true;
    on_.bury(engine::owned_list<mortal>::take(*this));
}

}  // namespace kedge::transports
