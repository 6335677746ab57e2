#include <kedge/socketio/value/json_writer.hpp>

#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace json_writer_test {

using namespace kedge;

namespace {

std::string number(double from) {
    std::string text;
    append_json_number(text, from);
    return text;
}

std::string quoted(std::string_view from) {
    std::string text;
    append_json_string(text, from);
    return text;
}

}  // namespace

TEST_CASE("numbers are printed as JavaScript prints them") {
    const struct {
        double from;
        const char* text;
    } all[] = {{0, "0"},
               {-0.0, "0"},
               {-1, "-1"},
               {1.5, "1.5"},
               {0.1, "0.1"},
               {100, "100"},
               {1e15, "1000000000000000"},
               {1e16, "10000000000000000"},
               {1e20, "100000000000000000000"},
               {1e21, "1e+21"},
               {-1e21, "-1e+21"},
               {1.1e21, "1.1e+21"},
               {123456789012345680000.0, "123456789012345680000"},
               {1e-6, "0.000001"},
               {0.000001234, "0.000001234"},
               {1e-7, "1e-7"},
               {1.5e-7, "1.5e-7"},
               {-0.00001, "-0.00001"},
               {4.35, "4.35"},
               {12345.678, "12345.678"},
               {0.1 + 0.2, "0.30000000000000004"},
               {0x1p53, "9007199254740992"},
               {0x1p63, "9223372036854776000"},
               {1.7976931348623157e308, "1.7976931348623157e+308"},
               {5e-324, "5e-324"},
               {1.23e-18, "1.23e-18"},
               {std::numeric_limits<double>::infinity(), "null"},
               {-std::numeric_limits<double>::infinity(), "null"},
               {std::numeric_limits<double>::quiet_NaN(), "null"}};
    for (const auto& each : all) CHECK(number(each.from) == each.text);
}

TEST_CASE("whatever number is printed reads as the same number") {
    std::mt19937_64 random(7);
    for (int count = 0; count < 20000; ++count) {
        const auto bits = random();
        double from;
        std::memcpy(&from, &bits, sizeof from);
        if (!std::isfinite(from)) continue;
        const auto text = number(from);
        double back = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), back);
        REQUIRE(read.ptr == text.data() + text.size());
        REQUIRE(back == from);
    }
}

TEST_CASE("strings are escaped as JSON.stringify escapes them") {
    CHECK(quoted("") == "\"\"");
    CHECK(quoted(std::string_view("\0\x01\b\t\n\x0b\f\r\x1f \"\\/\x7f", 14)) ==
          "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\x7f\"");
    CHECK(quoted("\u0080é\u2028\u2029😀\uffff") == "\"\u0080é\u2028\u2029😀\uffff\"");
    CHECK(quoted("\xed\xa0\x80x\xed\xb0\x80") == "\"\\ud800x\\udc00\"");
}

TEST_CASE("what is not UTF-8 becomes U+FFFD") {
    CHECK(quoted("\x80") == "\"\ufffd\"");
    CHECK(quoted("a\xff\xfe"
                 "b") == "\"a\ufffd\ufffdb\"");
    CHECK(quoted("\xc3") == "\"\ufffd\"");
    CHECK(quoted("\xc0\xaf") == "\"\ufffd\ufffd\"");
    CHECK(quoted("\xe2\x82") == "\"\ufffd\"");
    CHECK(quoted("\xe2\x82 x") == "\"\ufffd x\"");
    CHECK(quoted("\xe0\x80\x80") == "\"\ufffd\ufffd\ufffd\"");
    CHECK(quoted("\xf0\x9f\x98") == "\"\ufffd\"");
    CHECK(quoted("\xf4\x90\x80\x80") == "\"\ufffd\ufffd\ufffd\ufffd\"");
    CHECK(quoted("\xed\xa0") == "\"\ufffd\ufffd\"");
}

TEST_CASE("every special byte is found at every place of a string") {
    const std::string_view specials[] = {"\"", "\\", "\n", "\x1f", "\x80"};
    const std::string_view written[] = {"\\\"", "\\\\", "\\n", "\\u001f", "\ufffd"};
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t at = 0; at <= size; ++at) {
            for (std::size_t which = 0; which < std::size(specials); ++which) {
                std::string text(size, '\x7f');
                std::string wanted = text;
                text.insert(at, specials[which]);
                wanted.insert(at, written[which]);
                REQUIRE(quoted(text) == "\"" + wanted + "\"");
            }
        }
    }
}

TEST_CASE("binaries become placeholders and attachments") {
    std::string text;
    json_writer::binaries attachments;
    json_writer out(text, &attachments);
    const std::string bytes = "abc";
    out.begin_array(2);
    out.binary(std::as_bytes(std::span(bytes)));
    out.begin_object(1);
    out.key("b");
    out.binary({});
    out.end_object();
    out.end_array();
    CHECK(text == R"([{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}])");
    REQUIRE(attachments.size() == 2);
    CHECK(attachments[0].size() == 3);
    CHECK(static_cast<const void*>(attachments[0].data()) == bytes.data());
    CHECK(attachments[1].empty());
}

}  // namespace json_writer_test
