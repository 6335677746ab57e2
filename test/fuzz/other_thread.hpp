#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

namespace kedge::fuzz {

/// A second thread that works only while the first waits for it: what happens does so in one order.
class other_thread {
  public:
    /// The one of this process, which ends with it.
    static other_thread& instance() {
        static auto* const only = new other_thread;
        return *only;
    }

    std::size_t run(std::function<std::size_t()> job) {
        std::unique_lock hold(lock_);
        job_ = std::move(job);
        changed_.notify_all();
        changed_.wait(hold, [this] { return !job_; });
        return result_;
    }

  private:
    other_thread() {
        std::thread([this] {
            std::unique_lock hold(lock_);
            for (;;) {
                changed_.wait(hold, [this] { return job_ != nullptr; });
                result_ = job_();
                job_ = nullptr;
                changed_.notify_all();
            }
        }).detach();
    }

    std::mutex lock_;
    std::condition_variable changed_;
    std::function<std::size_t()> job_;
    std::size_t result_ = 0;
};

}  // namespace kedge::fuzz
