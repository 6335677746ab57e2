#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/loop/door.hpp>

namespace kedge::transports {

class connection;

/// What the application's handles share of a request under way: they may live on any thread and outlive it.
class ticket final : public std::enable_shared_from_this<ticket> {
  public:
    /// `bytes_allowed`: of a streamed answer that may wait to be sent.
    ticket(connection& at, door_ptr way, engine::request_ptr request, std::size_t bytes_allowed) noexcept
        : request_(std::move(request)), way_(std::move(way)), at_(&at), bytes_allowed_(bytes_allowed) {}

    const engine::request_ptr& request() const noexcept { return request_; }
    const door_ptr& way() const noexcept { return way_; }
    std::size_t bytes_allowed() const noexcept { return bytes_allowed_; }
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

    /// Something that lives as long as the ticket.
    struct companion {
        virtual ~companion() = default;
    };
    void keep(std::unique_ptr<companion> with) noexcept { companion_ = std::move(with); }

  private:
    void attempt(engine::unique_function<void(connection&)> what);

    engine::request_ptr request_;
    door_ptr way_;
    std::string body_;
    std::unique_ptr<companion> companion_;
    connection* at_;
    std::size_t bytes_allowed_;
    unsigned stage_ = 0;
    std::atomic<bool> over_{false};
};

}  // namespace kedge::transports
