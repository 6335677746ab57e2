#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/sockjs/message_queue.hpp>

namespace kedge::sockjs {

/// What a client has sent, or why it is none.
struct payload {
    enum class outcome : std::uint8_t {
        read,
        nothing,  ///< there is no payload, or it is no array of strings
        no_json,
    };
    outcome what = outcome::read;
    message_queue messages{};  ///< valid UTF-8
};

/// Reads the body of a send: a JSON array of strings.
payload read_payload(std::string text);
/// Reads a websocket message: the same, or a single string.
payload read_message(std::string text);
/// The JSON in the form of a JSONP send, in its field `d`; empty when it has none.
std::string payload_of_form(std::string_view form);

}  // namespace kedge::sockjs
