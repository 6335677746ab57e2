#include <kedge/engine/loop.hpp>

namespace kedge::engine {

turn_queue::~turn_queue() {
    for (turn_work* each : waiting_)
        if (each) each->ticket_ = 0;
}

void turn_queue::push(turn_work& work) {
    if (work.ticket_ != 0) return;
    waiting_.push_back(&work);
    work.ticket_ = first_ticket_ + running_.size() + waiting_.size() - 1;
    ++queued_;
}

void turn_queue::remove(turn_work& work) noexcept {
    if (work.ticket_ == 0) return;
    place(std::exchange(work.ticket_, 0)) = nullptr;
    --queued_;
}

turn_work*& turn_queue::place(std::uint64_t ticket) noexcept {
    const std::uint64_t at = ticket - first_ticket_;
    return at < running_.size() ? running_[at] : waiting_[at - running_.size()];
}

}  // namespace kedge::engine
