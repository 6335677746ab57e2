#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <kedge/socketio/value/json.hpp>
#include <kedge/socketio/value/json_mismatch.hpp>

namespace kedge {

/// How the compiler spells a type.
template <class T>
constexpr std::string_view spelling_of() noexcept {
    std::string_view text = __PRETTY_FUNCTION__;
    text = text.substr(text.find("T = ") + 4);
    return text.substr(0, text.find_first_of(";]"));
}

/// Writes what types look like in TypeScript: structs become interfaces, each once, under their own names. A
/// type that reads and writes itself says so by `static constexpr std::string_view typescript` in its
/// kedge::json, or is `unknown`.
class typescript_declaration {
  public:
    enum class direction { from_clients, from_server };

    /// The name of the type; interfaces that it needs are declared.
    template <class T>
    std::string type();
    void add_event(direction way, std::string_view name, std::string_view parameters);
    /// The whole declaration, a module.
    std::string text() const;

  private:
    /// A type with more parts than one is put in parentheses before it gets `[]`.
    static std::string array_of(const std::string& element);
    static std::string quoted(std::string_view text);
    /// The name of an interface that is not declared yet, or nothing; `name` is set in both cases.
    bool declare(std::string_view spelling, std::string& name);
    void add_member(std::string& members, std::string_view name, bool optional, const std::string& type);

    template <class T>
    std::string interface();
    template <class T>
    std::string names();
    template <class... T>
    std::string joined(std::string_view between) {
        std::string all;
        ((all += (all.empty() ? "" : std::string(between)) + type<T>()), ...);
        return all;
    }
    template <class... T>
    std::string compound(std::type_identity<std::variant<T...>>) {
        return joined<T...>(" | ");
    }
    template <class... T>
    std::string compound(std::type_identity<std::tuple<T...>>) {
        return '[' + joined<T...>(", ") + ']';
    }
    template <class A, class B>
    std::string compound(std::type_identity<std::pair<A, B>>) {
        return '[' + joined<A, B>(", ") + ']';
    }
    template <class T>
    std::string compound(std::type_identity<std::optional<T>>) {
        return type<T>() + " | null";
    }
    template <class T, std::size_t N>
    std::string compound(std::type_identity<std::array<T, N>>) {
        return array_of(type<T>());
    }
    template <class Count, class Period>
    std::string compound(std::type_identity<std::chrono::duration<Count, Period>>) {
        return "number";
    }
    template <class Clock, class Duration>
    std::string compound(std::type_identity<std::chrono::time_point<Clock, Duration>>) {
        return "string";
    }

    std::map<std::string, std::string, std::less<>> names_;  ///< of interfaces, by spelling
    std::map<std::string, std::string> interfaces_;          ///< members, by name
    std::string from_clients_;
    std::string from_server_;
};

template <class T>
std::string typescript_declaration::type() {
    if constexpr (requires { std::string_view(json<T>::typescript); }) {
        return std::string(json<T>::typescript);
    } else if constexpr (json_by_names<T>) {
        return names<T>();
    } else if constexpr (json_by_fields<T>) {
        return interface<T>();
    } else if constexpr (std::same_as<T, bool>) {
        return "boolean";
    } else if constexpr (std::is_arithmetic_v<T> || json_enum<T>) {
        return "number";
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return "string";
    } else if constexpr (std::same_as<T, std::vector<std::byte>> ||
                         std::same_as<T, std::vector<std::uint8_t>>) {
        return "ArrayBuffer | ArrayBufferView";
    } else if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::monostate>) {
        return "null";
    } else if constexpr (requires { compound(std::type_identity<T>()); }) {
        return compound(std::type_identity<T>());
    } else if constexpr (json_map<T>) {
        return "Record<string, " + type<typename T::mapped_type>() + '>';
    } else if constexpr (json_walked<T>) {
        return array_of(type<std::remove_cv_t<typename T::value_type>>());
    } else {
        return "unknown";
    }
}

template <class T>
std::string typescript_declaration::interface() {
    std::string name;
    if (!declare(spelling_of<T>(), name)) return name;
    std::string members;
    const auto add = [&]<class Class, class Member>(const json_field<Class, Member>& field, bool optional) {
        add_member(members, field.name, optional || is_optional<Member>, type<Member>());
    };
    const auto add_one = [&]<class Field>(const Field& field) {
        add(
            field,
            requires(const Field& one) { []<class C, class M>(const json_optional_field<C, M>&) {}(one); });
    };
    std::apply([&](const auto&... each) { (add_one(each), ...); }, json<T>::fields);
    interfaces_[name] = std::move(members);
    return name;
}

template <class T>
std::string typescript_declaration::names() {
    std::string all;
    for (const auto& each : json<T>::names) all += (all.empty() ? "" : " | ") + quoted(each.text);
    return all;
}

}  // namespace kedge
