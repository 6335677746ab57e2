#include <kedge/socketio/face/pattern.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace pattern_test {

using kedge::pattern;

TEST_CASE("patterns match as in JavaScript") {
    CHECK(pattern("^/room-\\d+$").matches("/room-42"));
    CHECK_FALSE(pattern("^/room-\\d+$").matches("/room-42x"));
    CHECK_FALSE(pattern("^/room-\\d+$").matches("/room-42\n"));
    CHECK(pattern("room").matches("/the-room-there"));
    CHECK(pattern("").matches(""));
    CHECK(pattern("^/[^/]+/\\w{2,}$").matches("/a/bc"));
    CHECK_FALSE(pattern("^.$").matches("\n"));
    CHECK(pattern("^.$", "s").matches("\n"));
    CHECK(pattern("^.$").matches("é"));
    CHECK(pattern("^\\u00e9\\x41$").matches("éA"));
    CHECK(pattern("^\\u{1f600}$", "u").matches("😀"));
    CHECK(pattern("^(?<year>\\d{4})-\\k<year>$").matches("2024-2024"));
    CHECK(pattern("^(?:a(b)?)\\1c$").matches("ac"));
    CHECK_FALSE(pattern("[]").matches("a"));
    CHECK(pattern("^[^]$").matches("a"));
    CHECK(pattern("^(?=.*x)(?!y)").matches("ax"));
    CHECK(pattern("ROOM", "i").matches("room"));
    CHECK_FALSE(pattern("\\d").matches("٣"));
}

TEST_CASE("a pattern that is none is refused with its reason") {
    try {
        const pattern made("^(a");
        FAIL("no exception");
    } catch (const std::invalid_argument& refused) {
        CHECK(std::string(refused.what()).find("^(a") != std::string::npos);
        CHECK(std::string(refused.what()).find("offset") != std::string::npos);
    }
    CHECK_THROWS_WITH_AS(pattern("a", "g"), "stateful regular expressions are not supported",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(pattern("a", "y"), "stateful regular expressions are not supported",
                         std::invalid_argument);
    CHECK_THROWS_AS(pattern("a", "x"), std::invalid_argument);
}

TEST_CASE("no name makes matching long or deep") {
    CHECK_FALSE(pattern("^(a+)+$").matches(std::string(5000, 'a') + "b"));
    CHECK_FALSE(pattern("^(\\w+\\s?)*$").matches(std::string(5000, 'a') + "!"));
    CHECK_FALSE(pattern("^(?:.|x)*y$").matches(std::string(1000000, 'a')));
}

TEST_CASE("text that is not UTF-8 does no harm") {
    CHECK_FALSE(pattern("^.+$").matches("\xff\xfe"));
    CHECK(
        pattern("b").matches("\xff"
                             "b"));
}

}  // namespace pattern_test
