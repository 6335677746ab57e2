#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <socketio/binary.hpp>
#include <socketio/tape.hpp>
#include <socketio/value.hpp>
#include <socketio/value_builder.hpp>
#include <socketio/writer.hpp>

namespace kedge {

/// How a C++ type is read from and written to JSON: the one place to teach Kedge a type of yours. Specialise
/// it with one of
///
///     template <> struct kedge::json<point> {                       // a struct, member by member
///         static constexpr auto fields = kedge::fields(kedge::field("x", &point::x), kedge::field("y",
///         &point::y));
///     };
///     template <> struct kedge::json<colour> {                      // an enum, by name
///         static constexpr auto names = kedge::names(kedge::name("red", colour::red), …);
///     };
///     template <> struct kedge::json<uuid> {                        // anything else
///         static constexpr std::string_view name = "uuid";          // what reports call it; may be left out
///         static bool read(const kedge::item& from, uuid& to);      // false if it is not one
///         static void write(kedge::writer& to, const uuid& from);   // exactly one value; must not emit
///     };
///
/// Members that are std::optional may be missing, and are left out when they are empty. Types must be default
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
    value_builder builder;
    kedge::write(builder, from);
    return builder.take();
}

// What the library knows by itself.

template <>
struct json<bool> {
    static constexpr std::string_view name = "boolean";
    static bool read(const item& from, bool& to) {
        to = from.as_boolean();
        return from.is_boolean();
    }
    static void write(writer& to, bool from) { to.boolean(from); }
};

template <class T>
concept json_integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <json_integer T>
struct json<T> {
    static std::string describe() {
        if constexpr (sizeof(T) == 8 && std::is_signed_v<T>) return "integer";
        return "integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
               std::to_string(std::numeric_limits<T>::max());
    }
    static bool read(const item& from, T& to) {
        if constexpr (std::is_signed_v<T>) {
            return narrow(from.as_int64(), to);
        } else {
            return narrow(from.as_uint64(), to);
        }
    }
    static void write(writer& to, T from) {
        if constexpr (std::is_signed_v<T>) {
            to.integer(from);
        } else {
            to.unsigned_integer(from);
        }
    }

  private:
    template <class Wide>
    static bool narrow(const std::optional<Wide>& from, T& to) {
        if (!from || *from < std::numeric_limits<T>::min() || *from > std::numeric_limits<T>::max())
            return false;
        to = static_cast<T>(*from);
        return true;
    }
};

template <std::floating_point T>
struct json<T> {
    static constexpr std::string_view name = "number";
    static bool read(const item& from, T& to) {
        to = static_cast<T>(from.as_number());
        return from.is_number();
    }
    static void write(writer& to, T from) { to.number(static_cast<double>(from)); }
};

/// Enums without names travel as their number.
template <class T>
requires std::is_enum_v<T> &&(!std::same_as<T, std::byte>)struct json<T> {
    using number = std::underlying_type_t<T>;
    static std::string describe() { return kedge::describe<number>(); }
    static bool read(const item& from, T& to) {
        number plain{};
        if (!kedge::read(from, plain)) return false;
        to = static_cast<T>(plain);
        return true;
    }
    static void write(writer& to, T from) { kedge::write(to, static_cast<number>(from)); }
};

template <>
struct json<std::string> {
    static constexpr std::string_view name = "string";
    static bool read(const item& from, std::string& to) {
        to = from.as_string();
        return from.is_string();
    }
    static void write(writer& to, const std::string& from) { to.string(from); }
};

/// As a parameter it points into what was received and lives until the handler returns.
template <>
struct json<std::string_view> {
    static constexpr std::string_view name = "string";
    static bool read(const item& from, std::string_view& to) {
        to = from.as_string();
        return from.is_string();
    }
    static void write(writer& to, std::string_view from) { to.string(from); }
};
template <>
struct json<const char*> {
    static void write(writer& to, const char* from) { to.string(from); }
};
template <>
struct json<char*> : json<const char*> {};
template <std::size_t N>
struct json<char[N]> : json<const char*> {};

template <>
struct json<std::nullptr_t> {
    static constexpr std::string_view name = "null";
    static bool read(const item& from, std::nullptr_t&) { return from.is_null(); }
    static void write(writer& to, std::nullptr_t) { to.null(); }
};
template <>
struct json<std::monostate> {
    static constexpr std::string_view name = "null";
    static bool read(const item& from, std::monostate&) { return from.is_null(); }
    static void write(writer& to, std::monostate) { to.null(); }
};

template <>
struct json<value> {
    static constexpr std::string_view name = "anything";
    static bool read(const item& from, value& to) {
        to = value(from);
        return from.exists();
    }
    static void write(writer& to, const value& from) { from.write(to); }
};

/// As a parameter it is the value where it lies, and lives until the handler returns.
template <>
struct json<item> {
    static constexpr std::string_view name = "anything";
    static bool read(const item& from, item& to) {
        to = from;
        return from.exists();
    }
    static void write(writer& to, const item& from) { from.write(to); }
};

template <>
struct json<binary> {
    static void write(writer& to, const binary& from) { to.binary(from.bytes()); }
};
template <>
struct json<std::vector<std::byte>> {
    static constexpr std::string_view name = "binary";
    static bool read(const item& from, std::vector<std::byte>& to) {
        const auto bytes = from.as_binary();
        to.assign(bytes.begin(), bytes.end());
        return from.is_binary();
    }
    static void write(writer& to, const std::vector<std::byte>& from) { to.binary(from); }
};
/// As a parameter it points into what was received and lives until the handler returns.
template <>
struct json<std::span<const std::byte>> {
    static constexpr std::string_view name = "binary";
    static bool read(const item& from, std::span<const std::byte>& to) {
        to = from.as_binary();
        return from.is_binary();
    }
    static void write(writer& to, std::span<const std::byte> from) { to.binary(from); }
};
template <>
struct json<std::span<std::byte>> {
    static void write(writer& to, std::span<std::byte> from) { to.binary(from); }
};

template <class T>
concept json_range = requires(const T& from) {
    typename T::value_type;
    { from.size() } -> std::convertible_to<std::size_t>;
    from.begin() != from.end();
}
&&!std::convertible_to<const T&, std::string_view> && !std::same_as<typename T::value_type, std::byte>;
template <class T>
concept json_map = json_range<T> && requires {
    typename T::mapped_type;
} && std::constructible_from<typename T::key_type, std::string_view> &&
    std::convertible_to<const typename T::key_type&, std::string_view>;
template <class T>
concept json_sequence = json_range<T> && !requires {
    typename T::mapped_type;
};

/// Vectors, lists, sets, spans: whatever has a size and can be walked.
template <json_sequence T>
struct json<T> {
    using element = std::remove_cv_t<typename T::value_type>;
    static std::string describe() { return "array of " + kedge::describe<element>(); }
    static bool read(const item& from, T& to) requires readable<element> && requires(element made) {
        to.insert(to.end(), std::move(made));
    }
    {
        if (!from.is_array()) return false;
        to.clear();
        if constexpr (requires { to.reserve(std::size_t{}); }) to.reserve(from.size());
        for (const item each : from.as_array()) {
            element made{};
            if (!kedge::read(each, made)) return false;
            to.insert(to.end(), std::move(made));
        }
        return true;
    }
    static void write(writer& to, const T& from) requires writable<element> {
        to.begin_array(from.size());
        for (const auto& each : from) kedge::write<element>(to, each);
        to.end_array();
    }
};

template <class T, std::size_t N>
requires(!std::same_as<T, std::byte>) struct json<std::array<T, N>> {
    static std::string describe() { return "array of " + std::to_string(N) + " " + kedge::describe<T>(); }
    static bool read(const item& from, std::array<T, N>& to) requires readable<T> {
        if (!from.is_array() || from.size() != N) return false;
        std::size_t index = 0;
        for (const item each : from.as_array()) {
            if (!kedge::read(each, to[index++])) return false;
        }
        return true;
    }
    static void write(writer& to, const std::array<T, N>& from) requires writable<T> {
        to.begin_array(N);
        for (const auto& each : from) kedge::write(to, each);
        to.end_array();
    }
};

/// std::map, std::unordered_map and their like with strings as keys.
template <json_map T>
struct json<T> {
    using element = typename T::mapped_type;
    static std::string describe() { return "object of " + kedge::describe<element>(); }
    static bool read(const item& from, T& to) requires readable<element> {
        if (!from.is_object()) return false;
        to.clear();
        for (const member_item each : from.as_object()) {
            element made{};
            if (!kedge::read(each.value, made)) return false;
            to.insert_or_assign(typename T::key_type(each.key), std::move(made));
        }
        return true;
    }
    static void write(writer& to, const T& from) requires writable<element> {
        to.begin_object(from.size());
        for (const auto& [key, each] : from) {
            to.key(key);
            kedge::write<element>(to, each);
        }
        to.end_object();
    }
};

/// Null, and a trailing argument that is not there, are empty.
template <class T>
struct json<std::optional<T>> {
    static std::string describe() { return kedge::describe<T>() + " or nothing"; }
    static bool read(const item& from, std::optional<T>& to) requires readable<T> {
        if (from.is_null()) {
            to.reset();
            return true;
        }
        return kedge::read(from, to.emplace());
    }
    static void write(writer& to, const std::optional<T>& from) requires writable<T> {
        if (!from) return to.null();
        kedge::write(to, *from);
    }
};

/// The first alternative that fits.
template <class... Ts>
struct json<std::variant<Ts...>> {
    static std::string describe() {
        std::string all;
        ((all += (all.empty() ? "" : " or ") + kedge::describe<Ts>()), ...);
        return all;
    }
    static bool read(const item& from, std::variant<Ts...>& to) requires(readable<Ts>&&...) {
        return read_one_of(from, to, std::index_sequence_for<Ts...>{});
    }
    static void write(writer& to, const std::variant<Ts...>& from) requires(writable<Ts>&&...) {
        std::visit([&](const auto& each) { kedge::write(to, each); }, from);
    }

  private:
    template <std::size_t... Index>
    static bool read_one_of(const item& from, std::variant<Ts...>& to, std::index_sequence<Index...>) {
        return (kedge::read(from, to.template emplace<Index>()) || ...);
    }
};

/// Tuples and pairs are arrays; optionals at their end may be absent, further items are ignored.
template <class Tuple, class... Ts>
struct json_tuple {
    static std::string describe() {
        std::string all;
        ((all += (all.empty() ? "[" : ", ") + kedge::describe<Ts>()), ...);
        return all.empty() ? "[]" : all + "]";
    }
    static bool read(const item& from, Tuple& to) requires(readable<Ts>&&...) {
        if (!from.is_array()) return false;
        auto rest = from.as_array();
        const auto next = [&rest] { return std::exchange(rest, rest.rest()).front(); };
        return std::apply([&](auto&... each) { return (kedge::read(next(), each) && ...); }, to);
    }
    static void write(writer& to, const Tuple& from) requires(writable<Ts>&&...) {
        to.begin_array(sizeof...(Ts));
        std::apply([&](const auto&... each) { (kedge::write(to, each), ...); }, from);
        to.end_array();
    }
};
template <class... Ts>
struct json<std::tuple<Ts...>> : json_tuple<std::tuple<Ts...>, Ts...> {};
template <class First, class Second>
struct json<std::pair<First, Second>> : json_tuple<std::pair<First, Second>, First, Second> {};

// Structs by their fields, enums by their names.

template <json_by_fields T>
bool read_fields(const item& from, T& to) {
    if (!from.is_object()) return false;
    return std::apply(
        [&](const auto&... each) { return (kedge::read(from[each.name], to.*each.member) && ...); },
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

template <class T>
std::optional<T> item::to() const {
    std::optional<T> made(std::in_place);
    if (!kedge::read(*this, *made)) made.reset();
    return made;
}

template <class T>
std::optional<T> value::to() const {
    tape laid_out;
    write(laid_out);
    return laid_out.root().to<T>();
}

}  // namespace kedge
