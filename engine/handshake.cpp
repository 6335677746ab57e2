#include <kedge/engine/handshake.hpp>

#include <algorithm>
#include <charconv>

#include <kedge/engine/json_string.hpp>
#include <kedge/engine/query_string.hpp>

namespace kedge::engine {

namespace {

std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text)
        if (c >= '0' && c <= '9') digits.push_back(c);
    return digits;
}

/// Of a query that is `plain` nothing needs decoding: every poll asks.
std::string text_of(std::string_view text, bool plain) {
    return plain ? std::string(text) : form_decoded(text);
}

void take(request_facts& facts, std::string_view key, std::string_view value, bool plain) {
    if (key == "EIO") {
        facts.protocol = text_of(value, plain) == "4" ? revision::v4 : revision::v3;
    } else if (key == "transport") {
        facts.transport = text_of(value, plain);
    } else if (key == "sid") {
        facts.sid = text_of(value, plain);
    } else if (key == "j") {
        facts.jsonp = digits_of(text_of(value, plain));
    } else if (key == "b64") {
        facts.base64 = !value.empty();
    }
}

void take_items(request_facts& facts, std::string_view query) {
    const bool plain = needs_no_decoding(query);
    query_reader items(query);
    for (query_item item; items.next(item);) {
        if (plain)
            take(facts, item.key, item.value, plain);
        else
            take(facts, form_decoded(item.key), item.value, plain);
    }
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 32 && byte != '\t') || byte == 127;
}

bool is_served(const request_facts& asked, const options& settings) noexcept {
    const auto kind = asked.kind();
    const auto& all = settings.transports;
    return kind && std::find(all.begin(), all.end(), *kind) != all.end();
}

std::string text(revision protocol) {
    return protocol == revision::v4 ? "4" : "3";
}

refusal bad_request(std::string name) {
    return refuse(refusal_code::bad_request, {{"name", std::move(name)}});
}

/// What a script asks for is told to any page that loads it.
bool polls_by_forbidden_script(const request_facts& asked, const options& settings) noexcept {
    if (!asked.jsonp || asked.kind() != transport_kind::polling) return false;
    if (settings.jsonp == jsonp_use::revision_3) return asked.protocol != revision::v3;
    return settings.jsonp == jsonp_use::none;
}

/// A websocket is spoken to by an upgrade request or by frames, and by nothing else.
bool names_websocket_over_http(const request_facts& asked) noexcept {
    return asked.kind() == transport_kind::websocket && !asked.upgrade;
}

std::optional<refusal> verify_session(const request_facts& asked, const session_facts* found) {
    if (found == nullptr) return refuse(refusal_code::unknown_sid, {{"sid", asked.sid}});
    if (!asked.upgrade && asked.kind() != found->transport) {
        refusal mismatch = bad_request("TRANSPORT_MISMATCH");
        mismatch.context.emplace_back("transport", asked.transport);
        mismatch.context.emplace_back("previousTransport", to_string(found->transport));
        return mismatch;
    }
    if (asked.protocol != found->protocol) {
        refusal mismatch = bad_request("PROTOCOL_MISMATCH");
        mismatch.context.emplace_back("protocol", text(asked.protocol));
        mismatch.context.emplace_back("previousProtocol", text(found->protocol));
        return mismatch;
    }
    // The reference leaves it without an answer for ever.
    if (names_websocket_over_http(asked)) return bad_request("TRANSPORT_HANDSHAKE_ERROR");
    return std::nullopt;
}

template <class Number>
void append_number(std::string& to, std::string_view name, Number value) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    to.append(name).append(digits, written.ptr);
}

}  // namespace

request_facts::request_facts(const request& from)
    : method(from.method()), origin(from.find("origin").value_or("")), upgrade(from.upgrade()) {
    take_items(*this, from.query_string());
}

std::optional<transport_kind> request_facts::kind() const noexcept {
    if (transport == to_string(transport_kind::polling)) return transport_kind::polling;
    if (transport == to_string(transport_kind::websocket)) return transport_kind::websocket;
    return std::nullopt;
}

std::optional<refusal> verify(const request_facts& asked, const options& settings,
                              const session_facts* found) {
    if (!is_served(asked, settings))
        return refuse(refusal_code::unknown_transport, {{"transport", asked.transport}});
    if (std::any_of(asked.origin.begin(), asked.origin.end(), is_control)) {
        refusal invalid = bad_request("INVALID_ORIGIN");
        invalid.context.emplace_back("origin", asked.origin);
        return invalid;
    }
    if (polls_by_forbidden_script(asked, settings)) return bad_request("JSONP_NOT_ALLOWED");
    if (!asked.sid.empty()) return verify_session(asked, found);
    if (asked.method != "GET") return refuse(refusal_code::bad_handshake_method, {{"method", asked.method}});
    if (names_websocket_over_http(asked)) return bad_request("TRANSPORT_HANDSHAKE_ERROR");
    return std::nullopt;
}

std::optional<refusal> verify_opening(const request_facts& asked, const options& settings) {
    if (asked.protocol == revision::v4 || settings.allow_eio3) return std::nullopt;
    return refuse(refusal_code::unsupported_protocol, {{"protocol", text(asked.protocol)}});
}

refusal refuse_middleware() {
    return bad_request("MIDDLEWARE_FAILURE");
}

refusal refuse_forbidden(std::string message) {
    return refuse(refusal_code::forbidden, {{"message", std::move(message)}});
}

refusal refuse_id_generation(std::string error) {
    return refuse(refusal_code::bad_request, {{"name", "ID_GENERATION_ERROR"}, {"error", std::move(error)}});
}

refusal refuse_transport(std::string error) {
    return refuse(refusal_code::bad_request,
                  {{"name", "TRANSPORT_HANDSHAKE_ERROR"}, {"error", std::move(error)}});
}

std::string open_packet(std::string_view sid, transport_kind on, const options& settings) {
    const auto& served = settings.transports;
    const bool upgradable =
        on == transport_kind::polling && settings.allow_upgrades &&
        std::find(served.begin(), served.end(), transport_kind::websocket) != served.end();
    std::string json;
    json.reserve(128);
    json += "{\"sid\":";
    append_json_string(json, sid);
    json += upgradable ? ",\"upgrades\":[\"websocket\"]" : ",\"upgrades\":[]";
    append_number(json, ",\"pingInterval\":", settings.ping_interval.count());
    append_number(json, ",\"pingTimeout\":", settings.ping_timeout.count());
    append_number(json, ",\"maxPayload\":", settings.max_http_buffer_size);
    json += '}';
    return json;
}

}  // namespace kedge::engine
