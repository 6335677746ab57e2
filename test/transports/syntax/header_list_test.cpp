#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/syntax/header_list.hpp>
#include <kedge/transports/syntax/token.hpp>

namespace header_list_test {

using namespace kedge::transports;

TEST_CASE("header_list: names compare without case, order is kept") {
    header_list headers;
    headers.add("A", "1");
    headers.add("b", "2");
    headers.add("a", "3");
    CHECK(*headers.find("a") == "1");
    CHECK(headers.find("c") == nullptr);
    CHECK(headers.set("B", "4"));
    CHECK(headers.size() == 3);
    CHECK(headers.set("a", "5"));
    CHECK(headers.size() == 2);
    CHECK(headers.begin()->value == "5");
    headers.erase("A");
    CHECK(headers.size() == 1);
}

TEST_CASE("header_list: refuses what would inject a header") {
    header_list headers;
    for (const auto& bad : {std::string("a\r\nX: b"), std::string("a\nb"), std::string("a\rb"),
                            std::string("a\0b", 3), std::string("\x7F"), std::string("\x01")}) {
        CHECK_FALSE(headers.add("X", bad));
        CHECK_FALSE(headers.set("X", bad));
        CHECK_FALSE(headers.add(bad, "x"));
    }
    for (const char* name : {"", "a b", "a:", "a\"", "\xC3\xA9"}) CHECK_FALSE(headers.add(name, "x"));
    CHECK(headers.empty());
    CHECK(headers.add("X", "tab\tand \xC3\xA9"));
}

TEST_CASE("header_list: vary lists each name once") {
    header_list headers;
    headers.vary("Origin");
    headers.vary("origin");
    headers.vary("Access-Control-Request-Headers");
    CHECK(*headers.find("Vary") == "Origin, Access-Control-Request-Headers");
    header_list all;
    all.add("vary", "*");
    all.vary("Origin");
    CHECK(*all.find("Vary") == "*");
}

TEST_CASE("token: lists and tokens") {
    std::string_view list = " a , b;q=1,,c ";
    CHECK(next_list_item(list) == "a");
    CHECK(next_list_item(list) == "b;q=1");
    CHECK(next_list_item(list) == "");
    CHECK(next_list_item(list) == "c");
    CHECK(list.empty());
    CHECK(is_token("x-Y_1"));
    CHECK_FALSE(is_token(""));
    CHECK_FALSE(is_token("a b"));
    CHECK(same_token("WebSocket", "websocket"));
    CHECK_FALSE(same_token("websocket", "websockets"));
}

}  // namespace header_list_test
