#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <kedge/sockjs/frames.hpp>

namespace frames_test {

using namespace kedge::sockjs;
using namespace std::string_view_literals;

namespace {

std::string message(std::string_view text) {
    std::string written;
    append_message(written, text);
    return written;
}

std::string frame_of(const std::vector<std::string_view>& texts) {
    std::string frame;
    for (const std::string_view each : texts) {
        begin_message(frame);
        append_message(frame, each);
    }
    end_messages(frame);
    return frame;
}

std::string wrapped(wrapping how, std::string_view frame, std::string_view callback = {}) {
    std::string text;
    append_wrapped(text, how, frame, callback);
    return text;
}

}  // namespace

TEST_CASE("JSON's short escapes stay, other control characters are lower-case hex") {
    CHECK(message("a\"b\\c\n\t\r\b\f") == R"("a\"b\\c\n\t\r\b\f")");
    CHECK(message("\0\x1f\x7f"sv) == "\"\\u0000\\u001f\x7f\"");
}

TEST_CASE("what browsers spoil is escaped, its neighbours are not") {
    CHECK(message("\u200b\u200c\u200f\u2010") == "\"\u200b\\u200c\\u200f\u2010\"");
    CHECK(message("\u2027\u2028\u202f\u2030") == "\"\u2027\\u2028\\u202f\u2030\"");
    CHECK(message("\u205f\u2060\u206f\u2070") == "\"\u205f\\u2060\\u206f\u2070\"");
    CHECK(message("\uffef\ufff0\uffff") == "\"\uffef\\ufff0\\uffff\"");
    CHECK(message("\u00e9\U0001F600") == "\"\u00e9\U0001F600\"");
}

TEST_CASE("what is no UTF-8 is repaired") {
    CHECK(message("a\xFFz") == "\"a\\ufffdz\"");
}

TEST_CASE("messages share a frame, and a close has a code and a reason") {
    CHECK(frame_of({"a", "b"}) == R"(a["a","b"])");
    CHECK(close_frame(3000, "Go \"away\"!") == R"(c[3000,"Go \"away\"!"])");
}

TEST_CASE("each transport wraps frames in its way") {
    CHECK(wrapped(wrapping::line, "o") == "o\n");
    CHECK(wrapped(wrapping::event, "a[\"%\\n\"]") == "data: a[\"%25\\n\"]\r\n\r\n");
    CHECK(wrapped(wrapping::event, "\r\n\0"sv) == "data: %0D%0A%00\r\n\r\n");
    CHECK(wrapped(wrapping::script, R"(a["x"])") == "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n");
    CHECK(wrapped(wrapping::call, R"(a["\u2028"])", "_jp.a") == "/**/_jp.a(\"a[\\\"\\\\u2028\\\"]\");\r\n");
}

TEST_CASE("no message ends the script that it is in") {
    const std::string text = wrapped(wrapping::script, frame_of({"</script><b>"}));
    CHECK(text.find("</script><b>") == std::string::npos);
    CHECK(text.find("\\u003c/script>\\u003cb>") != std::string::npos);
}

}  // namespace frames_test
