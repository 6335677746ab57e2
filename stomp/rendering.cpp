#include <kedge/stomp/rendering.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <kedge/engine/message.hpp>
#include <kedge/engine/utf8.hpp>
#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>
#include <kedge/socketio/wire/last_rendering.hpp>

namespace kedge::stomp {

namespace {

constexpr std::string_view plain_event = "message";
constexpr std::string_view json_type = "application/json";
constexpr std::size_t max_depth = 100;

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
template <class Arguments>
bool is_native(const Arguments& sent, bool has_offset) noexcept {
    return sent.size() == (has_offset ? 4 : 3) && sent[2].is_object() && sent[2]["content-type"].is_string();
}

std::string body_of(const value& body) {
    if (!body.is_binary()) return body.to_json();
    const auto bytes = body.as_binary();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string body_of(const item& body) {
    std::string text;
    json_writer to(text);
    body.write(to);
    return text;
}

template <class Arguments>
rendering render_native(const Arguments& sent) {
    rendering made;
    const auto& headers = sent[2];
    const bool as_it_is = sent[1].is_string() && !headers["content-type"].as_string().starts_with(json_type);
    made.body = as_it_is ? std::string(sent[1].as_string()) : body_of(sent[1]);
    if (sent[0].as_string() != plain_event) made.headers.emplace_back("event", sent[0].as_string());
    for (const auto& each : headers.as_object()) {
        const bool mine = is_own(each.key) && each.key != "content-type";
        if (!mine && each.value.is_string()) made.headers.emplace_back(each.key, each.value.as_string());
    }
    return made;
}

/// The JSON of an event that is one text, where it lies; empty when it is told in another way.
std::string_view json_of(const broadcast_packet& event) noexcept {
    const engine::message& first = *event.parts().front();
    if (event.parts().size() > 1 || event.id() || first.content() != engine::content_kind::text) return {};
    const std::size_t head = event.nsp() == "/" ? 1 : 2 + event.nsp().size();
    const std::string_view text = first.data();
    return text.size() > head && text.substr(head).starts_with("[\"") ? text.substr(head)
                                                                      : std::string_view();
}

/// A STOMP message, read where it lies: nothing else is decoded.
std::optional<rendering> render_quickly(const broadcast_packet& event) {
    const std::string_view json = json_of(event);
    if (json.empty()) return std::nullopt;
    std::string copy;
    copy.reserve(json.size() + 1);
    copy = json;
    tape laid_out;
    if (read_json(copy, max_depth, laid_out) != json_outcome::read) return std::nullopt;
    const items sent = laid_out.root().as_array();
    if (!is_native(sent, !event.offset().empty())) return std::nullopt;
    return render_native(sent);
}

rendering render_anew(const broadcast_packet& event) {
    if (std::optional<rendering> made = render_quickly(event)) return std::move(*made);
    const arguments& sent = event.data();
    if (is_native(sent, !event.offset().empty())) return render_native(sent);
    rendering made;
    made.headers.emplace_back("event", sent[0].as_string());
    made.headers.emplace_back("content-type", json_type);
    made.body = event.arguments_json();
    return made;
}

}  // namespace

bool travels(std::string_view name) noexcept {
    return !is_own(name) || name == "content-type" || name == "event";
}

rendering_ptr render(const broadcast_packet& event) {
    thread_local last_rendering<rendering> last;
    return last.of(event, render_anew);
}

std::pair<value, value> travelling(const frame& sent) {
    const std::string_view type = sent.find("content-type") ? sent.value("content-type") : "text/plain";
    value headers = value::object({{"content-type", type}});
    for (const auto& [name, content] : sent.headers) {
        if (!is_own(name)) headers.append(name, value(content));
    }
    if (type.starts_with(json_type)) {
        if (std::optional<value> parsed = value::parse(sent.body, max_depth))
            return {std::move(*parsed), headers};
    }
    if (engine::valid_utf8(sent.body)) return {value(sent.body), std::move(headers)};
    return {value(std::as_bytes(std::span(sent.body))), std::move(headers)};
}

}  // namespace kedge::stomp
