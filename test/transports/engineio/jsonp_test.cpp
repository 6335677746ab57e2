#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/engineio/jsonp.hpp>

namespace jsonp_test {

using namespace kedge::transports;

namespace {

std::string script(std::string_view j, std::string_view payload) {
    std::string out;
    append_jsonp(out, jsonp_index(j), payload);
    return out;
}

}  // namespace

TEST_CASE("jsonp: the answer") {
    CHECK(script("3", "2:40") == "___eio[3](\"2:40\");");
    CHECK(script("abc7", "x") == "___eio[7](\"x\");");
    CHECK(script("", "x") == "___eio[](\"x\");");
    CHECK(script("1);alert(1", "") == "___eio[11](\"\");");
}

TEST_CASE("jsonp: the payload is a JSON string that is a script as well") {
    CHECK(script("0", "a\"b\\c\n\r\t\b\f\x01\x1E\x1F/\x7F") ==
          "___eio[0](\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001e\\u001f/\x7F\");");
    CHECK(script("0", "\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC\xC3\xA9") ==
          "___eio[0](\"\\u2028\\u2029\xE2\x82\xAC\xC3\xA9\");");
    CHECK(script("0", std::string_view("a\0b", 3)) == "___eio[0](\"a\\u0000b\");");
}

TEST_CASE("jsonp: form decoding") {
    CHECK(decode_jsonp_body("d=2%3A40") == "2:40");
    CHECK(decode_jsonp_body("d=a+b%20c%2B") == "a b c+");
    CHECK(decode_jsonp_body("x=1&d=h%C3%A9llo%E2%82%AC&y") == "h\xC3\xA9llo\xE2\x82\xAC");
    CHECK(decode_jsonp_body("d=100%&x") == "100%");
    CHECK(decode_jsonp_body("d=%zz%4") == "%zz%4");
    CHECK(decode_jsonp_body("%64=x") == "x");
    CHECK(decode_jsonp_body("d=a=b") == "a=b");
}

TEST_CASE("jsonp: a body without d, or with two, is ignored; an empty d is an empty payload") {
    CHECK_FALSE(decode_jsonp_body(""));
    CHECK_FALSE(decode_jsonp_body("x=1"));
    CHECK_FALSE(decode_jsonp_body("d=1&d=2"));
    CHECK_FALSE(decode_jsonp_body("D=1"));
    CHECK(decode_jsonp_body("d=") == "");
    CHECK(decode_jsonp_body("d") == "");
    CHECK(decode_jsonp_body("&&d=1&&") == "1");
}

TEST_CASE("jsonp: newlines are put right") {
    CHECK(decode_jsonp_body("d=a%5Cnb") == "a\nb");           // \n   -> LF
    CHECK(decode_jsonp_body("d=a%5C%5Cnb") == "a\\nb");       // \\n  -> \n
    CHECK(decode_jsonp_body("d=a%5C%5C%5Cnb") == "a\\\\nb");  // \\\n -> \\n
    CHECK(decode_jsonp_body("d=a%5C%5Cb") == "a\\\\b");       // other backslashes stay
    CHECK(decode_jsonp_body("d=%5Cn%5Cn%5C") == "\n\n\\");
    CHECK(decode_jsonp_body("d=a%0D%0Ab") == "a\r\nb");
}

TEST_CASE("jsonp: invalid UTF-8 is replaced") {
    CHECK(decode_jsonp_body("d=a%FFb") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(decode_jsonp_body("d=a\xC3(") == "a\xEF\xBF\xBD(");
}

TEST_CASE("jsonp: only so many fields are looked at, as by Node") {
    std::string form;
    for (int i = 0; i < 1000; ++i) form += "x=&";
    CHECK_FALSE(decode_jsonp_body(form + "d=1"));
}

}  // namespace jsonp_test
