#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <test/socketio/world.hpp>

namespace kedge::testing {

/// A worker on a thread of its own, with the real clock.
class thread_loop final : public engine::loop {
  public:
    explicit thread_loop(unsigned index) : index_(index), thread_([this] { run(); }) {}
    ~thread_loop() override { stop(); }

    unsigned index() const noexcept override { return index_; }
    engine::time_point now() const noexcept override { return now_; }
    engine::timer_wheel& timers() noexcept override { return timers_; }
    void at_end_of_turn(engine::turn_work& work) override { queue_.push(work); }
    void forget(engine::turn_work& work) noexcept override { queue_.remove(work); }
    void post(engine::task work) override {
        {
            const std::lock_guard hold(lock_);
            tasks_.push_back(std::move(work));
        }
        wake_.notify_one();
    }
    bool on_this_thread() const noexcept override { return std::this_thread::get_id() == thread_.get_id(); }

    /// Runs it there and waits for what it returns.
    template <class F>
    auto ask(F&& question) {
        std::promise<decltype(question())> answered;
        auto answer = answered.get_future();
        post([&] {
            if constexpr (std::is_void_v<decltype(question())>) {
                question();
                answered.set_value();
            } else {
                answered.set_value(question());
            }
        });
        return answer.get();
    }
    void stop() {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard hold(lock_);
            stopped_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

  private:
    static engine::time_point clock() {
        return std::chrono::floor<engine::duration>(std::chrono::steady_clock::now());
    }
    void run() {
        for (;;) {
            std::deque<engine::task> batch;
            {
                std::unique_lock hold(lock_);
                const auto ready = [this] { return stopped_ || !tasks_.empty(); };
                const auto next = timers_.next();
                next ? (void)wake_.wait_until(hold, *next, ready) : wake_.wait(hold, ready);
                if (stopped_ && tasks_.empty()) return;
                batch.swap(tasks_);
            }
            now_ = clock();
            for (auto& each : batch) each();
            batch.clear();
            timers_.run(now_);
            while (queue_.run([](engine::turn_work& work) { work.end_turn(); })) {
            }
        }
    }

    unsigned index_;
    engine::time_point now_ = clock();
    engine::timer_wheel timers_{now_};
    engine::turn_queue queue_;
    std::mutex lock_;
    std::condition_variable wake_;
    std::deque<engine::task> tasks_;
    bool stopped_ = false;
    std::thread thread_;
};

/// A whole Socket.IO side on several workers.
class threaded_world {
  public:
    explicit threaded_world(unsigned threads = 4, const std::function<void(hub_settings&)>& change = {}) {
        auto made = test_settings(random);
        if (change) change(made);
        above = std::make_shared<namespaces>(std::move(made));
        std::vector<engine::loop*> list;
        for (unsigned i = 0; i < threads; ++i) {
            loops.push_back(std::make_unique<thread_loop>(i));
            list.push_back(loops.back().get());
        }
        above->attach(list);
        for (const auto& each : loops)
            sessions.push_back(std::make_unique<engine::registry>(*each, settings, *above));
    }
    ~threaded_world() {
        for (const auto& each : loops) each->stop();
        above->shut();
        sessions.clear();
    }
    threaded_world(const threaded_world&) = delete;
    threaded_world& operator=(const threaded_world&) = delete;

    /// A client on one worker; to be touched there only.
    class remote_peer {
      public:
        void send(std::string packet) const {
            home->post([record = record, transport = transport, packet = std::move(packet)]() mutable {
                if (!record->destroyed && transport->owner()) transport->receive(std::move(packet));
            });
        }
        void vanish() const {
            home->post([record = record, transport = transport] {
                if (!record->destroyed && transport->owner()) transport->owner()->on_close(*transport);
            });
        }
        /// How many packets that begin so have come.
        std::size_t count(std::string_view beginning) const {
            return home->ask([&] {
                std::size_t found = 0;
                for (const auto& line : record->sent) found += line.starts_with(beginning);
                return found;
            });
        }
        bool closed() const {
            return home->ask([&] { return record->closed || record->discarded || record->destroyed; });
        }

        thread_loop* home;
        fake_websocket* transport;
        std::shared_ptr<transport_record> record;
    };

    remote_peer open(unsigned worker) {
        auto made = std::make_unique<fake_websocket>();
        remote_peer made_peer{loops[worker].get(), made.get(), made->record()};
        loops[worker]->ask([&] {
            sessions[worker]->open("session" + std::to_string(++opened_), engine::revision::v4, first,
                                   std::move(made));
        });
        return made_peer;
    }
    remote_peer join(unsigned worker) {
        auto opened = open(worker);
        opened.send("40");
        return opened;
    }
    /// Waits until everything that is on its way has arrived everywhere.
    void settle() {
        for (int round = 0; round < 3; ++round)
            for (const auto& each : loops) each->ask([] {});
    }
    nsp of(std::string_view name = "/") { return nsp(above->of(name)); }

    foretold_random random;
    engine::options settings;
    engine::request_ptr first = std::make_shared<engine::request>();
    std::shared_ptr<namespaces> above;
    std::vector<std::unique_ptr<thread_loop>> loops;
    std::vector<std::unique_ptr<engine::registry>> sessions;

  private:
    std::atomic<unsigned> opened_{0};
};

/// Waits for a deferred operation.
template <class... Results>
auto await(deferred<Results...> operation) {
    std::promise<std::tuple<Results...>> done;
    auto result = done.get_future();
    std::move(operation).then([&](Results... results) { done.set_value({std::move(results)...}); });
    return result.get();
}

}  // namespace kedge::testing
