#include <kedge/engine/handshake.hpp>

#include <doctest/doctest.h>

namespace handshake_test {

using namespace kedge::engine;

namespace {

request_facts asked(std::string_view query, std::string_view method = "GET", bool upgrade = false,
                    std::string_view origin = {}) {
    const header_field headers[] = {{"Origin", origin}};
    const std::string target = "/engine.io/?" + std::string(query);
    return request_facts(request(method, target, 1, {headers, origin.empty() ? 0u : 1u}, {}, upgrade));
}

/// A verdict as text: the code and the context; "ok" when there is nothing against it.
std::string shown(const std::optional<refusal>& verdict) {
    if (!verdict) return "ok";
    std::string text = std::to_string(static_cast<int>(verdict->code));
    for (const auto& [name, value] : verdict->context) text += " " + name + "=" + value;
    return text;
}

std::string verdict(const request_facts& facts, const session_facts* found = nullptr,
                    const options& settings = {}) {
    return shown(verify(facts, settings, found));
}

}  // namespace

TEST_CASE("handshake: facts of a request") {
    const auto facts = asked("EIO=4&transport=polling&sid=a%20b&j=abc7&b64=0&t=x", "POST", true, "http://a");
    CHECK(facts.protocol == revision::v4);
    CHECK(facts.kind() == transport_kind::polling);
    CHECK(facts.sid == "a b");
    CHECK(facts.jsonp == "7");
    CHECK(facts.base64);
    CHECK(facts.upgrade);
    CHECK(facts.method == "POST");
    CHECK(facts.origin == "http://a");

    for (const char* query : {"", "EIO=3", "EIO=5", "EIO=04", "EIO=4&EIO=3", "eio=4", "EIO=4%00"})
        CHECK(asked(query).protocol == revision::v3);
    CHECK(asked("EIO=3&EIO=4").protocol == revision::v4);
    CHECK(asked("b64=").base64 == false);
    CHECK(asked("b64=1").base64);
    CHECK_FALSE(asked("").jsonp.has_value());
    CHECK(asked("j=").jsonp == "");
    CHECK(asked("sid=").sid.empty());
}

TEST_CASE("handshake: the transport comes first") {
    CHECK(verdict(asked("EIO=4")) == "0 transport=");
    CHECK(verdict(asked("EIO=4&transport=tobi&sid=x", "PUT")) == "0 transport=tobi");
    CHECK(verdict(asked("EIO=4&transport=webtransport")) == "0 transport=webtransport");
    CHECK(verdict(asked("EIO=4&transport=__proto__")) == "0 transport=__proto__");
    options polling_only;
    polling_only.transports = {transport_kind::polling};
    CHECK(verdict(asked("EIO=4&transport=websocket", "GET", true), nullptr, polling_only) ==
          "0 transport=websocket");
    CHECK(verdict(asked("EIO=4&transport=polling"), nullptr, polling_only) == "ok");
}

TEST_CASE("handshake: then the origin") {
    CHECK(verdict(asked("EIO=4&transport=polling&sid=x", "GET", false, "http://a\x01")) ==
          "3 name=INVALID_ORIGIN origin=http://a\x01");
    CHECK(verdict(asked("EIO=4&transport=polling", "GET", false, "http://a\x7F")) ==
          "3 name=INVALID_ORIGIN origin=http://a\x7F");
    CHECK(verdict(asked("EIO=4&transport=polling", "GET", false, "http://\t\xC3\xA9")) == "ok");
}

TEST_CASE("handshake: then the session") {
    const session_facts polling_v4{transport_kind::polling, revision::v4};
    const session_facts websocket_v3{transport_kind::websocket, revision::v3};
    CHECK(verdict(asked("EIO=4&transport=polling&sid=__proto__")) == "1 sid=__proto__");
    CHECK(verdict(asked("EIO=4&transport=polling&sid=x"), &polling_v4) == "ok");
    CHECK(verdict(asked("EIO=4&transport=polling&sid=x", "DELETE"), &polling_v4) ==
          "ok");  // answered later, with 500
    CHECK(verdict(asked("EIO=4&transport=websocket&sid=x"), &polling_v4) ==
          "3 name=TRANSPORT_MISMATCH transport=websocket previousTransport=polling");
    CHECK(verdict(asked("EIO=3&transport=polling&sid=x"), &websocket_v3) ==
          "3 name=TRANSPORT_MISMATCH transport=polling previousTransport=websocket");
    CHECK(verdict(asked("EIO=4&transport=websocket&sid=x", "GET", true), &polling_v4) == "ok");
    CHECK(verdict(asked("EIO=3&transport=websocket&sid=x", "GET", true), &polling_v4) ==
          "3 name=PROTOCOL_MISMATCH protocol=3 previousProtocol=4");
    CHECK(verdict(asked("EIO=4&transport=websocket&sid=x", "GET", true), &websocket_v3) ==
          "3 name=PROTOCOL_MISMATCH protocol=4 previousProtocol=3");
    CHECK(verdict(asked("transport=polling&sid=x"), &polling_v4) ==
          "3 name=PROTOCOL_MISMATCH protocol=3 previousProtocol=4");
}

TEST_CASE("handshake: a websocket's session takes no plain requests") {
    const session_facts websocket_v4{transport_kind::websocket, revision::v4};
    for (const char* method : {"GET", "POST", "PUT", "HEAD", "OPTIONS"}) {
        CAPTURE(method);
        CHECK(verdict(asked("EIO=4&transport=websocket&sid=x", method), &websocket_v4) ==
              "3 name=TRANSPORT_HANDSHAKE_ERROR");
    }
    CHECK(verdict(asked("EIO=3&transport=websocket&sid=x"), &websocket_v4) ==
          "3 name=PROTOCOL_MISMATCH protocol=3 previousProtocol=4");
    CHECK(verdict(asked("EIO=4&transport=websocket&sid=x", "GET", true), &websocket_v4) == "ok");
}

TEST_CASE("handshake: without a session, the method and the upgrade") {
    CHECK(verdict(asked("EIO=4&transport=polling", "POST")) == "2 method=POST");
    CHECK(verdict(asked("EIO=4&transport=websocket", "OPTIONS")) == "2 method=OPTIONS");
    CHECK(verdict(asked("EIO=4&transport=websocket&sid=")) == "3 name=TRANSPORT_HANDSHAKE_ERROR");
    CHECK(verdict(asked("EIO=4&transport=websocket", "GET", true)) == "ok");
    CHECK(verdict(asked("EIO=3&transport=polling")) ==
          "ok");  // the revision is looked at after allow_request
}

TEST_CASE("handshake: the revision, once the application has allowed the request") {
    options settings;
    CHECK(shown(verify_opening(asked("EIO=4&transport=polling"), settings)) == "ok");
    CHECK(shown(verify_opening(asked("EIO=5&transport=polling"), settings)) == "5 protocol=3");
    settings.allow_eio3 = true;
    CHECK(shown(verify_opening(asked("transport=polling"), settings)) == "ok");
}

TEST_CASE("handshake: refusals that others decide") {
    CHECK(shown(refuse_middleware()) == "3 name=MIDDLEWARE_FAILURE");
    CHECK(shown(refuse_forbidden("")) == "4 message=");
    CHECK(refuse_forbidden("").answer() == "Forbidden");
    CHECK(shown(refuse_forbidden("go away")) == "4 message=go away");
    CHECK(refuse_forbidden("go away").answer() == "go away");
    CHECK(refuse_forbidden("go away").message == "Forbidden");
    CHECK(shown(refuse_id_generation("no")) == "3 name=ID_GENERATION_ERROR error=no");
    CHECK(shown(refuse_transport("no")) == "3 name=TRANSPORT_HANDSHAKE_ERROR error=no");
}

TEST_CASE("handshake: the open packet") {
    options settings;
    CHECK(
        open_packet("niXz", transport_kind::polling, settings) ==
        R"({"sid":"niXz","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
    CHECK(open_packet("a\"b", transport_kind::websocket, settings) ==
          R"({"sid":"a\"b","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
    settings.allow_upgrades = false;
    settings.ping_interval = duration{300};
    settings.ping_timeout = duration{200};
    settings.max_http_buffer_size = 5;
    CHECK(open_packet("x", transport_kind::polling, settings) ==
          R"({"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":5})");
    options polling_only;
    polling_only.transports = {transport_kind::polling};
    CHECK(open_packet("x", transport_kind::polling, polling_only).find("\"upgrades\":[]") !=
          std::string::npos);
}

TEST_CASE("handshake: who may poll by script") {
    options settings;
    const auto said = [&](std::string_view query) { return verdict(asked(query), nullptr, settings); };
    CHECK(said("EIO=4&transport=polling&j=0") == "ok");
    settings.jsonp = jsonp_use::revision_3;
    CHECK(said("EIO=4&transport=polling&j=0") == "3 name=JSONP_NOT_ALLOWED");
    CHECK(said("EIO=4&transport=polling&j=") == "3 name=JSONP_NOT_ALLOWED");
    CHECK(said("EIO=3&transport=polling&j=0") == "ok");
    CHECK(said("EIO=4&transport=polling") == "ok");
    settings.jsonp = jsonp_use::none;
    CHECK(said("EIO=3&transport=polling&j=0") == "3 name=JSONP_NOT_ALLOWED");
    CHECK(said("EIO=3&transport=polling&j=0&sid=x") == "3 name=JSONP_NOT_ALLOWED");
    CHECK(said("EIO=3&transport=polling") == "ok");
}

}  // namespace handshake_test
