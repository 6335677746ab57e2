#include <kedge/transports/loop/program_service.hpp>

#include <utility>

#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

program_service::timers::timers(worker& on) noexcept : home(on), delays(on) {}

void program_service::arm(const std::shared_ptr<timers>& in, engine::duration delay, engine::task work) {
    if (!in->home.on_this_thread()) {
        in->home.post([weak = std::weak_ptr(in), delay, work = std::move(work)]() mutable {
            if (const auto here = weak.lock()) arm(here, delay, std::move(work));
        });
        return;
    }
    const engine::stay inside(in->home);
    in->delays.add(delay, [&home = in->home, work = std::move(work)]() mutable { home.guarded(work); });
}

// The next time is set first: the work may throw, or cancel itself.
void program_service::repeat(const std::shared_ptr<timers>& in, engine::duration period,
                             std::shared_ptr<scheduled_work> work) {
    arm(in, period, [weak = std::weak_ptr(in), period, work = std::move(work)] {
        const auto here = weak.lock();
        if (!here || !work->pending()) return;
        repeat(here, period, work);
        work->call();
    });
}

scheduled program_service::after(engine::duration delay, engine::task work) {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::one);
    arm(waiting_, delay, [made] { made->call(); });
    return scheduled(made);
}

scheduled program_service::every(engine::duration period, engine::task work) {
    auto made = std::make_shared<scheduled_work>(std::move(work), scheduled_work::calls::many);
    repeat(waiting_, checked_period(period), made);
    return scheduled(made);
}

process_signals& program_service::signals() {
    if (!signals_) signals_.emplace(on_);
    return *signals_;
}

void program_service::stop() noexcept {
    if (signals_) signals_->stop();
    waiting_->delays.clear();
}

}  // namespace kedge::transports
