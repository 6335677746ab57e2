#pragma once

#include <type_traits>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/ack_error.hpp>

namespace kedge {

/// Whether a `Done` takes the results of an operation that can fail, without the error.
template <class Done, class... Results>
inline constexpr bool takes_what_came = false;
template <class Done, class... Results>
inline constexpr bool takes_what_came<Done, ack_error, Results...> =
    std::is_invocable_v<std::add_lvalue_reference_t<Done>, Results...>;

/// An operation that completes later. It starts when somebody says what shall happen then: a callback given
/// to then(), or `co_await` (socketio/face/coroutine.hpp), or a completion token (socketio/face/asio.hpp).
/// Dropped before that, nothing happens.
template <class... Results>
class [[nodiscard]] deferred {
  public:
    using completion = engine::unique_function<void(Results...)>;
    using operation = engine::unique_function<void(completion)>;

    /// Whether a `Done` can be called with the results.
    template <class Done>
    static constexpr bool completes = std::is_invocable_v<std::add_lvalue_reference_t<Done>, Results...>;

    explicit deferred(operation start) noexcept : start_(std::move(start)) {}

    /// Starts it; `done` is called once, on a worker's thread.
    template <class Done>
    requires completes<Done>
    void then(Done&& done) && { std::exchange(start_, {})(completion(std::forward<Done>(done))); }

    /// The same, without the error of one that can fail: `done` is given what came.
    template <class Done>
    requires(!completes<Done> && takes_what_came<Done, Results...>) void then(Done&& done) && {
        std::move(*this).then([kept = std::decay_t<Done>(std::forward<Done>(done))](
                                  ack_error, auto... results) mutable { kept(std::move(results)...); });
    }

    /// Starts it with a completion token of Asio's, where <kedge/asio.hpp> is included, and returns what
    /// the token makes of it: `io.fetch_sockets()(boost::asio::use_future)`.
    template <class Token>
    auto operator()(Token&& token) && -> decltype(start_with(std::declval<deferred>(),
                                                             std::forward<Token>(token))) {
        return start_with(std::move(*this), std::forward<Token>(token));
    }

  private:
    operation start_;
};

}  // namespace kedge
