#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::engine {

/// A time among options: milliseconds, made of any duration of std::chrono that loses nothing by it. A bare
/// number does not compile, and the compiler says why.
struct time_span : duration {
    template <class Count, class Period>
    requires std::convertible_to<std::chrono::duration<Count, Period>, duration>
    constexpr time_span(const std::chrono::duration<Count, Period>& from) noexcept : duration(from) {}
    template <class Number>
    requires std::is_arithmetic_v<Number>
    constexpr time_span(Number) : duration(0) {
        static_assert(!std::is_arithmetic_v<Number>,
                      "a time is a std::chrono::duration, which has a unit: 25s, or 25000ms "
                      "(using namespace std::chrono_literals)");
    }
};

/// Something that is off, or on with options of its own. `{}` is on, with all of them at their defaults;
/// std::nullopt is off.
template <class Options>
class switchable : public std::optional<Options> {
  public:
    constexpr switchable() : std::optional<Options>(std::in_place) {}
    using std::optional<Options>::optional;
    constexpr switchable(std::optional<Options> from) : std::optional<Options>(std::move(from)) {}
};

}  // namespace kedge::engine
