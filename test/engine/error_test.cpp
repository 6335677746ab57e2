#include <kedge/engine/error.hpp>

#include <doctest/doctest.h>

namespace error_test {

using namespace kedge::engine;

TEST_CASE("error: close reasons are spelt as the reference spells them") {
    CHECK(to_string(close_reason::transport_close) == "transport close");
    CHECK(to_string(close_reason::transport_error) == "transport error");
    CHECK(to_string(close_reason::ping_timeout) == "ping timeout");
    CHECK(to_string(close_reason::parse_error) == "parse error");
    CHECK(to_string(close_reason::forced_close) == "forced close");
}

TEST_CASE("error: bodies and statuses of refusals") {
    using enum refusal_code;
    CHECK(refuse(unknown_transport).body() == R"({"code":0,"message":"Transport unknown"})");
    CHECK(refuse(unknown_sid).body() == R"({"code":1,"message":"Session ID unknown"})");
    CHECK(refuse(bad_handshake_method).body() == R"({"code":2,"message":"Bad handshake method"})");
    CHECK(refuse(bad_request).body() == R"({"code":3,"message":"Bad request"})");
    CHECK(refuse(forbidden).body() == R"({"code":4,"message":"Forbidden"})");
    CHECK(refuse(unsupported_protocol).body() == R"({"code":5,"message":"Unsupported protocol version"})");
    for (const auto code :
         {unknown_transport, unknown_sid, bad_handshake_method, bad_request, unsupported_protocol})
        CHECK(refuse(code).status() == 400);
    CHECK(refuse(forbidden).status() == 403);
}

TEST_CASE("error: texts of the application are escaped") {
    const refusal no = refuse(refusal_code::forbidden, {{"message", "say \"no\"\\\n\t\x01\x7F\xC3\xA9"}});
    CHECK(no.body() == "{\"code\":4,\"message\":\"say \\\"no\\\"\\\\\\n\\t\\u0001\x7F\xC3\xA9\"}");
}

TEST_CASE("result: a value or an error") {
    result<int> good = 7;
    CHECK(good);
    CHECK(good.value() == 7);
    const auto bad = result<int>::failure("no");
    CHECK_FALSE(bad);
    CHECK(bad.error() == "no");
}

}  // namespace error_test
