#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include <kedge/stomp/frames/frame_parser.hpp>
#include <kedge/stomp/frames/frame_writer.hpp>

namespace frame_writer_test {

using namespace kedge::stomp;
using namespace std::string_view_literals;

namespace {

std::string written(version by, std::string_view command, std::string_view name, std::string_view value,
                    std::string_view body = {}) {
    std::string text;
    const std::array<header_view, 1> headers{header_view{name, value}};
    append_frame(text, by, command, headers, body);
    return text;
}

}  // namespace

TEST_CASE("a frame is written with LF, and its length where it has a body") {
    CHECK(written(version::v1_2, "MESSAGE", "a", "b", "hi") == "MESSAGE\na:b\ncontent-length:2\n\nhi\0"sv);
    CHECK(written(version::v1_2, "RECEIPT", "receipt-id", "7") == "RECEIPT\nreceipt-id:7\n\n\0"sv);
}

TEST_CASE("each version gets the escapes that it knows, and nothing that would forge a header") {
    const std::string_view value = "a:b\n\r\\";
    CHECK(written(version::v1_2, "M", "k", value) == "M\nk:a\\cb\\n\\r\\\\\n\n\0"sv);
    CHECK(written(version::v1_1, "M", "k", value) == "M\nk:a\\cb\\n \\\\\n\n\0"sv);
    CHECK(written(version::v1_0, "M", "k", value) == "M\nk:a:b  \\\n\n\0"sv);
    CHECK(written(version::v1_2, "CONNECTED", "k", "a:b\nc") == "CONNECTED\nk:a:b c\n\n\0"sv);
}

TEST_CASE("what is written is read again") {
    for (const version by : {version::v1_1, version::v1_2}) {
        const std::string text = written(by, "MESSAGE", "k:\\", "v\n:\\", "b\0dy"sv);
        frame_parser parser({});
        parser.speak(by);
        std::string_view input = text;
        REQUIRE(parser.feed(input) == frame_parser::outcome::frame);
        CHECK(parser.read().value("k:\\") == "v\n:\\");
        CHECK(parser.read().body == "b\0dy"sv);
    }
}

}  // namespace frame_writer_test
