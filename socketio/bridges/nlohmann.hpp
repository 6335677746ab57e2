#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// nlohmann's JSON as a type that is received and sent: both ways value by value, with its own binary.
template <class Json>
struct json_of_nlohmann {
    static constexpr std::string_view name = "anything";

    static bool read(const item& from, Json& to) {
        if (!from.exists()) return false;
        to = made_of(from);
        return true;
    }
    static void write(writer& to, const Json& from) {
        if (from.is_array()) {
            to.begin_array(from.size());
            for (const Json& each : from) write(to, each);
            to.end_array();
        } else if (from.is_object()) {
            to.begin_object(from.size());
            for (const auto& [key, each] : from.items()) {
                to.key(key);
                write(to, each);
            }
            to.end_object();
        } else {
            write_scalar(to, from);
        }
    }

  private:
    static void write_scalar(writer& to, const Json& from) {
        if (from.is_string()) return to.string(from.template get_ref<const std::string&>());
        if (from.is_boolean()) return to.boolean(from.template get<bool>());
        if (from.is_number_unsigned()) return to.unsigned_integer(from.template get<std::uint64_t>());
        if (from.is_number_integer()) return to.integer(from.template get<std::int64_t>());
        if (from.is_number()) return to.number(from.template get<double>());
        if (from.is_binary()) return to.binary(std::as_bytes(std::span(from.get_binary())));
        to.null();
    }

    static Json made_of(const item& from) {
        if (from.is_array()) {
            Json made = Json::array();
            for (const item each : from.as_array()) made.push_back(made_of(each));
            return made;
        }
        if (from.is_object()) {
            Json made = Json::object();
            for (const member_item each : from.as_object()) made[std::string(each.key)] = made_of(each.value);
            return made;
        }
        return scalar_of(from);
    }

    static Json scalar_of(const item& from) {
        if (from.is_string()) return std::string(from.as_string());
        if (from.is_boolean()) return from.as_boolean();
        if (from.is_binary()) {
            const auto bytes = from.as_binary();
            const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
            return Json::binary(std::vector<std::uint8_t>(begin, begin + bytes.size()));
        }
        if (from.is_integer()) {
            if (const auto whole = from.as_int64()) return *whole;
            if (const auto whole = from.as_uint64()) return *whole;
        }
        if (from.is_number()) return from.as_number();
        return nullptr;
    }
};
template <>
struct json<nlohmann::json> : json_of_nlohmann<nlohmann::json> {};
template <>
struct json<nlohmann::ordered_json> : json_of_nlohmann<nlohmann::ordered_json> {};

/// For a type that has nlohmann's to_json and from_json (or its macros):
///
///     template <> struct kedge::json<user> : kedge::by_nlohmann<user> {};
template <class T>
struct by_nlohmann {
    static bool read(const item& from, T& to) {
        nlohmann::json tree;
        if (!json<nlohmann::json>::read(from, tree)) return false;
        try {
            tree.get_to(to);
        } catch (const nlohmann::json::exception&) {
            return false;
        }
        return true;
    }
    static void write(writer& to, const T& from) { json<nlohmann::json>::write(to, nlohmann::json(from)); }
};

}  // namespace kedge
