#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/function.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/http/answer_stream.hpp>
#include <kedge/transports/http/body_source.hpp>
#include <kedge/transports/net/detached_stream.hpp>
#include <kedge/transports/syntax/header_list.hpp>

namespace kedge::transports {

class ticket;
class right_to_answer;

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
    /// An answer that is written piece by piece, from now on: see answer_stream.
    answer_stream stream(int status, header_list headers = {}) const;
    /// Whether the peer has left, or the answer was given. From any thread; a moment later it may be
    /// otherwise.
    bool over() const noexcept;

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
