#include <kedge/engine/counted_payload.hpp>

#include <doctest/doctest.h>

#include <string>

namespace counted_payload_test {

using namespace kedge::engine;
using namespace std::string_literals;

namespace {

binary_items surveyed(std::string body) {
    return survey({body.data(), body.size()});
}

std::string settled(std::string text) {
    return settle_surrogates({text.data(), text.size()}) ? text : "not UTF-8";
}

}  // namespace

TEST_CASE("counted_payload: numbers as JavaScript reads them") {
    CHECK(javascript_length("0") == 0u);
    CHECK(javascript_length("1000000") == 1'000'000u);
    CHECK(javascript_length("0x1F") == 31u);
    CHECK(javascript_length("1e3") == 1000u);
    CHECK(javascript_length(".5e1") == 5u);
    CHECK(javascript_length("-0") == 0u);
    for (const char* none : {"", "1a", "1 2", "0x", "0b2", "1e16", "1e-1", "nan", "+-1"})
        CHECK_FALSE(javascript_length(none).has_value());
}

TEST_CASE("counted_payload: what a binary payload holds is seen without decoding it") {
    CHECK(surveyed("") == binary_items::none);
    CHECK(surveyed("\x00\x01\xFF"
                   "2\x00\x01\xFF"
                   "3"s) == binary_items::all_text);
    CHECK(surveyed("\x00\x01\xFF"
                   "2\x01\x01\xFF\x04"s) == binary_items::some_binary);
    CHECK(surveyed("\x00\x01\xFF"
                   "2\x01\x01"s) == binary_items::malformed);
}

TEST_CASE("counted_payload: surrogates become U+FFFD, other faults stay faults") {
    CHECK(settled("a\xC3\xA9") == "a\xC3\xA9");
    CHECK(settled("a\xED\xA0\xBD\xED\xB8\x80z") == "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    CHECK(settled("\xED\x9F\xBF") == "\xED\x9F\xBF");
    CHECK(settled("\xED\xA0") == "not UTF-8");
    CHECK(settled("\xED\xA0\x80\xFF") == "not UTF-8");
}

TEST_CASE("counted_payload: UTF-8 within UTF-8") {
    CHECK(is_double_utf8("h\xC3\x83\xC2\xA9"));
    CHECK_FALSE(is_double_utf8("h\xC3\xA9"));                     // a lone byte of an inner character
    CHECK_FALSE(is_double_utf8("\xC3\x83\xC2\xA9\xE2\x82\xAC"));  // a character that is no byte
    std::string twice = "h\xC3\x83\xC2\xA9!";
    const auto once = decode_outer_utf8({twice.data(), twice.size()});
    CHECK(std::string(once.begin(), once.end()) == "h\xC3\xA9!");
}

}  // namespace counted_payload_test
