#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <kedge/socketio/value/binary.hpp>
#include <kedge/socketio/value/json_access.hpp>

namespace kedge {

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

template <class T>
concept json_enum = std::is_enum_v<T> && !std::same_as<T, std::byte>;

/// Enums without names travel as their number.
template <json_enum T>
struct json<T> {
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
/// Bytes under both of their names.
template <class T>
concept json_byte = std::same_as<T, std::byte> || std::same_as<T, std::uint8_t>;

template <json_byte Byte>
struct json<std::vector<Byte>> {
    static constexpr std::string_view name = "binary";
    static bool read(const item& from, std::vector<Byte>& to) {
        const auto bytes = std::as_bytes(from.as_binary());
        const auto* const begin = reinterpret_cast<const Byte*>(bytes.data());
        to.assign(begin, begin + bytes.size());
        return from.is_binary();
    }
    static void write(writer& to, const std::vector<Byte>& from) {
        to.binary(std::as_bytes(std::span(from)));
    }
};
/// As a parameter it points into what was received and lives until the handler returns.
template <json_byte Byte>
struct json<std::span<const Byte>> {
    static constexpr std::string_view name = "binary";
    static bool read(const item& from, std::span<const Byte>& to) {
        const auto bytes = from.as_binary();
        to = {reinterpret_cast<const Byte*>(bytes.data()), bytes.size()};
        return from.is_binary();
    }
    static void write(writer& to, std::span<const Byte> from) { to.binary(std::as_bytes(from)); }
};
template <json_byte Byte>
struct json<std::span<Byte>> {
    static void write(writer& to, std::span<Byte> from) { to.binary(std::as_bytes(from)); }
};
}  // namespace kedge
