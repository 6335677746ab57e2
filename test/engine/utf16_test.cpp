#include <kedge/engine/utf16.hpp>

#include <doctest/doctest.h>

#include <string>

namespace utf16_test {

using namespace kedge::engine;

TEST_CASE("utf16: lengths as JavaScript counts them") {
    CHECK(utf16_length("") == 0);
    CHECK(utf16_length("abc") == 3);
    CHECK(utf16_length("h\xC3\xA9llo \xE2\x82\xAC\xF0\x9F\x98\x80") == 9);
    CHECK(utf16_length("42[\"echo\",\"h\xC3\xA9llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]") == 22);
}

TEST_CASE("utf16: the bytes of so many units") {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    CHECK(utf16_prefix(text, 0) == 0);
    CHECK(utf16_prefix(text, 1) == 1);
    CHECK(utf16_prefix(text, 2) == 3);
    CHECK(utf16_prefix(text, 3) == 6);
    CHECK_FALSE(utf16_prefix(text, 4).has_value());  // would cut the emoji
    CHECK(utf16_prefix(text, 5) == 10);
    CHECK(utf16_prefix(text, 6) == 11);
    CHECK_FALSE(utf16_prefix(text, 7).has_value());
    CHECK(utf16_prefix(std::string(100, 'x') + text, 105) == 110);
}

TEST_CASE("utf16: a character that is cut short is not read past the end") {
    CHECK_FALSE(utf16_prefix("\xE2\x82", 1).has_value());
    CHECK_FALSE(utf16_prefix("\xF0", 2).has_value());
}

}  // namespace utf16_test
