#include <kedge/socketio/core/hub.hpp>

#include <array>
#include <exception>
#include <utility>

#include <kedge/socketio/events/exception_message.hpp>

namespace kedge {

void hub::take_places(std::span<engine::loop* const> workers,
                      std::span<boost::asio::execution_context* const> contexts) {
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
    desks_.front()->post([this, work = std::move(work)]() mutable { guarded(work); });
}

void hub::after(engine::duration delay, engine::task work) {
    desks_.front()->after(delay, [this, work = std::move(work)]() mutable { guarded(work); });
}

void hub::guarded(engine::task& work) const {
    try {
        work();
    } catch (...) {
        const auto message = message_of(std::current_exception());
        const std::array<log_record::field, 1> facts{{{"error", message}}};
        log(log_level::error, "a task of the program threw", facts);
    }
}

void hub::log(log_level level, std::string_view event, std::span<const log_record::field> fields) const {
    if (settings_.log) settings_.log({level, event, fields});
}

}  // namespace kedge
