#include <kedge/engine/scheduled.hpp>

#include <stdexcept>
#include <utility>

namespace kedge {

/// The work while it is called; it goes back afterwards, also when it throws.
class scheduled_work::under_way {
  public:
    explicit under_way(scheduled_work& whose) noexcept : whose_(whose) {
        const std::lock_guard hold(whose_.lock_);
        work_ = std::exchange(whose_.work_, {});
        if (!whose_.repeats_) whose_.over_ = true;
    }
    ~under_way() {
        const std::lock_guard hold(whose_.lock_);
        if (!whose_.over_ && work_) whose_.work_ = std::move(work_);
    }
    under_way(const under_way&) = delete;
    under_way& operator=(const under_way&) = delete;

    void go() {
        if (work_) work_();
    }

  private:
    scheduled_work& whose_;
    engine::task work_;
};

void scheduled_work::call() {
    under_way(*this).go();
}

// What is let go of may hold anything: never under the lock.
void scheduled_work::cancel() noexcept {
    engine::task dropped;
    const std::lock_guard hold(lock_);
    over_ = true;
    dropped = std::exchange(work_, {});
}

bool scheduled_work::pending() const noexcept {
    const std::lock_guard hold(lock_);
    return !over_;
}

engine::duration checked_period(engine::duration period) {
    if (period <= engine::duration{0})
        throw std::invalid_argument("every: the period has to be longer than nothing");
    return period;
}

void scheduled::cancel() const noexcept {
    if (const auto work = which_.lock()) work->cancel();
}

bool scheduled::pending() const noexcept {
    const auto work = which_.lock();
    return work && work->pending();
}

}  // namespace kedge
