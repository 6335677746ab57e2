#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/json_range.hpp>
#include <kedge/socketio/value/tape.hpp>

namespace kedge {

/// What of a value is not what was expected: a member, an item, or all of it.
struct mismatch {
    std::string path;  ///< as in ".names[2].text"; empty: all of it
    std::string expected;
    item received;

    mismatch within(std::string_view member) &&;
    mismatch within(std::size_t index) &&;
};

/// Sequences that json_containers.hpp reads: not those that a program reads in its own way.
template <class T>
concept json_walked = json_sequence<T> && json_by_read<T> && requires {
    typename json<T>::element;
};

template <class T>
std::optional<mismatch> find_mismatch(const item& from);

template <class Class, class Member>
std::optional<mismatch> mismatch_of_field(const item& from, const json_field<Class, Member>& field) {
    auto found = find_mismatch<Member>(from[field.name]);
    if (found) found = std::move(*found).within(field.name);
    return found;
}

template <class Class, class Member>
std::optional<mismatch> mismatch_of_field(const item& from, const json_optional_field<Class, Member>& field) {
    if (!from[field.name].exists()) return std::nullopt;
    return mismatch_of_field<Class, Member>(from, static_cast<const json_field<Class, Member>&>(field));
}

template <json_by_fields T>
std::optional<mismatch> mismatch_of_fields(const item& from) {
    std::optional<mismatch> found;
    const auto try_all = [&](const auto&... each) {
        (void)((found = mismatch_of_field(from, each), found.has_value()) || ...);
    };
    std::apply(try_all, json<T>::fields);
    return found;
}

template <class Element>
std::optional<mismatch> mismatch_of_items(const item& from) {
    std::size_t index = 0;
    for (const item each : from.as_array()) {
        if (auto found = find_mismatch<Element>(each)) return std::move(*found).within(index);
        ++index;
    }
    return std::nullopt;
}

/// Where a value that is no T departs from one; nothing for one that is. One walk over the value.
template <class T>
std::optional<mismatch> find_mismatch(const item& from) {
    if constexpr (json_by_fields<T> && !json_by_read<T>) {
        if (from.is_object()) return mismatch_of_fields<T>(from);
    } else if constexpr (json_walked<T>) {
        if (from.is_array()) return mismatch_of_items<typename json<T>::element>(from);
    } else if constexpr (is_optional<T>) {
        if (!from.exists() || from.is_null()) return std::nullopt;
        auto found = find_mismatch<typename T::value_type>(from);
        if (found && found->path.empty()) found->expected = describe<T>();
        return found;
    } else {
        if (T made{}; kedge::read(from, made)) return std::nullopt;
    }
    return mismatch{{}, describe<T>(), from};
}

}  // namespace kedge
