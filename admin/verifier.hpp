#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include <kedge/admin/password.hpp>
#include <kedge/engine/function.hpp>

namespace kedge::admin {

/// Compares passwords with the hash of one, which is made to take long, on a thread of its own: one at a
/// time, and rests as long as each has taken, so that strangers who try cost half a core and no worker
/// anything. The thread begins with the first password.
class verifier {
  public:
    /// Whether the answer is waited for still, and the answer. On the thread of the verifier.
    using still_wanted = engine::unique_function<bool()>;
    using completion = engine::unique_function<void(bool matches)>;

    explicit verifier(password_hash against, std::size_t most_waiting = 16) noexcept
        : against_(std::move(against)), most_waiting_(most_waiting) {}
    ~verifier() { end(); }
    verifier(const verifier&) = delete;
    verifier& operator=(const verifier&) = delete;

    /// Waits for the one that is under way; the others get no answer, and nobody is heard any more. Not on
    /// the verifier's thread, which whoever waits may keep alive with what he holds.
    void end();
    /// False when too many wait.
    bool check(std::string password, still_wanted wanted, completion done);

  private:
    struct job {
        std::string password;
        still_wanted wanted;
        completion done;
    };

    void run();
    void work_on(job& one) noexcept;

    const password_hash against_;
    const std::size_t most_waiting_;
    std::mutex lock_;
    std::condition_variable wake_;
    std::deque<job> waiting_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace kedge::admin
