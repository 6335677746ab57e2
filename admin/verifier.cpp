#include <kedge/admin/verifier.hpp>

#include <chrono>
#include <exception>
#include <utility>

#include <kedge/engine/guard.hpp>

namespace kedge::admin {

void verifier::end() {
    std::deque<job> dropped;
    {
        const std::lock_guard hold(lock_);
        ended_ = true;
        dropped.swap(waiting_);
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool verifier::check(std::string password, still_wanted wanted, completion done) {
    {
        const std::lock_guard hold(lock_);
        if (ended_ || waiting_.size() >= most_waiting_) return false;
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
        waiting_.push_back({std::move(password), std::move(wanted), std::move(done)});
    }
    wake_.notify_one();
    return true;
}

void verifier::run() {
    using clock = std::chrono::steady_clock;
    std::unique_lock hold(lock_);
    for (;;) {
        wake_.wait(hold, [this] { return ended_ || !waiting_.empty(); });
        if (ended_) return;
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        hold.unlock();
        const auto begin = clock::now();
        work_on(next);
        const auto end = clock::now();
        next = {};
        hold.lock();
        wake_.wait_until(hold, end + (end - begin), [this] { return ended_; });
    }
}

// Without memory to compare there is no match; who is told may throw what it likes.
void verifier::work_on(job& one) noexcept {
    const auto ignore = [](const std::exception_ptr&) {};
    bool wanted = false;
    bool matches = false;
    engine::guarded(
        [&] {
            wanted = one.wanted();
            if (wanted) matches = against_.matches(one.password);
        },
        ignore);
    if (wanted) engine::guarded([&] { one.done(matches); }, ignore);
}

}  // namespace kedge::admin
