#include <kedge/transports/loop/mailbox.hpp>

#include <array>
#include <functional>
#include <memory>
#include <new>
#include <utility>

namespace kedge::transports {

struct mailbox::letter {
    engine::task work;
    letter* next = nullptr;
};

/// Paper that is put aside, for what is posted when memory has run out: answers that somebody waits for.
class mailbox::drawer {
  public:
    letter* take() noexcept {
        for (sheet& each : sheets_)
            if (!each.taken.exchange(true, std::memory_order_acquire)) return &each.paper;
        return nullptr;
    }
    /// False when it is not from here.
    bool give_back(letter* used) noexcept {
        constexpr std::less<const letter*> before;
        if (before(used, &sheets_.front().paper) || before(&sheets_.back().paper, used)) return false;
        for (sheet& each : sheets_)
            if (&each.paper == used) each.taken.store(false, std::memory_order_release);
        return true;
    }

  private:
    struct sheet {
        letter paper;
        std::atomic<bool> taken{false};
    };
    std::array<sheet, 64> sheets_;
};

mailbox::mailbox() : aside_(std::make_unique<drawer>()) {}

mailbox::~mailbox() {
    for (letter* next = oldest_first(); next != nullptr;) open(next);
}

bool mailbox::push(engine::task work) {
    letter* posted = new (std::nothrow) letter;
    if (!posted) posted = aside_->take();
    if (!posted) throw std::bad_alloc();
    posted->work = std::move(work);
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
    letter* const opened = std::exchange(next, next->next);
    engine::task work = std::move(opened->work);
    if (!aside_->give_back(opened)) delete opened;
    return work;
}

}  // namespace kedge::transports
