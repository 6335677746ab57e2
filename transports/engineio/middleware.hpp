#pragma once

#include <functional>
#include <memory>
#include <string>

#include <kedge/transports/http/exchange.hpp>

namespace kedge::transports {

struct pending_request;
class right_to_answer;

/// Passes a request on to what comes behind a middleware, or refuses it. Callable once, now or later, from
/// any thread.
class next_step {
  public:
    next_step(std::shared_ptr<right_to_answer> right, std::shared_ptr<pending_request> asked) noexcept;
    /// Goes on.
    void operator()() const;
    /// Refuses: `Bad request`, code 3, MIDDLEWARE_FAILURE.
    void fail() const;

  private:
    std::shared_ptr<right_to_answer> right_;
    std::shared_ptr<pending_request> asked_;
};

/// Runs before the engine looks at a request (upgrade requests included). It may add headers to the answer,
/// answer the request itself, or pass it on. On an upgrade request an answer just ends the connection.
using middleware = std::function<void(exchange, next_step)>;

/// The verdict on a handshake, given once, now or later, from any thread. Dropped, it is a 500.
class admission {
  public:
    admission(std::shared_ptr<right_to_answer> right, std::shared_ptr<pending_request> asked) noexcept;
    void allow() const;
    /// Answers 403 (an upgrade request: 400), code 4, with this message.
    void refuse(std::string message = "Forbidden") const;

  private:
    std::shared_ptr<right_to_answer> right_;
    std::shared_ptr<pending_request> asked_;
};

}  // namespace kedge::transports
