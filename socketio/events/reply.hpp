#pragma once

#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/events/deferred.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

/// What waits for an acknowledgement, whatever the types of its parameters: called once with the arguments of
/// the answer, or with the reason why there is none. Says which argument did not fit.
using reply_handler =
    engine::unique_function<std::optional<argument_error>(ack_error, const items&, handler_context&)>;

/// The answer of one client, or why there is none.
using single_reply = deferred<ack_error, value>;

/// A callback that can be the last argument of emit. Its parameters are those of a handler; one of type
/// kedge::ack_error tells whether the answer came. Without one it is called only when the answer came.
template <class F>
concept reply_callable = event_callable<F> && !emittable<F>;

template <class Parameters>
inline constexpr bool wants_error = false;
template <class... P>
inline constexpr bool wants_error<std::tuple<P...>> = (std::same_as<std::remove_cvref_t<P>, ack_error> ||
                                                       ...);

template <class P>
std::remove_cvref_t<P> parameter_without_answer(handler_context& context) {
    if constexpr (is_context_parameter<P>) {
        return context_parameter<std::remove_cvref_t<P>>::take(context);
    } else {
        return {};
    }
}

/// Calls with the error alone: the other parameters are empty.
template <class F, class... P>
void call_without_answer(F& f, handler_context& context, std::type_identity<std::tuple<P...>>) {
    f(parameter_without_answer<P>(context)...);
}

template <reply_callable F>
reply_handler make_reply_handler(F&& f) {
    using callable = std::decay_t<F>;
    static_assert(!answers_later<callable>,
                  "co_await emit_with_ack(…) instead of a callback that is a coroutine");
    using parameters = typename signature<callable>::parameters;
    return [kept = callable(std::forward<F>(f))](
               ack_error error, const items& from,
               handler_context& context) mutable -> std::optional<argument_error> {
        if (!error) return argument_binder<callable>::call(kept, from, context);
        if constexpr (wants_error<parameters>)
            call_without_answer(kept, context, std::type_identity<parameters>{});
        return std::nullopt;
    };
}

template <class... Args>
struct last_of {
    using type = void;
};
template <class First, class... More>
struct last_of<First, More...> {
    using type = std::tuple_element_t<sizeof...(More), std::tuple<First, More...>>;
};

/// Takes the arguments of an emit apart: calls `use(const outgoing_arguments&, last)` with all but the last,
/// and the last.
template <class Use, class... Args>
decltype(auto) with_last(Use&& use, Args&&... args) {
    constexpr std::size_t last = sizeof...(Args) - 1;
    const auto all = std::forward_as_tuple(std::forward<Args>(args)...);
    using callback = typename last_of<Args&&...>::type;
    return [&]<std::size_t... Index>(std::index_sequence<Index...>)->decltype(auto) {
        return with_arguments(
            [&](const outgoing_arguments& sent) {
                return use(sent, static_cast<callback>(std::get<last>(all)));
            },
            std::get<Index>(all)...);
    }
    (std::make_index_sequence<last>{});
}

/// What emit() does with its arguments where the answer is a `Reply`, a kedge::deferred: with a callback for
/// it at their end, `ask(const outgoing_arguments&)` makes the reply that completes with it; without one,
/// `start(const outgoing_arguments&)` sends.
template <class Reply, class Start, class Ask, class... Args>
void start_or_ask(Start&& start, Ask&& ask, Args&&... args) {
    if constexpr (Reply::template completes<typename last_of<Args...>::type>) {
        with_last([&](const outgoing_arguments& sent,
                      auto&& done) { ask(sent).then(std::forward<decltype(done)>(done)); },
                  std::forward<Args>(args)...);
    } else {
        with_arguments(start, args...);
    }
}

}  // namespace kedge
