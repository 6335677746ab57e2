#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::cluster {

/// How far somebody is who was told events before they had a place in the order of all: he has all up to a
/// place, and of one server besides all that it had said to him up to a ticket. Clients are told it as the
/// offset of such an event.
struct early_place {
    std::string behind;       ///< the name of the place
    std::string uid;          ///< of the server
    std::uint64_t up_to = 0;  ///< the ticket

    std::string text() const { return behind + '~' + uid + ':' + std::to_string(up_to); }

    static std::optional<early_place> parse(std::string_view text) {
        const auto tilde = text.rfind('~');
        if (tilde == std::string_view::npos) return std::nullopt;
        const std::string_view said = text.substr(tilde + 1);
        const auto colon = said.find(':');
        if (colon == std::string_view::npos || colon == 0) return std::nullopt;
        early_place made{std::string(text.substr(0, tilde)), std::string(said.substr(0, colon))};
        const char* const end = said.data() + said.size();
        const auto number = std::from_chars(said.data() + colon + 1, end, made.up_to);
        if (number.ec != std::errc() || number.ptr != end) return std::nullopt;
        return made;
    }
};

/// The place in an offset, whichever of the two it is.
inline std::string place_of(const std::string& offset) {
    const auto early = early_place::parse(offset);
    return early ? early->behind : offset;
}

}  // namespace kedge::cluster
