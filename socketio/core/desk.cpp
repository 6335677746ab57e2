#include <kedge/socketio/core/desk.hpp>

#include <mutex>
#include <new>
#include <shared_mutex>
#include <utility>

namespace kedge {
namespace {

constexpr std::size_t always_room_for = 64;  // departed ones, whatever memory there is

thread_local desk* present_at = nullptr;

/// Work that comes to a desk from elsewhere.
struct arrival {
    desk& at;
    engine::task work;
};

/// Never destroyed: better than too early.
void forsake(std::shared_ptr<const void> whom) noexcept {
    using pointer = std::shared_ptr<const void>;
    alignas(pointer) std::byte grave[sizeof(pointer)];
    ::new (static_cast<void*>(grave)) pointer(std::move(whom));
}

}  // namespace

// Taken shared by whoever is elsewhere and needs the worker to stay while he knocks.
struct desk::gate {
    mutable std::shared_mutex lock;
    bool open = true;
};

delays::delays(desk& home) noexcept : home_(home), waiting_(home.loop()) {}

void delays::add(engine::duration delay, engine::task work) {
    waiting_.add(delay, [&home = home_, work = std::move(work)]() mutable {
        const desk::presence here(home);
        work();
    });
}

desk::desk(engine::random_source& random, engine::loop& home,
           std::shared_ptr<boost::asio::execution_context> context)
    : home_(&home),
      context_(std::move(context)),
      index_(home.index()),
      ids_(random, index_),
      gate_(std::make_unique<gate>()),
      waiting_(*this) {
    departed_.reserve(always_room_for);
}

desk::~desk() = default;

desk* desk::current() noexcept {
    return present_at;
}

bool desk::here() const noexcept {
    if (present_at == this) return true;
    const std::shared_lock hold(gate_->lock);
    return gate_->open && home_->on_this_thread();
}

bool desk::open() const noexcept {
    const std::shared_lock hold(gate_->lock);
    return gate_->open;
}

// Timers that the program makes when the worker is gone must find another place.
boost::asio::execution_context* desk::context() const noexcept {
    const std::shared_lock hold(gate_->lock);
    return gate_->open ? context_.get() : nullptr;
}

void desk::run(engine::task work) {
    if (!here()) return post(std::move(work));
    const engine::stay inside(*home_);
    work();
}

void desk::post(engine::task work) {
    const std::shared_lock hold(gate_->lock);
    if (!gate_->open) return;
    std::unique_ptr<arrival> told(new (std::nothrow) arrival{*this, {}});
    if (!told) return home_->post(std::move(work));  // here() is dearer then, and right as well
    told->work = std::move(work);
    home_->post([told = std::move(told)] {
        const presence here(told->at);
        told->work();
    });
}

void desk::after(engine::duration delay, engine::task work) {
    run([this, delay, work = std::move(work)]() mutable { waiting_.add(delay, std::move(work)); });
}

void desk::bury(std::shared_ptr<const void> departed) {
    if (!open()) return;  // there are no more turns
    if (departed_.empty()) loop().at_end_of_turn(*this);
    try {
        departed_.push_back(std::move(departed));
    } catch (const std::bad_alloc&) {
        forsake(std::move(departed));
    }
}

void desk::end_turn() {
    // What is destroyed here may bury others (a handler that held the last handle of another socket).
    auto gone = std::exchange(departed_, {});
    gone.clear();
    if (departed_.empty() && gone.capacity() <= crowd) departed_.swap(gone);
}

void desk::shut() noexcept {
    {
        const std::unique_lock hold(gate_->lock);
        if (!std::exchange(gate_->open, false)) return;
    }
    home_->forget(*this);
    auto gone = std::exchange(departed_, {});
    waiting_.clear();
}

desk::presence::presence(desk& at) noexcept : before_(std::exchange(present_at, &at)) {}

desk::presence::~presence() {
    present_at = before_;
}

}  // namespace kedge
