#include <kedge/engine/request.hpp>

#include <doctest/doctest.h>

namespace request_test {

using namespace kedge::engine;

namespace {

request get(std::string_view target) {
    return request("GET", target, 1, {}, {}, false);
}

}  // namespace

TEST_CASE("request: keeps the head, names lower-cased, everything in one block") {
    const header_field headers[] = {{"Host", "example.org"}, {"X-A", "1"}, {"Cookie", "a=b"}, {"x-a", "2"},
                                    {"COOKIE", "c=d"},       {"Empty", ""}};
    auto certificate = std::make_shared<peer_certificate>();
    const origin from{"192.0.2.7", 4711, true, 0, certificate};
    request head("POST", "/engine.io/?EIO=4&x=%31", 0, headers, from, true);
    const request moved = std::move(head);

    CHECK(moved.method() == "POST");
    CHECK(moved.target() == "/engine.io/?EIO=4&x=%31");
    CHECK(moved.path() == "/engine.io/");
    CHECK(moved.query_string() == "EIO=4&x=%31");
    CHECK(moved.minor_version() == 0);
    CHECK(moved.upgrade());
    CHECK(moved.secure());
    CHECK(moved.remote_address() == "192.0.2.7");
    CHECK(moved.remote_port() == 4711);
    CHECK(moved.certificate() == certificate.get());
    REQUIRE(moved.header_count() == 6);
    CHECK(moved.header_at(1).name == "x-a");
    CHECK(moved.header_at(4).value == "c=d");
    CHECK(moved.find("x-a") == "1");
    CHECK(moved.find("empty") == "");
    CHECK_FALSE(moved.find("X-A").has_value());
    CHECK(moved.header("x-a") == "1, 2");
    CHECK(moved.header("cookie") == "a=b; c=d");
    CHECK_FALSE(moved.header("missing").has_value());
    const std::vector<std::pair<std::string, std::string>> items{
        {"host", "example.org"}, {"x-a", "1, 2"}, {"cookie", "a=b; c=d"}, {"empty", ""}};
    CHECK(moved.header_items() == items);
}

TEST_CASE("request: headers that count once keep the first, as in Node") {
    const header_field headers[] = {{"Authorization", "Bearer a"}, {"User-Agent", "x"}, {"Accept", "text/*"},
                                    {"authorization", "Bearer b"}, {"user-agent", "y"}, {"accept", "*/*"}};
    const request head("GET", "/", 1, headers, {}, false);
    CHECK(head.header("authorization") == "Bearer a");
    CHECK(head.header("user-agent") == "x");
    CHECK(head.header("accept") == "text/*, */*");
}

TEST_CASE("request: an empty one answers everything") {
    const request none;
    CHECK(none.method().empty());
    CHECK(none.path().empty());
    CHECK(none.query_string().empty());
    CHECK(none.header_count() == 0);
    CHECK(none.remote_address().empty());
    CHECK_FALSE(none.query("EIO").has_value());
    CHECK(none.certificate() == nullptr);
}

TEST_CASE("request: query parameters by the rules of URLSearchParams") {
    CHECK(get("/?EIO=3&EIO=4").query("EIO") == "4");
    CHECK(get("/?a=1+2%2B3").query("a") == "1 2+3");
    CHECK(get("/?a").query("a") == "");
    CHECK(get("/?a=b=c").query("a") == "b=c");
    CHECK(get("/?%61=x").query("a") == "x");
    CHECK(get("/?a=100%&b=%zz%4").query("a") == "100%");
    CHECK(get("/?a=100%&b=%zz%4").query("b") == "%zz%4");
    CHECK(get("/?a=%E2%82%AC").query("a") == "\xE2\x82\xAC");
    CHECK(get("/?a=%FF%20x").query("a") == "\xEF\xBF\xBD x");
    CHECK(get("/?a=%E2%82").query("a") == "\xEF\xBF\xBD");
    CHECK(get("/?a=1?b").query("a") == "1?b");
    CHECK(get("/?a=1#b").query("a") == "1");
    CHECK_FALSE(get("/#b?a=1").query("a").has_value());
    CHECK_FALSE(get("/?a=1").query("b").has_value());
    CHECK_FALSE(get("/a=1").query("a").has_value());
}

TEST_CASE("request: each key once with its last value, in order of first appearance") {
    const auto items = get("/?b=1&a=2&&b=3&=x&c").query_items();
    const std::vector<std::pair<std::string, std::string>> expected{
        {"b", "3"}, {"a", "2"}, {"", "x"}, {"c", ""}};
    CHECK(items == expected);
}

TEST_CASE("request: names of any length are lower-cased, and what is no letter stays") {
    const std::string upper = "ABCXYZ-@[`{09!~_";
    const std::string lower = "abcxyz-@[`{09!~_";
    for (std::size_t size = 1; size <= upper.size(); ++size) {
        const std::vector<header_field> fields{{std::string_view(upper).substr(0, size), "Value"}};
        const request made("GET", "/", 1, fields, {}, false);
        CHECK(made.header_at(0).name == lower.substr(0, size));
        CHECK(made.header_at(0).value == "Value");
        CHECK(made.find(lower.substr(0, size)) == "Value");
    }
}

}  // namespace request_test
