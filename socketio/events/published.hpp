#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace kedge {

/// A value that is read on every worker and changed rarely: writers publish a changed copy, readers keep
/// theirs until they see that there is a newer one.
template <class T>
class published {
  public:
    std::shared_ptr<const T> current() const {
        const std::lock_guard hold(writing_);
        return current_;
    }
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

    /// Publishes a copy that `edit(T&)` has changed; nothing after end().
    template <class Edit>
    void change(Edit&& edit) {
        std::shared_ptr<const T> last;  // destroyed outside the lock: what it holds may come back here
        const std::lock_guard hold(writing_);
        if (ended_) return;
        auto next = std::make_shared<T>(*current_);
        std::forward<Edit>(edit)(*next);
        last = std::exchange(current_, std::move(next));
        version_.fetch_add(1, std::memory_order_release);
    }

    /// Publishes nothing, for good. What was published goes when its last reader lets go of it.
    void end() {
        std::shared_ptr<const T> last = std::make_shared<const T>();  // destroyed outside the lock
        const std::lock_guard hold(writing_);
        current_.swap(last);
        ended_ = true;
        version_.fetch_add(1, std::memory_order_release);
    }

  private:
    mutable std::mutex writing_;
    std::shared_ptr<const T> current_ = std::make_shared<const T>();
    std::atomic<std::uint64_t> version_{1};
    bool ended_ = false;
};

/// One thread's view of something published: no lock unless it has changed.
template <class T>
class subscription {
  public:
    explicit subscription(const published<T>& source) : source_(source) {}

    const std::shared_ptr<const T>& current() {
        if (const auto version = source_.version(); version != seen_) {
            kept_ = source_.current();
            seen_ = version;
        }
        return kept_;
    }

  private:
    const published<T>& source_;
    std::shared_ptr<const T> kept_;
    std::uint64_t seen_ = 0;
};

}  // namespace kedge
