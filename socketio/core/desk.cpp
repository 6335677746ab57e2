#include <kedge/socketio/core/desk.hpp>

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace kedge {
namespace {

thread_local desk* present_at = nullptr;

}  // namespace

// Taken shared by whoever is elsewhere and needs the worker to stay while he knocks.
struct desk::gate {
    mutable std::shared_mutex lock;
    bool open = true;
};

struct desk::delayed {
    delayed(desk& where, engine::task what)
        : at(where), work(std::move(what)), deadline(engine::timer::calls<&delayed::fire, delayed>(), this) {}

    void fire(engine::time_point) {
        auto self = std::move(*place);
        at.waiting_.erase(place);
        const presence here(at);
        work();
    }

    desk& at;
    engine::task work;
    engine::timer deadline;
    std::list<std::unique_ptr<delayed>>::iterator place;
};

desk::desk(engine::random_source& random, engine::loop& home, boost::asio::execution_context* context)
    : home_(&home),
      context_(context),
      index_(home.index()),
      ids_(random, index_),
      gate_(std::make_unique<gate>()) {}

desk::~desk() = default;

desk* desk::current() noexcept {
    return present_at;
}

bool desk::here() const noexcept {
    if (present_at == this) return true;
    const std::shared_lock hold(gate_->lock);
    return gate_->open && home_->on_this_thread();
}

void desk::run(engine::task work) {
    if (!here()) return post(std::move(work));
    const engine::stay inside(*home_);
    work();
}

void desk::post(engine::task work) {
    const std::shared_lock hold(gate_->lock);
    if (!gate_->open) return;
    home_->post([this, work = std::move(work)]() mutable {
        const presence here(*this);
        work();
    });
}

void desk::after(engine::duration delay, engine::task work) {
    run([this, delay, work = std::move(work)]() mutable { start(delay, std::move(work)); });
}

void desk::start(engine::duration delay, engine::task work) {
    waiting_.push_back(std::make_unique<delayed>(*this, std::move(work)));
    auto& made = *waiting_.back();
    made.place = std::prev(waiting_.end());
    loop().timers().arm(made.deadline, engine::later(loop().now(), delay));
}

void desk::bury(std::shared_ptr<const void> departed) {
    if (departed_.empty()) loop().at_end_of_turn(*this);
    departed_.push_back(std::move(departed));
}

void desk::end_turn() {
    // What is destroyed here may bury others (a handler that held the last handle of another socket).
    auto gone = std::exchange(departed_, {});
    gone.clear();
}

void desk::shut() noexcept {
    {
        const std::unique_lock hold(gate_->lock);
        if (!std::exchange(gate_->open, false)) return;
    }
    home_->forget(*this);
    auto gone = std::exchange(departed_, {});
    auto dropped = std::exchange(waiting_, {});
}

desk::presence::presence(desk& at) noexcept : before_(std::exchange(present_at, &at)) {}

desk::presence::~presence() {
    present_at = before_;
}

}  // namespace kedge
