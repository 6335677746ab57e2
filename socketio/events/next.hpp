#pragma once

#include <memory>
#include <optional>

#include <kedge/socketio/events/connect_error.hpp>

namespace kedge {

/// Where an answer goes. From any thread; the first counts.
class decision {
  public:
    virtual ~decision() = default;
    virtual void answer(std::optional<connect_error> refusal) = 0;
};

/// How a middleware answers: `next()` goes on, `next(kedge::connect_error("…"))` refuses. May be kept, copied
/// and called later, from any thread; the first call counts.
class next {
  public:
    explicit next(std::shared_ptr<decision> after) noexcept : after_(std::move(after)) {}

    void operator()() const { answer(std::nullopt); }
    void operator()(connect_error why) const { answer(std::move(why)); }

  private:
    void answer(std::optional<connect_error> refusal) const;
    std::shared_ptr<decision> after_;
};

/// How the predicate of a dynamic namespace answers: `verdict(true)` makes the namespace. As free as
/// kedge::next.
class verdict {
  public:
    explicit verdict(std::shared_ptr<decision> after) noexcept : after_(std::move(after)) {}

    void operator()(bool allowed) const;

  private:
    std::shared_ptr<decision> after_;
};

}  // namespace kedge
