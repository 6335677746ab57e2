#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <kedge/engine/request.hpp>
#include <kedge/transports/syntax/request_line.hpp>

namespace kedge::transports {

/// How the end of a request's body is found.
enum class body_framing : std::uint8_t { none, length, chunked };

/// What a head says about what follows it, or why it is refused.
struct request_framing {
    int refusal = 0;  ///< the status; 0: not refused
    std::string_view reason = {};
    body_framing framing = body_framing::none;
    std::uint64_t length = 0;
    bool expect_continue = false;
};

/// Judges the headers of a request. Whatever two readers could frame differently, or take for another host,
/// is refused.
request_framing judge_framing(const request_line& line, std::span<const engine::header_field> fields,
                              bool upgrade);

}  // namespace kedge::transports
