#include <kedge/transports/engineio/origin_guard.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace origin_guard_test {

using namespace kedge;

namespace {

using headers = std::vector<engine::header_field>;

bool allowed(headers said, std::string_view target = "/socket.io/?EIO=4&transport=polling") {
    static const transports::origin_guard guard({"https://friend.example", "http://127.0.0.1:8080"});
    said.push_back({"host", "Chat.example"});
    return guard.allows(engine::request("GET", target, 1, said, engine::origin{}, false));
}

constexpr std::string_view script = "/socket.io/?EIO=4&transport=polling&j=0";

}  // namespace

TEST_CASE("an origin is the server's own, or listed, or refused") {
    CHECK(allowed({{"origin", "https://chat.example"}}));
    CHECK(allowed({{"origin", "http://chat.example"}}));  // a proxy may have taken TLS off
    CHECK(allowed({{"origin", "https://CHAT.example:443"}}));
    CHECK(allowed({{"origin", "https://friend.example"}}));
    CHECK(allowed({{"origin", "http://127.0.0.1:8080"}}));
    CHECK_FALSE(allowed({{"origin", "http://127.0.0.1"}}));
    CHECK_FALSE(allowed({{"origin", "http://friend.example"}}));
    CHECK_FALSE(allowed({{"origin", "https://chat.example:8443"}}));
    CHECK_FALSE(allowed({{"origin", "https://chat.example.evil.example"}}));
    CHECK_FALSE(allowed({{"origin", "https://evil.example"}}));
    CHECK_FALSE(allowed({{"origin", "null"}}));
    CHECK_FALSE(allowed({{"origin", ""}}));
}

TEST_CASE("an origin outweighs what else is said") {
    CHECK_FALSE(allowed({{"origin", "https://evil.example"}, {"sec-fetch-site", "same-origin"}}));
    CHECK(allowed({{"origin", "https://friend.example"}, {"sec-fetch-site", "cross-site"}}));
}

TEST_CASE("a page's own GETs have no origin, and the browser says that they are its own") {
    CHECK(allowed({{"sec-fetch-site", "same-origin"}, {"cookie", "a=b"}}));
    CHECK(allowed({{"sec-fetch-site", "same-origin"}, {"cookie", "a=b"}}, script));
    CHECK(allowed({{"sec-fetch-site", "none"}, {"cookie", "a=b"}}));
    CHECK_FALSE(allowed({{"sec-fetch-site", "cross-site"}}));
    CHECK_FALSE(allowed({{"sec-fetch-site", "same-site"}}));
    CHECK_FALSE(allowed({{"sec-fetch-site", "cross-site"}}, script));
    CHECK(allowed({{"sec-fetch-site", "cross-site"}, {"referer", "https://friend.example/"}}, script));
    CHECK_FALSE(allowed({{"sec-fetch-site", "cross-site"}, {"referer", "https://evil.example/"}}, script));
}

TEST_CASE("older browsers say from which page they come") {
    CHECK(
        allowed({{"referer", "http://chat.example/room?x=https://evil.example"}, {"cookie", "a=b"}}, script));
    CHECK(allowed({{"referer", "https://friend.example/page"}, {"cookie", "a=b"}}, script));
    CHECK_FALSE(allowed({{"referer", "https://evil.example/https://chat.example/"}, {"cookie", "a=b"}}));
    CHECK_FALSE(allowed({{"referer", "https://chat.example@evil.example/"}}));
    CHECK_FALSE(allowed({{"referer", "https://evil.example\\@chat.example/"}}));
    CHECK_FALSE(allowed({{"referer", "no address"}}));
}

TEST_CASE("who says nothing is a program, unless it is a script that brings cookies") {
    CHECK(allowed({}));
    CHECK(allowed({{"cookie", "a=b"}}));
    CHECK(allowed({}, script));
    CHECK_FALSE(allowed({{"cookie", "a=b"}}, script));
    CHECK_FALSE(allowed({{"cookie", "a=b"}, {"referer", ""}}, script));
}

TEST_CASE("what is listed has to be an origin") {
    CHECK_NOTHROW(transports::origin_guard({"HTTPS://Friend.example", "null"}));
    CHECK_THROWS_AS(transports::origin_guard({"https://friend.example/"}), std::invalid_argument);
    CHECK_THROWS_AS(transports::origin_guard({"friend.example"}), std::invalid_argument);
    CHECK_THROWS_AS(transports::origin_guard({""}), std::invalid_argument);
}

}  // namespace origin_guard_test
