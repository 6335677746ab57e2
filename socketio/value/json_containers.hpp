#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/json_range.hpp>

namespace kedge {

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
}  // namespace kedge
