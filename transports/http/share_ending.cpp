#include <kedge/transports/http/share_ending.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/http/http_share.hpp>

namespace kedge::transports {

namespace {

constexpr engine::duration tick{10};

}  // namespace

share_ending::share_ending(http_share& of, engine::duration grace, double per_second, engine::task done)
    : of_(of),
      grace_(grace),
      per_second_(per_second),
      done_(std::move(done)),
      timer_(engine::timer::calls<&share_ending::on_tick, share_ending>(), this) {}

void share_ending::begin() {
    begun_ = of_.home().now();
    if (per_second_ > 0) {
        for (const auto& front : of_.fronts())
            for (std::string& id : front->sessions()) waiting_.push_back({front.get(), std::move(id)});
        dice_.seed(static_cast<unsigned>(begun_.time_since_epoch().count()) + of_.home().index());
        std::shuffle(waiting_.begin(), waiting_.end(), dice_);
    }
    on_tick(begun_);
}

void share_ending::on_tick(engine::time_point now) {
    if (!winding_up_) close_some(now);
    if (winding_up_ && (of_.deserted() || now >= deadline_)) return finish();
    const engine::duration jitter(static_cast<int>(dice_() % 10));
    of_.home().timers().arm(timer_, now + tick + (waiting_.empty() ? engine::duration{0} : jitter));
}

void share_ending::close_some(engine::time_point now) {
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const std::size_t due = std::min(waiting_.size(), static_cast<std::size_t>(seconds * per_second_) + 1);
    for (; closed_ < due; ++closed_) {
        const open_session& next = waiting_[closed_];
        of_.home().guarded([&] { next.of->close_session(next.id); });
    }
    if (closed_ < waiting_.size()) return;
    winding_up_ = true;
    deadline_ = engine::later(now, grace_);
    of_.wind_up();
}

void share_ending::finish() {
    of_.evict();
    engine::task done = std::move(done_);
    if (done) done();
}

}  // namespace kedge::transports
