#include <doctest/doctest.h>

#include <stdexcept>

#include <kedge/transports/syntax/cookie.hpp>

namespace cookie_test {

using namespace kedge::transports;

TEST_CASE("cookie: the reference's defaults") {
    CHECK(serialize_cookie({}, "niXz_-AAAB") == "io=niXz_-AAAB; Path=/; HttpOnly; SameSite=Lax");
}

TEST_CASE("cookie: all attributes in the reference's order") {
    cookie_options options;
    options.name = "sid";
    options.max_age = 86400;
    options.domain = "example.com";
    options.path = "/chat";
    options.expires = 0;
    options.secure = true;
    options.partitioned = true;
    options.priority = cookie_priority::high;
    options.same_site = same_site::none;
    CHECK(serialize_cookie(options, "x") ==
          "sid=x; Max-Age=86400; Domain=example.com; Path=/chat; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
          "HttpOnly; "
          "Secure; Partitioned; Priority=High; SameSite=None");
}

TEST_CASE("cookie: the value is URI-encoded") {
    cookie_options bare;
    bare.path.clear();
    bare.http_only = false;
    bare.same_site = same_site::unset;
    CHECK(serialize_cookie(bare, "a b;c\xC3\xA9!~*'()") == "io=a%20b%3Bc%C3%A9!~*'()");
}

TEST_CASE("cookie: options that would break the header are refused when they are set") {
    CHECK_NOTHROW(check_cookie({}));
    cookie_options options;
    options.name = "a b";
    CHECK_THROWS_AS(check_cookie(options), std::invalid_argument);
    options = {};
    options.path = "/;x";
    CHECK_THROWS_AS(check_cookie(options), std::invalid_argument);
    options = {};
    options.domain = "a\r\nb";
    CHECK_THROWS_AS(check_cookie(options), std::invalid_argument);
}

}  // namespace cookie_test
