#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::sockjs {

// What a server sends: frames of one letter and, behind some, JSON. The transports wrap them.

inline constexpr std::string_view open_frame = "o";
inline constexpr std::string_view heartbeat_frame = "h";

/// Appends a message as a JSON string with the escapes that spare browsers what they spoil. What is no UTF-8
/// becomes U+FFFD.
void append_message(std::string& to, std::string_view message);

/// Begins the frame of messages, or goes on with it: append_message() writes what comes next.
void begin_message(std::string& frame);
/// Ends the frame.
void end_messages(std::string& frame);

/// The frame that ends a session.
std::string close_frame(std::uint16_t code, std::string_view reason);

/// How a frame stands in the body of an HTTP answer.
enum class wrapping : std::uint8_t {
    line,    ///< xhr, xhr_streaming
    event,   ///< eventsource
    script,  ///< htmlfile
    call,    ///< jsonp
};

/// Appends a frame as a transport wraps it; `callback` is the function of `call`.
void append_wrapped(std::string& to, wrapping how, std::string_view frame, std::string_view callback = {});

}  // namespace kedge::sockjs
