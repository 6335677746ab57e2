#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/function.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/http/header_list.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

class ticket;
struct right_to_answer;

/// Gives the next piece of a body: fills the span from its front and returns how many bytes it wrote. Called
/// on the connection's thread whenever the kernel has taken the piece before, so that a large file is never
/// in memory whole. Returning 0 before the promised length is reached cuts the connection.
using body_source = engine::unique_function<std::size_t(std::span<char>)>;

/// A request that an application answers, and the right to answer it once: now or later, from any thread. A
/// cheap handle; when the last copy goes without an answer, the client gets a 500. An answer to somebody who
/// has left is nothing.
class exchange {
  public:
    explicit exchange(std::shared_ptr<right_to_answer> right) noexcept : right_(std::move(right)) {}

    const engine::request& request() const noexcept;
    const engine::request_ptr& shared_request() const noexcept;
    /// The request's body; empty for a middleware, which runs before it is read.
    std::string_view body() const noexcept;
    std::string take_body() const noexcept;

    /// Adds a header to whatever will be the answer, also to one that the engine gives (for middlewares).
    /// Only before the answer, on the thread that the request was given on.
    void add_header(std::string_view name, std::string_view value) const;

    void reply(int status, header_list headers = {}, std::string body = {}) const;
    /// An answer whose body of `length` bytes is pulled piece by piece.
    void reply(int status, header_list headers, std::uint64_t length, body_source source) const;
    /// Whether the peer has left, or the answer was given. From any thread; a moment later it may be
    /// otherwise.
    bool over() const noexcept;

  private:
    std::shared_ptr<right_to_answer> right_;
};

/// Passes a request on to what comes behind a middleware, or refuses it. Callable once, now or later, from
/// any thread.
class next_step {
  public:
    explicit next_step(std::shared_ptr<right_to_answer> right) noexcept : right_(std::move(right)) {}
    /// Goes on.
    void operator()() const;
    /// Refuses: `Bad request`, code 3, MIDDLEWARE_FAILURE.
    void fail() const;

  private:
    std::shared_ptr<right_to_answer> right_;
};

/// Runs before the engine looks at a request (upgrade requests included). It may add headers to the answer,
/// answer the request itself, or pass it on. On an upgrade request an answer just ends the connection.
using middleware = std::function<void(exchange, next_step)>;

/// The verdict on a handshake, given once, now or later, from any thread. Dropped, it is a 500.
class admission {
  public:
    explicit admission(std::shared_ptr<right_to_answer> right) noexcept : right_(std::move(right)) {}
    void allow() const;
    /// Answers 403 (an upgrade request: 400), code 4, with this message.
    void refuse(std::string message = "Forbidden") const;

  private:
    std::shared_ptr<right_to_answer> right_;
};

/// An upgrade request on a path that is not the engine's. Whoever claims it speaks with the peer from there
/// on.
class upgrade_offer {
  public:
    /// Receives the connection with the bytes that came behind the request.
    using claimant = engine::unique_function<void(detached_stream)>;

    explicit upgrade_offer(std::shared_ptr<ticket> held) noexcept : held_(std::move(held)) {}
    const engine::request& request() const noexcept;
    /// Now or later (within `destroy_upgrade_timeout`), from any thread. `take` is called on the connection's
    /// thread, unless the peer has left.
    void claim(claimant take) const;

  private:
    std::shared_ptr<ticket> held_;
};

}  // namespace kedge::transports
