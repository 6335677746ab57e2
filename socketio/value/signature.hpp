#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace kedge {

/// The result and the parameters of a callable: a function, a lambda, an object with one operator().
template <class F>
struct signature;
template <class R, class... P>
struct signature<R(P...)> {
    using result = R;
    using parameters = std::tuple<P...>;
    static constexpr std::size_t arity = sizeof...(P);
};
template <class R, class... P>
struct signature<R (*)(P...)> : signature<R(P...)> {};
template <class R, class... P>
struct signature<R (*)(P...) noexcept> : signature<R(P...)> {};
template <class C, class R, class... P>
struct signature<R (C::*)(P...)> : signature<R(P...)> {};
template <class C, class R, class... P>
struct signature<R (C::*)(P...) const> : signature<R(P...)> {};
template <class C, class R, class... P>
struct signature<R (C::*)(P...) noexcept> : signature<R(P...)> {};
template <class C, class R, class... P>
struct signature<R (C::*)(P...) const noexcept> : signature<R(P...)> {};
template <class F>
requires requires {
    &F::operator();
}
struct signature<F> : signature<decltype(&F::operator())> {};

/// A callable whose parameters can be seen: not a lambda with `auto` parameters, not an overloaded
/// operator().
template <class F>
concept callable_with_signature = requires {
    typename signature<std::decay_t<F>>::parameters;
};

}  // namespace kedge
