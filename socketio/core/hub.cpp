#include <kedge/socketio/core/hub.hpp>

#include <array>
#include <exception>
#include <utility>

#include <kedge/socketio/events/exception_message.hpp>

namespace kedge {

void hub::take_places(std::span<engine::loop* const> workers,
                      std::span<const std::shared_ptr<boost::asio::execution_context>> contexts) {
    for (std::size_t i = 0; i < workers.size(); ++i)
        desks_.push_back(std::make_unique<desk>(*settings_.random, *workers[i],
                                                i < contexts.size() ? contexts[i] : nullptr));
}

void hub::leave_places() noexcept {
    for (const auto& each : desks_) each->shut();
}

desk* hub::here() const noexcept {
    auto* const at = desk::current();
    if (at && at->index() < desks_.size() && desks_[at->index()].get() == at) return at;
    for (const auto& each : desks_)
        if (each->here()) return each.get();
    return nullptr;
}

void hub::on_some_worker(engine::task work) {
    auto* const at = here();
    if (!at) return desks_.front()->post(std::move(work));
    const engine::stay inside(at->loop());
    work();
}

void hub::post(engine::task work) {
    desks_.front()->post(
        [this, work = std::move(work)]() mutable { guarded("a task of the program threw", work); });
}

void hub::after(engine::duration delay, engine::task work) {
    desks_.front()->after(
        delay, [this, work = std::move(work)]() mutable { guarded("a task of the program threw", work); });
}

// The next time is set first: the work may throw, or cancel itself.
void hub::every(engine::duration period, std::shared_ptr<scheduled_work> work) {
    after(period, [this, period, work] {
        if (!work->pending()) return;
        every(period, work);
        work->call();
    });
}

// A log function that throws is told no more of it.
void hub::log(log_level level, std::string_view event,
              std::span<const log_record::field> fields) const noexcept {
    if (!settings_.log || silent_) return;
    const log_record line{level, event, fields};
    engine::guarded([&] { settings_.log(line); }, [](const std::exception_ptr&) {});
}

void hub::hint(std::string_view event, std::initializer_list<log_record::field> fields) const noexcept {
    if (!hints_ || silent_) return;
    const log_record line{log_level::warning, event, {fields.begin(), fields.size()}};
    engine::guarded([&] { hints_(line); }, [](const std::exception_ptr&) {});
}

void hub::log_exception(std::string_view what, const std::exception_ptr& thrown) const {
    const auto message = message_of(thrown);
    const std::array<log_record::field, 1> facts{{{"error", message}}};
    log(log_level::error, what, facts);
}

}  // namespace kedge
