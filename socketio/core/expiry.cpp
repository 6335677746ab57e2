#include <kedge/socketio/core/expiry.hpp>

#include <algorithm>

#include <kedge/socketio/core/desk.hpp>

namespace kedge {
namespace {

// So often is the system's clock looked at: it may be set, and the machine may have slept.
constexpr engine::duration longest_wait = std::chrono::hours(1);

}  // namespace

// Rounded up: never early.
void expiry::start() {
    const auto left = std::chrono::ceil<engine::duration>(when_ - std::chrono::system_clock::now());
    last_ = left <= longest_wait;
    auto& loop = home_.loop();
    loop.timers().arm(alarm_, loop.now() + std::clamp(left, engine::duration(0), longest_wait));
}

void expiry::on_alarm(engine::time_point) {
    if (!last_) return start();
    const desk::presence here(home_);
    auto call = std::move(over_);
    call(when_);
}

}  // namespace kedge
