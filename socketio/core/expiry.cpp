#include <kedge/socketio/core/expiry.hpp>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/face/socket.hpp>

namespace kedge {
namespace {

// So often is the system's clock looked at: it may be set, and the machine may have slept.
constexpr engine::duration longest_wait = std::chrono::hours(1);

}  // namespace

// Rounded up: never early.
void expiry::start() {
    const auto now = std::chrono::system_clock::now();
    last_ = when_ <= now + longest_wait;
    engine::duration left = longest_wait;
    if (last_) left = when_ <= now ? engine::duration(0) : std::chrono::ceil<engine::duration>(when_ - now);
    auto& loop = of_.home().loop();
    loop.timers().arm(alarm_, loop.now() + left);
}

void expiry::on_alarm(engine::time_point) {
    if (!last_) return start();
    const desk::presence here(of_.home());
    const socket who(of_.shared_from_this());
    const auto since_1970 = std::chrono::floor<engine::duration>(when_.time_since_epoch());
    who.emit("expired", static_cast<std::int64_t>(since_1970.count()));
    who.disconnect();
}

}  // namespace kedge
