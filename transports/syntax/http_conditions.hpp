#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// A point of time as HTTP writes it ("Sat, 21 Nov 2026 06:12:37 GMT"); nothing for any other text.
std::optional<std::time_t> parse_http_date(std::string_view text);

/// What the answer depends on: the state of the thing that was asked for.
struct validators {
    std::string_view etag;  ///< with its quotes; strong
    std::time_t modified = 0;
};

enum class condition : std::uint8_t {
    proceed,
    not_modified,         ///< answer 304: the client has it
    precondition_failed,  ///< answer 412
};

/// Weighs If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC 9110.
condition weigh_conditions(const engine::request& head, const validators& state);

/// Whether a Range header counts: there is no If-Range, or it names this very state.
bool range_applies(const engine::request& head, const validators& state);

}  // namespace kedge::transports
