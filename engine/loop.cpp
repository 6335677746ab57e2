#include <kedge/engine/loop.hpp>

#include <new>

namespace kedge::engine {

turn_queue::~turn_queue() {
    for (turn_work* each : waiting_)
        if (each) each->ticket_ = 0;
    while (first_chained_) unchain(first_chained_);
}

void turn_queue::push(turn_work& work) noexcept {
    if (work.ticket_ != 0) return;
    try {
        waiting_.push_back(&work);
        work.ticket_ = first_ticket_ + running_.size() + waiting_.size() - 1;
        ++queued_;
    } catch (const std::bad_alloc&) {
        chain(work);
    }
}

void turn_queue::remove(turn_work& work) noexcept {
    if (work.ticket_ == 0) return;
    if (work.ticket_ == chained) {
        turn_work** link = &first_chained_;
        while (*link != &work) link = &(*link)->next_;
        unchain(*link);
        return;
    }
    place(std::exchange(work.ticket_, 0)) = nullptr;
    --queued_;
}

turn_work*& turn_queue::place(std::uint64_t ticket) noexcept {
    const std::uint64_t at = ticket - first_ticket_;
    return at < running_.size() ? running_[at] : waiting_[at - running_.size()];
}

void turn_queue::chain(turn_work& work) noexcept {
    turn_work** end = &first_chained_;
    while (*end) end = &(*end)->next_;
    *end = &work;
    work.ticket_ = chained;
    ++chained_;
    ++queued_;
}

turn_work& turn_queue::unchain(turn_work*& link) noexcept {
    turn_work& taken = *link;
    link = std::exchange(taken.next_, nullptr);
    taken.ticket_ = 0;
    --chained_;
    --queued_;
    return taken;
}

}  // namespace kedge::engine
