#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <kedge/sse/event_text.hpp>

namespace event_text_test {

using namespace kedge::sse;
using namespace std::string_view_literals;

namespace {

std::string written(const event_text& event) {
    std::string text;
    append_event(text, event);
    return text;
}

}  // namespace

TEST_CASE("an event has a name, an id and data, and ends with an empty line") {
    CHECK(written({.name = "said", .id = "7", .data = "[1]"}) == "event: said\nid: 7\ndata: [1]\n\n");
    CHECK(written({.data = "x"}) == "data: x\n\n");
    CHECK(written({}) == "data: \n\n");
}

TEST_CASE("whatever ends a line begins another line of data") {
    CHECK(written({.data = "a\nb\r\nc\rd\n"}) == "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST_CASE("no name and no id forges a field") {
    CHECK(written({.name = "a\ndata: evil", .id = "1\r\n\0x"sv, .data = "d"}) ==
          "event: adata: evil\nid: 1x\ndata: d\n\n");
}

TEST_CASE("a comment is a line of its own") {
    std::string text;
    append_comment(text, " hello");
    CHECK(text == ": hello\n\n");
}

}  // namespace event_text_test
