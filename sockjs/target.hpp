#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::sockjs {

/// What of a service a request is for.
enum class resource : std::uint8_t {
    greeting,
    info,
    iframe,
    script,  ///< the client's library
    raw_websocket,
    websocket,
    xhr,
    xhr_send,
    xhr_streaming,
    eventsource,
    htmlfile,
    jsonp,
    jsonp_send,
    unknown,  ///< below the prefix, and nothing
};

/// The target of a request, taken apart. Its parts lie in the target.
struct target {
    resource what = resource::unknown;
    std::string_view session{};  ///< raw, as the client wrote it
    std::string_view query{};    ///< behind the '?'
};

/// Takes a request's target apart; nothing when it is not below the prefix, which has no slash at its end.
/// The path is compared raw.
std::optional<target> read_target(std::string_view raw, std::string_view prefix) noexcept;

}  // namespace kedge::sockjs
