#include <kedge/stomp/rendering.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <kedge/engine/utf8.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge::stomp {

namespace {

constexpr std::string_view plain_event = "message";
constexpr std::string_view json_type = "application/json";

// Headers of a SEND that are the server's to say, or concern the frame alone.
constexpr std::array own_headers{std::string_view("destination"),
                                 std::string_view("content-length"),
                                 std::string_view("receipt"),
                                 std::string_view("transaction"),
                                 std::string_view("subscription"),
                                 std::string_view("message-id"),
                                 std::string_view("ack"),
                                 std::string_view("redelivered"),
                                 std::string_view("event"),
                                 std::string_view("content-type"),
                                 event_id_header,
                                 last_event_header};

bool is_own(std::string_view name) noexcept {
    return std::find(own_headers.begin(), own_headers.end(), name) != own_headers.end();
}

/// Whether the arguments of an event are a body and its headers, its offset left out.
bool is_native(const arguments& sent, bool has_offset) noexcept {
    return sent.size() == (has_offset ? 4 : 3) && sent[2].is_object() && sent[2]["content-type"].is_string();
}

std::string native_body(const value& body, std::string_view type) {
    if (body.is_binary()) {
        const auto bytes = body.as_binary();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    if (body.is_string() && !type.starts_with(json_type)) return std::string(body.as_string());
    return body.to_json();
}

rendering render_native(const arguments& sent) {
    rendering made;
    const value& headers = sent[2];
    made.body = native_body(sent[1], headers["content-type"].as_string());
    if (sent[0].as_string() != plain_event) made.headers.emplace_back("event", sent[0].as_string());
    for (const auto& each : headers.as_object()) {
        const bool mine = is_own(each.key) && each.key != "content-type";
        if (!mine && each.value.is_string()) made.headers.emplace_back(each.key, each.value.as_string());
    }
    return made;
}

}  // namespace

bool travels(std::string_view name) noexcept {
    return !is_own(name) || name == "content-type" || name == "event";
}

rendering render(const broadcast_packet& event) {
    const arguments& sent = event.data();
    if (is_native(sent, !event.offset().empty())) return render_native(sent);
    rendering made;
    made.headers.emplace_back("event", sent[0].as_string());
    made.headers.emplace_back("content-type", json_type);
    made.body = event.arguments_json();
    return made;
}

std::pair<value, value> travelling(const frame& sent) {
    const std::string_view type = sent.find("content-type") ? sent.value("content-type") : "text/plain";
    value headers = value::object({{"content-type", type}});
    for (const auto& [name, content] : sent.headers) {
        if (!is_own(name)) headers.append(name, value(content));
    }
    if (type.starts_with(json_type)) {
        if (std::optional<value> parsed = value::parse(sent.body, 100)) return {std::move(*parsed), headers};
    }
    if (engine::valid_utf8(sent.body)) return {value(sent.body), std::move(headers)};
    return {value(std::as_bytes(std::span(sent.body))), std::move(headers)};
}

}  // namespace kedge::stomp
