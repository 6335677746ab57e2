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

/// Something that is off, or on with options of its own. `{}` and true are on, with all of them at their
/// defaults; std::nullopt and false are off. Anything else does not compile, and the compiler says why.
template <class Options>
class switchable : public std::optional<Options> {
  public:
    constexpr switchable() : std::optional<Options>(std::in_place) {}
    using std::optional<Options>::optional;
    constexpr switchable(std::optional<Options> from) : std::optional<Options>(std::move(from)) {}
    constexpr switchable(std::same_as<bool> auto on)
        : switchable(on ? std::optional<Options>(std::in_place) : std::nullopt) {}
    template <class Other>
    requires(!std::same_as<Other, switchable> && !std::same_as<Other, bool> &&
             !std::same_as<Other, std::in_place_t> &&
             !std::convertible_to<const Other&, std::optional<Options>>) constexpr switchable(const Other&) {
        static_assert(std::same_as<Other, switchable>,
                      "this option has options of its own, whose type has to be named, as in "
                      ".cors = kedge::cors_options{.origin = \"*\"}; {} or true is on with their defaults, "
                      "std::nullopt or false is off");
    }
};

}  // namespace kedge::engine
