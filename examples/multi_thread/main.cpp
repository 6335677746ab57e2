// One worker per core, and a thread of the program's own that works for all of them. Handlers of one socket
// run on one thread; handlers of different sockets may run at the same time, hence the atomic counter.
// Sockets, answers and namespaces may be used from any thread.
//
//     example_multi_thread [--port N]

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>

#include <kedge/server.hpp>

#include "../switches.hpp"

namespace {

/// A thread that does what takes long.
class helper {
  public:
    helper() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

    void post(std::function<void()> job) {
        {
            const std::lock_guard hold(lock_);
            jobs_.push(std::move(job));
        }
        came_.notify_one();
    }

  private:
    void work(const std::stop_token& stop) {
        for (;;) {
            std::unique_lock hold(lock_);
            if (!came_.wait(hold, stop, [this] { return !jobs_.empty(); })) return;
            const auto job = std::move(jobs_.front());
            jobs_.pop();
            hold.unlock();
            job();
        }
    }

    std::mutex lock_;
    std::condition_variable_any came_;
    std::queue<std::function<void()>> jobs_;
    std::jthread thread_;
};

std::uint64_t count_primes(std::uint64_t below) {
    std::uint64_t count = 0;
    for (std::uint64_t n = 2; n < below; ++n) {
        bool prime = true;
        for (std::uint64_t d = 2; prime && d * d <= n; ++d) prime = n % d != 0;
        count += prime ? 1 : 0;
    }
    return count;
}

}  // namespace

int main(int count, char** arguments) {
    std::atomic<int> present = 0;
    helper slow;
    kedge::server io({.port = example::switches(count, arguments).port(), .threads = 0});
    io.on_connection([&](const kedge::socket& socket) {
        io.emit("present", ++present);
        socket.on_disconnect([&] { io.emit("present", --present); });
        socket.on("primes", [&slow, socket](std::uint32_t below, kedge::ack answer) {
            slow.post([below, socket, answer] {
                const auto found = count_primes(below);
                answer(found);
                socket.broadcast().emit("somebody counted", below, found);
            });
        });
    });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
