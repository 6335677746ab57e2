#include <kedge/transports/loop/mailbox.hpp>

#include <memory>
#include <utility>

namespace kedge::transports {

struct mailbox::letter {
    engine::task work;
    letter* next = nullptr;
};

mailbox::~mailbox() {
    for (letter* next = oldest_first(); next != nullptr;) open(next);
}

bool mailbox::push(engine::task work) {
    auto* const posted = new letter{std::move(work)};
    letter* before = newest_.load(std::memory_order_relaxed);
    do {
        posted->next = before;
    } while (
        !newest_.compare_exchange_weak(before, posted, std::memory_order_release, std::memory_order_relaxed));
    return before == nullptr;  // the letter itself may have been read and destroyed by now
}

mailbox::letter* mailbox::oldest_first() noexcept {
    letter* newest = newest_.exchange(nullptr, std::memory_order_acquire);
    letter* oldest = nullptr;
    while (newest) oldest = std::exchange(newest, std::exchange(newest->next, oldest));
    return oldest;
}

engine::task mailbox::open(letter*& next) noexcept {
    const std::unique_ptr<letter> opened(std::exchange(next, next->next));
    return std::move(opened->work);
}

}  // namespace kedge::transports
