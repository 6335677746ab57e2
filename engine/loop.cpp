#include <engine/loop.hpp>

namespace kedge::engine {

/// Both ends of the list; what it does is never asked for.
struct turn_queue::sentinel final : turn_work {
    void end_turn() override {}
};

turn_queue::turn_queue() : ends_(std::make_unique<sentinel>()) {
    turn_work& ends = *ends_;
    ends.next_ = ends.previous_ = &ends;
}

turn_queue::~turn_queue() {
    while (pop() != nullptr) {
    }
}

void turn_queue::push(turn_work& work) noexcept {
    if (work.next_ != nullptr) return;
    turn_work& ends = *ends_;
    work.next_ = &ends;
    work.previous_ = ends.previous_;
    work.previous_->next_ = ends.previous_ = &work;
}

void turn_queue::remove(turn_work& work) noexcept {
    if (work.next_ == nullptr) return;
    work.previous_->next_ = work.next_;
    work.next_->previous_ = work.previous_;
    work.next_ = work.previous_ = nullptr;
}

turn_work* turn_queue::pop() noexcept {
    if (empty()) return nullptr;
    turn_work& ends = *ends_;
    turn_work* first = ends.next_;
    remove(*first);
    return first;
}

bool turn_queue::empty() const noexcept {
    const turn_work& ends = *ends_;
    return ends.next_ == &ends;
}

}  // namespace kedge::engine
