#include <kedge/transports/engineio/site_ending.hpp>

#include <algorithm>
#include <utility>

#include <kedge/engine/registry.hpp>
#include <kedge/transports/engineio/site.hpp>

namespace kedge::transports {

namespace {

constexpr engine::duration tick{10};

}  // namespace

site_ending::site_ending(site& of, engine::duration grace, double per_second, engine::task done)
    : of_(of),
      grace_(grace),
      per_second_(per_second),
      done_(std::move(done)),
      timer_(engine::timer::calls<&site_ending::on_tick, site_ending>(), this) {}

void site_ending::begin() {
    begun_ = of_.home().now();
    if (per_second_ > 0) {
        of_.sessions().each([this](engine::session& each) { waiting_.emplace_back(each.id()); });
        dice_.seed(static_cast<unsigned>(begun_.time_since_epoch().count()) + of_.home().index());
        std::shuffle(waiting_.begin(), waiting_.end(), dice_);
    }
    on_tick(begun_);
}

void site_ending::on_tick(engine::time_point now) {
    if (!winding_up_) close_some(now);
    if (winding_up_ && (of_.deserted() || now >= deadline_)) return finish();
    const engine::duration jitter(static_cast<int>(dice_() % 10));
    of_.home().timers().arm(timer_, now + tick + (waiting_.empty() ? engine::duration{0} : jitter));
}

void site_ending::close_some(engine::time_point now) {
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const std::size_t due = std::min(waiting_.size(), static_cast<std::size_t>(seconds * per_second_) + 1);
    for (; closed_ < due; ++closed_)
        if (engine::session* which = of_.sessions().find(waiting_[closed_])) which->close(true);
    if (closed_ < waiting_.size()) return;
    winding_up_ = true;
    deadline_ = now + grace_;
    of_.sessions().close_all(true);
    of_.wind_up();
}

void site_ending::finish() {
    of_.evict();
    engine::task done = std::move(done_);
    if (done) done();
}

}  // namespace kedge::transports
