#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::stomp {

/// The versions of the protocol. They differ in escapes, heart-beats and acknowledgements.
enum class version : std::uint8_t { v1_0, v1_1, v1_2 };

std::string_view text(version which) noexcept;

using header = std::pair<std::string, std::string>;

/// One unit of the protocol, unescaped.
struct frame {
    std::string command;
    std::vector<header> headers;  ///< of repeated names the first counts, and only that is here
    std::string body;

    /// The value of a header, or null.
    const std::string* find(std::string_view name) const noexcept;
    /// The same, empty when it is missing.
    std::string_view value(std::string_view name) const noexcept;
};

/// Why a frame is not taken: the client is told, and its connection ends.
struct refusal {
    std::string message;
    std::string details{};
};

}  // namespace kedge::stomp
