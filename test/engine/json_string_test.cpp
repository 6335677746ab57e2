#include <kedge/engine/json_string.hpp>

#include <doctest/doctest.h>

namespace json_string_test {

TEST_CASE("json_string: escapes as JSON.stringify does") {
    const auto escaped = [](std::string_view text) {
        std::string json;
        kedge::engine::append_json_string(json, text);
        return json;
    };
    CHECK(escaped("") == "\"\"");
    CHECK(escaped("a/b") == "\"a/b\"");
    CHECK(escaped("\b\f\n\r\t\"\\") == "\"\\b\\f\\n\\r\\t\\\"\\\\\"");
    CHECK(escaped(std::string_view("\0\x1e\x1f\x7F", 4)) == "\"\\u0000\\u001e\\u001f\x7F\"");
    CHECK(escaped("\xE2\x80\xA8") == "\"\xE2\x80\xA8\"");
}

}  // namespace json_string_test
