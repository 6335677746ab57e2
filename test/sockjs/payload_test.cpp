#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/sockjs/payload.hpp>

namespace payload_test {

using namespace kedge::sockjs;
using outcome = payload::outcome;
using texts = std::vector<std::string>;

namespace {

texts messages(payload read) {
    texts all;
    while (!read.messages.empty()) all.push_back(read.messages.pop());
    return all;
}

}  // namespace

TEST_CASE("a send is a JSON array of strings") {
    CHECK(messages(read_payload(R"(["a","\u00e9\n"])")) == texts{"a", "\u00e9\n"});
    CHECK(read_payload(" [ ] ").messages.empty());
    CHECK(read_payload("[]").what == outcome::read);
    for (const std::string none : {"", "\"a\"", "{}", "null", "1", "[1]", "[null]", R"(["a",["b"]])"}) {
        CAPTURE(none);
        CHECK(read_payload(none).what == outcome::nothing);
    }
    for (const std::string broken : {"[", "\"a", "a", R"(["a")", R"(["a"]])", "[\"\n\"]"}) {
        CAPTURE(broken);
        CHECK(read_payload(broken).what == outcome::no_json);
    }
    CHECK(read_payload(std::string(100'000, '[')).what == outcome::no_json);
}

TEST_CASE("a websocket message may be a string by itself") {
    CHECK(messages(read_message("\"a\"")) == texts{"a"});
    CHECK(messages(read_message("[\"a\",\"b\"]")) == texts{"a", "b"});
    CHECK(read_message("1").what == outcome::nothing);
}

TEST_CASE("half a character becomes U+FFFD") {
    const texts read = messages(read_payload(R"(["\ud800x"])"));
    REQUIRE(read.size() == 1);
    CHECK(read.front().find("\uFFFD") == 0);
    CHECK(read.front().back() == 'x');
}

TEST_CASE("a form has its JSON in the field d") {
    CHECK(payload_of_form("d=%5B%22x%20%2B+y%22%5D") == R"(["x + y"])");
    CHECK(payload_of_form("a=1&d=b&d=c") == "b");
    CHECK(payload_of_form("a=1").empty());
    CHECK(payload_of_form("").empty());
}

}  // namespace payload_test
