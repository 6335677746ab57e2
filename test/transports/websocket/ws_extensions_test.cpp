#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/websocket/ws_extensions.hpp>

namespace ws_extensions_test {

using namespace kedge::transports;

namespace {

std::string accepted(std::string_view header, const ws_deflate_options& options = {}) {
    const auto verdict = accept_ws_deflate(header, options);
    if (!verdict.acceptable) return "refused";
    return verdict.terms ? verdict.terms->header() : "none";
}

}  // namespace

TEST_CASE("ws_extensions: offers and parameters") {
    const auto offers = parse_ws_extensions("a; b; c=1 ; d=\"x\\y\",e");
    REQUIRE(offers);
    REQUIRE(offers->size() == 2);
    CHECK((*offers)[0].name == "a");
    REQUIRE((*offers)[0].parameters.size() == 3);
    CHECK_FALSE((*offers)[0].parameters[0].value);
    CHECK((*offers)[0].parameters[1].value == "1");
    CHECK((*offers)[0].parameters[2].value == "xy");
    CHECK((*offers)[1].name == "e");
}

TEST_CASE("ws_extensions: malformed headers") {
    for (const char* header : {"", ",", "a,", ";", "a;", "a;b=", "a;=b", "a b", "a;b c", "a;b=c d", "a;b =c",
                               "a;b=\"\"", "a;b=\"c", "a;b=\"c d\"", "a;b=\"c\"d", "a;b=\"\\", "a,,b", "(a)"})
        CHECK_MESSAGE(!parse_ws_extensions(header), header);
}

TEST_CASE("ws_extensions: subprotocols") {
    const auto protocols = parse_ws_protocols("one, two ,three");
    REQUIRE(protocols);
    CHECK(protocols->size() == 3);
    CHECK(protocols->front() == "one");
    CHECK((*protocols)[1] == "two");
    for (const char* header : {"", ",", "a,", ",a", "a b", "a,a", "a;b", "a,,b", "a,b,a"})
        CHECK_MESSAGE(!parse_ws_protocols(header), header);
}

TEST_CASE("ws_extensions: permessage-deflate as browsers offer it") {
    CHECK(accepted("permessage-deflate; client_max_window_bits") == "permessage-deflate");
    CHECK(accepted("permessage-deflate") == "permessage-deflate");
    CHECK(accepted("x-webkit-deflate-frame") == "none");
    CHECK(accepted("x, permessage-deflate; server_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover");
    CHECK(accepted("permessage-deflate; client_no_context_takeover; server_max_window_bits=10; "
                   "client_max_window_bits=9") ==
          "permessage-deflate; client_no_context_takeover; server_max_window_bits=10; "
          "client_max_window_bits=9");
}

TEST_CASE("ws_extensions: offers that are no offers are refused") {
    for (const char* parameters :
         {"unknown", "server_no_context_takeover=1", "client_no_context_takeover; client_no_context_takeover",
          "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
          "server_max_window_bits=08", "server_max_window_bits=1x", "client_max_window_bits=7",
          "client_max_window_bits; client_max_window_bits",
          "server_max_window_bits=9; server_max_window_bits=9"})
        CHECK_MESSAGE(accepted("permessage-deflate; " + std::string(parameters)) == "refused", parameters);
    CHECK(accepted("permessage-deflate, permessage-deflate; unknown") == "refused");
    CHECK(accepted("permessage-deflate;") == "refused");
}

TEST_CASE("ws_extensions: the server's own wishes") {
    ws_deflate_options options;
    options.server_no_context_takeover = true;
    options.client_no_context_takeover = true;
    CHECK(accepted("permessage-deflate", options) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    options = {};
    options.server_no_context_takeover = false;
    CHECK(accepted("permessage-deflate; server_no_context_takeover", options) == "refused");
    CHECK(accepted("permessage-deflate; server_no_context_takeover, permessage-deflate", options) ==
          "permessage-deflate");
    options = {};
    options.server_max_window_bits = 12;
    CHECK(accepted("permessage-deflate", options) == "permessage-deflate; server_max_window_bits=12");
    CHECK(accepted("permessage-deflate; server_max_window_bits=13", options) ==
          "permessage-deflate; server_max_window_bits=12");
    CHECK(accepted("permessage-deflate; server_max_window_bits=11", options) == "refused");
    options = {};
    options.client_max_window_bits = 12;
    CHECK(accepted("permessage-deflate", options) == "refused");
    CHECK(accepted("permessage-deflate; client_max_window_bits", options) ==
          "permessage-deflate; client_max_window_bits=12");
    CHECK(accepted("permessage-deflate; client_max_window_bits=11", options) == "refused");
}

}  // namespace ws_extensions_test
