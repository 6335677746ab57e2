#include <kedge/transports/websocket/ws_closing.hpp>

#include <utility>

#include <kedge/transports/websocket/ws_group.hpp>

namespace kedge::transports {

ws_closing::ws_closing(ws_group& home, stream_ptr of, ws_decoder decoder, std::unique_ptr<ws_deflate> deflate)
    : home_(home),
      stream_(std::move(of)),
      deflate_(std::move(deflate)),
      decoder_(std::move(decoder)),
      timer_(engine::timer::calls<&ws_closing::on_timeout, ws_closing>(), this) {
    stream_->owner(*this);
    decoder_.drop_messages();
    worker& clock = home_.home();
    clock.timers().arm(timer_, engine::later(clock.now(), home_.limits().close_frame_timeout));
}

void ws_closing::on_bytes(std::span<char> bytes) {
    while (!stream_->closed()) {
        const ws_event event = decoder_.next(bytes);
        if (event.what == ws_event::kind::need_more) return;
        if (event.what == ws_event::kind::close || event.what == ws_event::kind::error) leave();
    }
}

void ws_closing::on_end() {
    leave();
}

void ws_closing::on_fault() noexcept {
    leave();
}

void ws_closing::on_timeout(engine::time_point) {
    home_.home().guarded([this] { home_.overdue(stream_->from()); });
    stream_->abort();
    home_.dismiss(*this);
}

void ws_closing::leave() noexcept {
    timer_.disarm();
    stream_->close();
    home_.dismiss(*this);
}

/// What was sent may still be on its way: the server's end has its own patience.
void ws_closing::wind_up() {}

}  // namespace kedge::transports
