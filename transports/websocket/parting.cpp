#include <kedge/transports/websocket/parting.hpp>

#include <utility>

#include <kedge/transports/http/http_share.hpp>

namespace kedge::transports {

parting::parting(http_share& home, std::unique_ptr<stream> of, ws_decoder decoder,
                 std::unique_ptr<ws_deflate> deflate, engine::duration patience)
    : home_(home),
      stream_(std::move(of)),
      deflate_(std::move(deflate)),
      decoder_(std::move(decoder)),
      timer_(engine::timer::calls<&parting::on_timeout, parting>(), this) {
    stream_->owner(*this);
    worker& clock = home_.home();
    clock.timers().arm(timer_, clock.now() + patience);
}

void parting::on_bytes(std::span<char> bytes) {
    std::size_t inflated = 0;
    while (!stream_->closed()) {
        if (inflated > ws_decoder::inflated_at_once) return stream_->put_back(bytes);
        const ws_event event = decoder_.next(bytes);
        if (event.what == ws_event::kind::need_more) return;
        if (event.what == ws_event::kind::close || event.what == ws_event::kind::error) leave();
        inflated += event.inflated;
    }
}

void parting::on_end() {
    leave();
}

void parting::on_timeout(engine::time_point) {
    home_.log(log_level::info, "connection ended",
              {{"reason", "no close frame came in time"}, {"address", stream_->from().address}});
    stream_->abort();
    home_.dismiss(*this);
}

void parting::leave() {
    timer_.disarm();
    stream_->close();
    home_.dismiss(*this);
}

/// What was sent may still be on its way: the server's end has its own patience.
void parting::wind_up() {}

}  // namespace kedge::transports
