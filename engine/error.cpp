#include <kedge/engine/error.hpp>

#include <kedge/engine/json_string.hpp>

namespace kedge::engine {

std::string_view to_string(close_reason reason) noexcept {
    switch (reason) {
        case close_reason::transport_close:
            return "transport close";
        case close_reason::transport_error:
            return "transport error";
        case close_reason::ping_timeout:
            return "ping timeout";
        case close_reason::parse_error:
            return "parse error";
        case close_reason::forced_close:
            break;
    }
    return "forced close";
}

namespace {

std::string_view standard_message(refusal_code code) noexcept {
    switch (code) {
        case refusal_code::unknown_transport:
            return "Transport unknown";
        case refusal_code::unknown_sid:
            return "Session ID unknown";
        case refusal_code::bad_handshake_method:
            return "Bad handshake method";
        case refusal_code::bad_request:
            return "Bad request";
        case refusal_code::forbidden:
            return "Forbidden";
        case refusal_code::unsupported_protocol:
            break;
    }
    return "Unsupported protocol version";
}

}  // namespace

std::string_view refusal::answer() const noexcept {
    for (const auto& [name, text] : context)
        if (name == "message" && !text.empty()) return text;
    return message;
}

std::string refusal::body() const {
    std::string text = "{\"code\":";
    text += std::to_string(static_cast<int>(code));
    text += ",\"message\":";
    append_json_string(text, answer());
    text += '}';
    return text;
}

refusal refuse(refusal_code code, std::vector<std::pair<std::string, std::string>> context) {
    return {code, std::string(standard_message(code)), std::move(context)};
}

}  // namespace kedge::engine
