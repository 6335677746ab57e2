#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/http/responder.hpp>
#include <kedge/transports/loop/door.hpp>

namespace kedge::transports {

/// What the application's handles share of a request under way: they may live on any thread and outlive it.
/// Collects the body of a request that the application answers.
class ticket final : public responder, public std::enable_shared_from_this<ticket> {
  public:
    ticket(connection& at, door_ptr way, engine::request_ptr request) noexcept
        : request_(std::move(request)), way_(std::move(way)), at_(&at) {}

    const engine::request_ptr& request() const noexcept { return request_; }
    std::string& body() noexcept { return body_; }
    bool over() const noexcept { return over_.load(std::memory_order_relaxed); }
    /// On the connection's thread. How many continuations were used up: each holds for its own stage only.
    unsigned stage() const noexcept { return stage_; }
    /// On the connection's thread, or null when the request is over.
    connection* at() const noexcept { return at_; }

    /// Runs `f(connection&)` on the connection's thread, unless the request is over or beyond this stage.
    /// From any thread. Uses the stage up.
    template <class F>
    void pass(unsigned stage, F f) {
        way_->pass([self = shared_from_this(), stage, f = std::move(f)]() mutable {
            if (!self->at_ || self->stage_ != stage) return;
            ++self->stage_;
            self->attempt([&f](connection& at) { f(at); });
        });
    }

    /// The request is over.
    void detach() noexcept {
        at_ = nullptr;
        over_.store(true, std::memory_order_relaxed);
    }

    /// Collects the body of at most `limit` bytes for the application's handler.
    void collect(std::size_t limit);

  private:
    void attempt(engine::unique_function<void(connection&)> what);
    void on_body(connection& from, std::string_view bytes) override;
    void on_body_end(connection& from) override;
    void on_gone(connection&) override {}

    engine::request_ptr request_;
    door_ptr way_;
    std::string body_;
    std::size_t limit_ = 0;
    connection* at_;
    unsigned stage_ = 0;
    std::atomic<bool> over_{false};
};

/// One continuation of a request. Dropped unused, it answers 500, so that no client waits for ever.
struct right_to_answer {
    right_to_answer(std::shared_ptr<ticket> of_request, unsigned at_stage) noexcept
        : held(std::move(of_request)), stage(at_stage) {}
    ~right_to_answer();
    right_to_answer(const right_to_answer&) = delete;
    right_to_answer& operator=(const right_to_answer&) = delete;

    std::shared_ptr<ticket> held;
    unsigned stage;
};

}  // namespace kedge::transports
