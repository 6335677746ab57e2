#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

// Why something cannot be a handler, in words: what event_callable refuses without saying more.

template <class P>
struct parameter_check {
    static constexpr bool changeable =
        std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
    static_assert(!changeable, "a handler takes its parameters by value, or by reference to const");
    static_assert(
        changeable || handler_parameter<P>,
        "Kedge cannot read a parameter of this type: specialise kedge::json for it, or take another "
        "(docs/api.md has those that it can read)");
};

template <class R>
struct result_check {
    static_assert(handler_result<R>,
                  "Kedge cannot send what this handler returns: specialise kedge::json for its type; for "
                  "coroutines include <kedge/coroutine.hpp>");
};

template <class Parameters>
inline constexpr std::size_t parameters_checked = 0;
template <class... P>
inline constexpr std::size_t parameters_checked<std::tuple<P...>> = (std::size_t{0} + ... +
                                                                     sizeof(parameter_check<P>));

/// Does not compile where it cannot be registered for an event, and says why.
template <class F>
constexpr void check_handler() {
    static_assert(callable_with_signature<F>,
                  "a handler is a callable whose parameters are spelt out: no auto, no overloads; "
                  "kedge::bind() makes one of a member function");
    if constexpr (callable_with_signature<F>) {
        using looks = signature<std::decay_t<F>>;
        static_assert(parameters_checked<typename looks::parameters> +
                      sizeof(result_check<typename looks::result>));
        static_assert(
            parameters_outlive_the_message<F>,
            "a handler that is a coroutine runs on when the message is gone: it takes its parameters by "
            "value, std::string instead of std::string_view, std::vector<std::byte> instead of std::span");
    }
}

}  // namespace kedge
