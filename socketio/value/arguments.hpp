#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/value/argument_list.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/json_containers.hpp>
#include <kedge/socketio/value/json_mismatch.hpp>
#include <kedge/socketio/value/json_scalars.hpp>
#include <kedge/socketio/value/signature.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// Results of handlers that come later, such as awaitables. Specialise it with
/// `static void start(call_context&, std::shared_ptr<const void> keep, Result)`, where `keep` keeps the
/// handler's callable alive. Such a handler cannot take parameters that borrow.
template <class Result>
struct deferred_result : std::false_type {};

/// Whether a T points into what was received, so that it must not be used after the handler has returned.
template <class T>
struct borrows : std::bool_constant<std::same_as<T, std::string_view> || std::same_as<T, item> ||
                                    std::same_as<T, std::span<const std::byte>> ||
                                    std::same_as<T, std::span<const std::uint8_t>>> {};
template <template <class...> class Outer, class... Inner>
struct borrows<Outer<Inner...>>
    : std::bool_constant<std::same_as<Outer<Inner...>, std::string_view> || (borrows<Inner>::value || ...)> {
};

template <class P>
inline constexpr bool is_context_parameter = context_parameter<std::remove_cvref_t<P>>::value;
template <class P>
inline constexpr bool is_value_parameter =
    !is_context_parameter<P> && !std::same_as<std::remove_cvref_t<P>, arguments>;

/// A parameter that a handler can have: a type that arguments can be converted to (see json.hpp for teaching
/// it yours), kedge::arguments, kedge::socket, kedge::ack. Not a non-const reference.
template <class P>
concept handler_parameter = (!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>)&&(
    is_context_parameter<P> || std::same_as<std::remove_cvref_t<P>, arguments> ||
    readable<std::remove_cvref_t<P>>);

/// A result that a handler can have: nothing, something that can be emitted, kedge::arguments, an awaitable.
template <class R>
concept handler_result = std::is_void_v<R> || std::same_as<std::remove_cvref_t<R>, arguments> ||
    deferred_result<std::remove_cvref_t<R>>::value || writable<std::remove_cvref_t<R>>;

template <class Parameters>
inline constexpr bool are_handler_parameters = false;
template <handler_parameter... P>
inline constexpr bool are_handler_parameters<std::tuple<P...>> = true;

template <class Parameters>
inline constexpr bool are_owned = false;
template <class... P>
inline constexpr bool are_owned<std::tuple<P...>> =
    (!(std::is_reference_v<P> || borrows<std::remove_cvref_t<P>>::value) && ...);
template <class F>
inline constexpr bool answers_later =
    deferred_result<std::remove_cvref_t<typename signature<std::decay_t<F>>::result>>::value;

/// A handler that returns an awaitable runs on after the message is gone: it takes its parameters by value,
/// std::string instead of std::string_view, std::vector<std::byte> instead of std::span.
template <class F>
concept parameters_outlive_the_message =
    !answers_later<F> || are_owned<typename signature<std::decay_t<F>>::parameters>;

/// What can be registered for an event.
template <class F>
concept event_callable =
    callable_with_signature<F> && are_handler_parameters<typename signature<std::decay_t<F>>::parameters> &&
    handler_result<typename signature<std::decay_t<F>>::result> && parameters_outlive_the_message<F>;

/// Something that can be given to emit: a writable value or kedge::arguments.
template <class T>
concept emittable = writable<std::remove_cvref_t<T>>;

template <class T>
std::size_t count_arguments(const T& one) {
    if constexpr (std::same_as<T, arguments>) return one.size();
    return 1;
}

template <class T>
void write_arguments(writer& to, const T& one) {
    static_assert(
        emittable<T>,
        "Kedge cannot send an argument of this type: specialise kedge::json for it. A callback comes last, "
        "with its parameters spelt out: those of a handler, or (kedge::ack_error, std::vector<kedge::value>) "
        "for the answers of many");
    if constexpr (std::same_as<T, arguments>) {
        for (const value& each : one) each.write(to);
    } else if constexpr (emittable<T>) {
        kedge::write(to, one);
    }
}

/// Calls `use` with the arguments in the form that emit needs, and returns what it returns.
template <class Use, class... Args>
decltype(auto) with_arguments(Use&& use, const Args&... args) {
    const auto write_all = [&](writer& to) { (write_arguments(to, args), ...); };
    return std::forward<Use>(use)(
        outgoing_arguments{(std::size_t{0} + ... + count_arguments(args)), write_all});
}

/// Nested in other data, arguments are an array.
template <>
struct json<arguments> {
    static constexpr std::string_view name = "array";
    static void write(writer& to, const arguments& from) {
        json<std::vector<value>>::write(to, from.values());
    }
};

/// Reads one parameter after the other.
class argument_reader {
  public:
    explicit argument_reader(const items& from) noexcept : all_(from), rest_(from) {}

    /// False if the argument is not what the parameter takes.
    template <class Parameter, class Kept>
    bool read(Kept& to) {
        if constexpr (is_value_parameter<Parameter>) {
            const item received = next();
            if (kedge::read(received, to)) return true;
            refuse(find_mismatch<Kept>(received).value_or(mismatch{{}, kedge::describe<Kept>(), received}));
            return false;
        } else if constexpr (std::same_as<std::remove_cvref_t<Parameter>, arguments>) {
            to = arguments(all_);
        }
        return true;
    }

    std::optional<argument_error> error() noexcept { return std::move(error_); }

  private:
    item next() noexcept {
        ++count_;
        return std::exchange(rest_, rest_.rest()).front();
    }
    void refuse(mismatch what);

    items all_;
    items rest_;
    std::size_t count_ = 0;
    std::optional<argument_error> error_;
};

/// The parameters of a call, read from its arguments, and the call itself.
template <class F, class Parameters = typename signature<F>::parameters>
class argument_binder;

template <class F, class... P>
class argument_binder<F, std::tuple<P...>> {
    using result = typename signature<F>::result;

    static_assert((std::same_as<std::remove_cvref_t<P>, arguments> + ... + 0) == 0 ||
                      !(is_value_parameter<P> || ...),
                  "kedge::arguments takes everything, so it must be the only value parameter");

    /// What is kept for a parameter between reading and calling.
    template <class T>
    using kept = std::conditional_t<is_context_parameter<T>, std::monostate, std::remove_cvref_t<T>>;

  public:
    /// Calls `f`, or says which argument is wrong. One that answers later needs what keeps `f` alive.
    static std::optional<argument_error> call(F& f, const items& from, call_context& context,
                                              const std::shared_ptr<const void>& keep = {}) {
        std::tuple<kept<P>...> values{};
        [[maybe_unused]] argument_reader reader(from);
        if (!std::apply([&](auto&... each) { return (reader.read<P>(each) && ...); }, values))
            return reader.error();
        call_with(f, values, context, keep, std::index_sequence_for<P...>{});
        return std::nullopt;
    }

  private:
    template <class Parameter, class Kept>
    static decltype(auto) pass(Kept& one, call_context& context) {
        if constexpr (is_context_parameter<Parameter>) {
            return context_parameter<std::remove_cvref_t<Parameter>>::take(context);
        } else {
            return static_cast<Parameter&&>(one);
        }
    }

    template <std::size_t... Index>
    static void call_with(F& f, std::tuple<kept<P>...>& values, call_context& context,
                          [[maybe_unused]] const std::shared_ptr<const void>& keep,
                          std::index_sequence<Index...>) {
        if constexpr (std::is_void_v<result>) {
            f(pass<P>(std::get<Index>(values), context)...);
        } else if constexpr (answers_later<F>) {
            deferred_result<std::remove_cvref_t<result>>::start(
                context, keep, f(pass<P>(std::get<Index>(values), context)...));
        } else {
            const auto& returned = f(pass<P>(std::get<Index>(values), context)...);
            with_arguments([&](const outgoing_arguments& results) { context.reply(results); }, returned);
        }
    }
};

}  // namespace kedge
