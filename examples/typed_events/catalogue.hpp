#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/typed.hpp>

// The events of the application: one struct for each, which server and compiler share, and from which the
// declaration for clients is made.

enum class mood { plain, joke };

struct join {
    static constexpr std::string_view event = "join";
    using answer = std::vector<std::string>;  ///< the rooms that it is in
    std::string room;
    std::string name;
};
struct say {
    static constexpr std::string_view event = "say";
    std::string text;
    mood meant = mood::plain;
};
struct said {
    static constexpr std::string_view event = "said";
    std::string name;
    std::string text;
    mood meant = mood::plain;
    std::chrono::sys_time<std::chrono::milliseconds> at;
};
struct joined {
    static constexpr std::string_view event = "joined";
    std::string name;
    std::optional<int> age;
};

template <>
struct kedge::json<mood> {
    static constexpr auto names =
        kedge::names(kedge::name("plain", mood::plain), kedge::name("joke", mood::joke));
};
template <>
struct kedge::json<join> : kedge::described<&join::room, &join::name> {};
template <>
struct kedge::json<say> {
    static constexpr auto fields =
        kedge::fields(kedge::field("text", &say::text), kedge::optional_field("meant", &say::meant));
};
template <>
struct kedge::json<said> : kedge::described<&said::name, &said::text, &said::meant, &said::at> {};
template <>
struct kedge::json<joined> : kedge::described<&joined::name, &joined::age> {};

using chat = kedge::catalogue<kedge::from_clients<join, say>, kedge::from_server<joined, said>>;
