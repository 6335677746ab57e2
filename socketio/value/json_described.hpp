#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>

#include <kedge/socketio/value/json_access.hpp>

namespace kedge {

/// How the compiler spells a pointer to a member: the name that stands last in it.
template <auto Member>
constexpr std::string_view member_name() noexcept {
    std::string_view text = __PRETTY_FUNCTION__;
    text = text.substr(text.find("Member = ") + 9);
    std::size_t end = text.find_first_of(";],)");
    while (end > 0 && text[end - 1] == ' ') --end;
    text = text.substr(0, end);
    return text.substr(text.rfind(':') + 1);
}

/// Fields with the names that the members have: `kedge::describe<&point::x, &point::y>()`.
template <auto First, auto... More>
constexpr auto describe() {
    return fields(field(member_name<First>(), First), field(member_name<More>(), More)...);
}

/// Describes a struct in one line, by its members, which keep their names:
///
///     template <> struct kedge::json<point> : kedge::described<&point::x, &point::y> {};
template <auto... Members>
struct described {
    static_assert(sizeof...(Members) > 0,
                  "a struct without members needs no description: as a typed event it has no argument");
    static constexpr auto fields = kedge::describe<Members...>();
};

}  // namespace kedge
