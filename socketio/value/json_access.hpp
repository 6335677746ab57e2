#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// How a C++ type is read from and written to JSON: the one place to teach Kedge a type of yours. Specialise
/// it for a struct, member by member:
///
///     template <> struct kedge::json<point> : kedge::described<&point::x, &point::y> {};
///
/// where members have other names on the wire, or may be missing:
///
///     template <> struct kedge::json<point> {
///         static constexpr auto fields =
///             kedge::fields(kedge::field("x", &point::x), kedge::optional_field("y", &point::y));
///     };
///
/// for an enum, by name:
///
///     template <> struct kedge::json<colour> {
///         static constexpr auto names = kedge::names(kedge::name("red", colour::red), …);
///     };
///
/// or for anything else, where `read` answers whether it was one, `write` writes exactly one value and does
/// not emit, and `name`, which may be left out, is what reports call the type:
///
///     template <> struct kedge::json<uuid> {
///         static constexpr std::string_view name = "uuid";
///         static bool read(const kedge::item& from, uuid& to);
///         static void write(kedge::writer& to, const uuid& from);
///     };
///
/// Members that are std::optional may be missing, and are left out when they are empty; one that is an
/// optional_field keeps the default that the struct gives it where it is missing. Types must be default
/// constructible to be read.
template <class T>
struct json;

template <class Class, class Member>
struct json_field {
    std::string_view name;
    Member Class::*member;
};
template <class Class, class Member>
constexpr json_field<Class, Member> field(std::string_view name, Member Class::*member) {
    return {name, member};
}

/// A field that may be missing: what the member is by default stays.
template <class Class, class Member>
struct json_optional_field : json_field<Class, Member> {};
template <class Class, class Member>
constexpr json_optional_field<Class, Member> optional_field(std::string_view name, Member Class::*member) {
    return {{name, member}};
}
template <class... Fields>
constexpr std::tuple<Fields...> fields(Fields... each) {
    return {each...};
}

template <class Enum>
struct json_name {
    std::string_view text;
    Enum value;
};
template <class Enum>
constexpr json_name<Enum> name(std::string_view text, Enum value) {
    return {text, value};
}
template <class Enum, class... More>
constexpr std::array<json_name<Enum>, 1 + sizeof...(More)> names(json_name<Enum> first, More... more) {
    return {first, more...};
}

template <class T>
concept json_by_fields = requires {
    std::tuple_size<std::remove_cvref_t<decltype(json<T>::fields)>>::value;
};
template <class T>
concept json_by_names = std::is_enum_v<T> && requires {
    json<T>::names.size();
};
template <class T>
concept json_by_read = requires(const item& from, T& to) {
    { json<T>::read(from, to) } -> std::same_as<bool>;
};
template <class T>
concept json_by_write = requires(writer& to, const T& from) {
    json<T>::write(to, from);
};

/// Types that arguments can be converted to.
template <class T>
concept readable = std::default_initializable<T> &&(json_by_fields<T> || json_by_names<T> || json_by_read<T>);
/// Types that can be emitted.
template <class T>
concept writable = json_by_fields<T> || json_by_names<T> || json_by_write<T>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Converts; false if `from` is no T. `to` is unspecified then.
template <readable T>
bool read(const item& from, T& to);
/// Writes one value.
template <writable T>
void write(writer& to, const T& from);
/// What a T looks like, for reports: "integer", "array of string".
template <class T>
std::string describe();

/// A value made of anything that can be emitted.
template <writable T>
value to_value(const T& from) {
    return build_value([&](writer& to) { kedge::write(to, from); });
}
template <class T>
requires described_to_json<T> value::value(const T& from) : value(kedge::to_value(from)) {}

// Structs by their fields, enums by their names.

template <class T, class Class, class Member>
bool read_field(const item& from, T& to, const json_field<Class, Member>& field) {
    return kedge::read(from[field.name], to.*field.member);
}
template <class T, class Class, class Member>
bool read_field(const item& from, T& to, const json_optional_field<Class, Member>& field) {
    const item found = from[field.name];
    return !found.exists() || kedge::read(found, to.*field.member);
}

template <json_by_fields T>
bool read_fields(const item& from, T& to) {
    if (!from.is_object()) return false;
    return std::apply([&](const auto&... each) { return (read_field(from, to, each) && ...); },
                      json<T>::fields);
}

template <class Member>
constexpr bool is_left_out(const Member& member) {
    if constexpr (is_optional<Member>) return !member.has_value();
    return false;
}

template <json_by_fields T>
void write_fields(writer& to, const T& from) {
    std::apply(
        [&](const auto&... each) {
            to.begin_object((std::size_t{!is_left_out(from.*each.member)} + ... + 0));
            const auto write_one = [&](const auto& one) {
                if (is_left_out(from.*one.member)) return;
                to.key(one.name);
                kedge::write(to, from.*one.member);
            };
            (write_one(each), ...);
            to.end_object();
        },
        json<T>::fields);
}

template <json_by_fields T>
std::string describe_fields() {
    std::string all;
    std::apply(
        [&](const auto&... each) {
            ((all.append(all.empty() ? "object with " : ", ").append(each.name)), ...);
        },
        json<T>::fields);
    return all.empty() ? "object" : all;
}

template <json_by_names T>
bool read_name(const item& from, T& to) {
    if (!from.is_string()) return false;
    for (const auto& each : json<T>::names) {
        if (each.text != from.as_string()) continue;
        to = each.value;
        return true;
    }
    return false;
}

/// A value without a name is written as its number.
template <json_by_names T>
void write_name(writer& to, T from) {
    for (const auto& each : json<T>::names) {
        if (each.value == from) return to.string(each.text);
    }
    kedge::write(to, static_cast<std::underlying_type_t<T>>(from));
}

template <json_by_names T>
std::string describe_names() {
    std::string all;
    for (const auto& each : json<T>::names) {
        all.append(all.empty() ? "\"" : " or \"").append(each.text).append("\"");
    }
    return all;
}

template <readable T>
bool read(const item& from, T& to) {
    if constexpr (json_by_read<T>) {
        return json<T>::read(from, to);
    } else if constexpr (json_by_fields<T>) {
        return read_fields(from, to);
    } else {
        return read_name(from, to);
    }
}

template <writable T>
void write(writer& to, const T& from) {
    if constexpr (json_by_write<T>) {
        json<T>::write(to, from);
    } else if constexpr (json_by_fields<T>) {
        write_fields(to, from);
    } else {
        write_name(to, from);
    }
}

template <class T>
std::string describe() {
    if constexpr (json_by_fields<T>) {
        return describe_fields<T>();
    } else if constexpr (json_by_names<T>) {
        return describe_names<T>();
    } else if constexpr (requires { json<T>::describe(); }) {
        return json<T>::describe();
    } else if constexpr (requires { json<T>::name; }) {
        return std::string(json<T>::name);
    } else {
        return "another value";
    }
}
}  // namespace kedge
