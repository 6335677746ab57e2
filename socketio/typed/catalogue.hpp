#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/typed/typescript.hpp>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/value/json.hpp>

namespace kedge {

/// An event as a struct: its name, its content (one argument, an object; an empty struct sends none), and the
/// type of its answer where it has one.
///
///     struct join {
///         static constexpr std::string_view event = "join";
///         using answer = int;
///         std::string room;
///     };
///     template <> struct kedge::json<join> : kedge::described<&join::room> {};
template <class E>
concept typed_event = requires {
    { E::event } -> std::convertible_to<std::string_view>;
}
&&std::default_initializable<E> && (std::is_empty_v<E> || (readable<E> && writable<E>));

template <class E>
concept answered_event = typed_event<E> && requires {
    typename E::answer;
};

// What a handler of an event may take and return.

template <class E, class... P>
constexpr bool takes_only(std::type_identity<std::tuple<P...>>) {
    return ((!is_value_parameter<P> || std::same_as<std::remove_cvref_t<P>, E>)&&...) &&
           (std::size_t{0} + ... + (is_value_parameter<P> ? 1 : 0)) <= 1;
}
template <class E, class R, bool TakesAck>
constexpr bool answers_rightly() {
    if constexpr (deferred_result<std::remove_cvref_t<R>>::value) return true;
    if constexpr (!answered_event<E>) return std::is_void_v<R>;
    if constexpr (answered_event<E>) {
        if constexpr (std::is_void_v<R>) return TakesAck;
        if constexpr (!std::is_void_v<R>) return std::convertible_to<R, typename E::answer>;
    }
}
template <class... P>
constexpr bool takes_context(std::type_identity<std::tuple<P...>>) {
    return (is_context_parameter<P> || ...);
}

template <class... P>
constexpr bool takes_values(std::type_identity<std::tuple<P...>>) {
    return (is_value_parameter<P> || ...);
}

template <class E, class F>
constexpr void check_typed_handler() {
    using looks = signature<std::decay_t<F>>;
    constexpr std::type_identity<typename looks::parameters> parameters;
    static_assert(!std::is_empty_v<E> || !takes_values(parameters),
                  "an event without members has no argument: its handler does not take the event");
    static_assert(takes_only<E>(parameters),
                  "a handler of a typed event takes the event, and nothing else that clients send");
    static_assert(answers_rightly<E, typename looks::result, takes_context(parameters)>(),
                  "a handler of this event answers with its answer, E::answer, or with nothing where it has "
                  "none");
}

// What the callback of an answer may take.

template <class Answer, class P>
inline constexpr bool fits_answer = std::same_as<P, Answer> || std::same_as<P, std::optional<Answer>> ||
                                    std::same_as<P, ack_error> || std::same_as<P, std::vector<value>>;
template <class Answer, class... P>
constexpr bool fit_answer(std::type_identity<std::tuple<P...>>) {
    return (fits_answer<Answer, std::remove_cvref_t<P>> && ...);
}

/// Events of one direction.
template <typed_event... Events>
struct from_clients {};
template <typed_event... Events>
struct from_server {};

template <class... Events>
constexpr bool names_differ() {
    const std::array<std::string_view, sizeof...(Events)> names{std::string_view(Events::event)...};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = i + 1; j < names.size(); ++j)
            if (names[i] == names[j]) return false;
    return true;
}

/// All events of an application, by their direction. Handlers and emits that are made through it are checked
/// when they are compiled, and its declaration for clients in TypeScript is typescript().
///
///     using chat = kedge::catalogue<kedge::from_clients<join, say>, kedge::from_server<said>>;
///     chat::on<say>(socket, [socket](const say& heard) { chat::emit(socket.to("room"), said{heard.text});
///     });
template <class FromClients, class FromServer>
class catalogue;

template <class... C, class... S>
class catalogue<from_clients<C...>, from_server<S...>> {
    static_assert(names_differ<C...>() && names_differ<S...>(), "two events of a direction have one name");

    template <class E>
    static constexpr bool comes = (std::same_as<E, C> || ...);
    template <class E>
    static constexpr bool goes = (std::same_as<E, S> || ...);

  public:
    /// Registers a handler: with a socket for what this client sends, with a namespace or server for all (as
    /// nsp::on_event). It takes the event, and whatever else handlers may take that is not sent.
    template <class E, class Where, class F>
    static listener on(const Where& where, F&& handler) {
        static_assert(comes<E>, "this event is not among those that clients send");
        check_typed_handler<E, F>();
        if constexpr (requires { where.on_event(E::event, std::forward<F>(handler)); }) {
            return where.on_event(E::event, std::forward<F>(handler));
        } else {
            return where.on(E::event, std::forward<F>(handler));
        }
    }

    /// Emits to whatever emits: a socket, a namespace, rooms.
    template <class Target, class E>
    static void emit(const Target& to, const E& event) {
        static_assert(goes<E>, "this event is not among those that the server sends");
        send(to, event);
    }
    /// The same with a callback for the answer, which takes E::answer, and kedge::ack_error before it where
    /// the answer may be late. That of a broadcast takes (kedge::ack_error, std::vector<kedge::value>).
    template <class Target, class E, class F>
    static void emit(const Target& to, const E& event, F&& answered) {
        static_assert(goes<E>, "this event is not among those that the server sends");
        static_assert(answered_event<E>, "this event has no answer");
        using looks = typename signature<std::decay_t<F>>::parameters;
        static_assert(fit_answer<typename E::answer>(std::type_identity<looks>()),
                      "the callback takes the answer of the event");
        send(to, event, std::forward<F>(answered));
    }

    /// The declaration of all events for clients: what they emit and what they listen to, as the types of
    /// socket.io-client want it.
    static std::string typescript() {
        typescript_declaration made;
        (made.add_event(typescript_declaration::direction::from_clients, C::event, parameters_of<C>(made)),
         ...);
        (made.add_event(typescript_declaration::direction::from_server, S::event, parameters_of<S>(made)),
         ...);
        return made.text();
    }

  private:
    template <class Target, class E, class... Last>
    static void send(const Target& to, const E& event, Last&&... last) {
        if constexpr (std::is_empty_v<E>) {
            to.emit(E::event, std::forward<Last>(last)...);
        } else {
            to.emit(E::event, event, std::forward<Last>(last)...);
        }
    }
    template <class E>
    static std::string parameters_of(typescript_declaration& in) {
        std::string all;
        if constexpr (!std::is_empty_v<E>) all = "event: " + in.type<E>();
        if constexpr (answered_event<E>) {
            if (!all.empty()) all += ", ";
            all += "answer: (result: " + in.type<typename E::answer>() + ") => void";
        }
        return all;
    }
};

}  // namespace kedge
