#include <doctest/doctest.h>

#include <string_view>
#include <utility>
#include <vector>

#include <kedge/sockjs/target.hpp>

namespace target_test {

using namespace kedge::sockjs;

TEST_CASE("the prefix and what lies below it are the service's, and nothing else") {
    CHECK(read_target("/echo", "/echo")->what == resource::greeting);
    CHECK(read_target("/echo/", "/echo")->what == resource::greeting);
    CHECK(read_target("/echo?a=b", "/echo")->what == resource::greeting);
    CHECK_FALSE(read_target("/echox", "/echo"));
    CHECK_FALSE(read_target("/ech", "/echo"));
    CHECK_FALSE(read_target("/other/echo/info", "/echo"));
    CHECK(read_target("/info", "")->what == resource::info);
}

TEST_CASE("each resource has its path, with one slash more at most") {
    const std::vector<std::pair<std::string_view, resource>> rows{
        {"/echo/info", resource::info},
        {"/echo/info/", resource::info},
        {"/echo/info//", resource::unknown},
        {"/echo/websocket", resource::raw_websocket},
        {"/echo/iframe.html", resource::iframe},
        {"/echo/iframe-0.1.2abc-dirty.2144.html", resource::iframe},
        {"/echo/iframe.HTML", resource::unknown},
        {"/echo/iframe-/.html", resource::unknown},
        {"/echo/iframe-A.html", resource::unknown},
        {"/echo/sockjs.min.js", resource::script},
        {"/echo/ifram.html", resource::unknown},
        {"/echo/000/abc/xhr", resource::xhr},
        {"/echo/000/abc/xhr/", resource::xhr},
        {"/echo/000/abc/xhr_send", resource::xhr_send},
        {"/echo/000/abc/xhr_streaming", resource::xhr_streaming},
        {"/echo/000/abc/eventsource", resource::eventsource},
        {"/echo/000/abc/htmlfile", resource::htmlfile},
        {"/echo/000/abc/jsonp", resource::jsonp},
        {"/echo/000/abc/jsonp_send", resource::jsonp_send},
        {"/echo/000/abc/websocket", resource::websocket},
        {"/echo/000/abc/nothing", resource::unknown},
        {"/echo/000/abc", resource::unknown},
        {"/echo/000/a.b/xhr", resource::unknown},
        {"/echo/0.0/abc/xhr", resource::unknown},
        {"/echo//abc/xhr", resource::unknown},
        {"/echo/000//xhr", resource::unknown},
        {"/echo/a/b/c/xhr", resource::unknown},
        {"/echo/000/a%2Eb/xhr", resource::xhr},
    };
    for (const auto& row : rows) {
        const std::string_view raw = row.first;
        CAPTURE(raw);
        REQUIRE(read_target(raw, "/echo"));
        CHECK(read_target(raw, "/echo")->what == row.second);
    }
}

TEST_CASE("the session is found behind whatever server, and the query behind the mark") {
    const auto read = read_target("/echo/17/a%20b/jsonp?c=x/y", "/echo");
    REQUIRE(read);
    CHECK(read->session == "a%20b");
    CHECK(read->query == "c=x/y");
}

}  // namespace target_test
