#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_cors_test {

using namespace kedge;
using namespace kedge::test;

namespace {

transports::server_options with_cors(transports::cors_origin origin) {
    transports::server_options options;
    options.cors.emplace();
    options.cors->origin = std::move(origin);
    return options;
}

constexpr std::string_view preflight =
    "Origin: http://page\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-a, "
    "x-b\r\n";

answer ask(server_under_test& on, std::string_view method, std::string_view target,
           std::string_view headers) {
    raw_client client = on.connect();
    client.send(raw_client::head(method, target, headers));
    return client.read_answer();
}

}  // namespace

TEST_CASE("without the option there are no CORS headers, and preflights are refused") {
    server_under_test on;
    polling_client client(on, v4_polling, "Origin: http://page\r\n");
    CHECK_FALSE(client.opening.has("access-control-allow-origin"));
    CHECK(ask(on, "OPTIONS", v4_polling, preflight).status == 400);
    CHECK(ask(on, "OPTIONS", client.address, preflight).status == 500);
}

TEST_CASE("every form of origin") {
    const auto allowed = [](transports::cors_origin origin, const char* asking) {
        server_under_test on(with_cors(std::move(origin)));
        const answer got = on.connect().get(v4_polling, std::string("Origin: ") + asking + "\r\n");
        return got.header("access-control-allow-origin") + "|" + got.header("vary");
    };
    CHECK(allowed({}, "http://page") == "*|");
    CHECK(allowed("*", "http://page") == "*|");
    CHECK(allowed("http://home", "http://page") == "http://home|Origin");
    CHECK(allowed(true, "http://page") == "http://page|Origin");
    CHECK(allowed(true, "null") == "null|Origin");
    CHECK(allowed(std::vector<std::string>{"http://a", "http://page"}, "http://page") ==
          "http://page|Origin");
    CHECK(allowed(std::vector<std::string>{"http://a"}, "http://page") == "|Origin");
    const auto ends_well = [](std::string_view origin) { return origin.ends_with(".good"); };
    CHECK(allowed(transports::cors_origin::predicate(ends_well), "http://a.good") == "http://a.good|Origin");
    CHECK(allowed(transports::cors_origin::predicate(ends_well), "http://a.bad") == "|Origin");
    CHECK(allowed(false, "http://page") == "|");
}

TEST_CASE("CORS headers are on every answer, errors included, and reject nothing") {
    transports::server_options options = with_cors(true);
    options.cors->credentials = true;
    options.cors->exposed_headers = {"x-one", "x-two"};
    options.engine.max_http_buffer_size = 100;
    server_under_test on(options);
    polling_client client(on, v4_polling, "Origin: http://page\r\n");
    const auto check = [](const answer& got) {
        CHECK(got.header("access-control-allow-origin") == "http://page");
        CHECK(got.header("access-control-allow-credentials") == "true");
        CHECK(got.header("access-control-expose-headers") == "x-one,x-two");
    };
    constexpr std::string_view from = "Origin: http://page\r\n";
    check(client.opening);
    check(client.post("4x", from));
    check(client.polls.get(client.address, from));
    check(on.connect().get(of(v4_polling, "unknown"), from));
    check(ask(on, "POST", v4_polling, from));
    check(ask(on, "PUT", client.address, from));
    check(on.connect().upgrade(v4_websocket, from));
    check(client.posts.post(client.address, std::string(200, 'x'), from));
}

TEST_CASE("preflights") {
    transports::server_options options = with_cors(true);
    options.cors->max_age = 600;
    server_under_test on(options);
    const answer got = ask(on, "OPTIONS", of(v4_polling, "whatever"), preflight);
    CHECK(got.status == 204);
    CHECK(got.header("content-length") == "0");
    CHECK(got.header("access-control-allow-origin") == "http://page");
    CHECK(got.header("access-control-allow-methods") == "GET,HEAD,PUT,PATCH,POST,DELETE");
    CHECK(got.header("access-control-allow-headers") == "x-a, x-b");
    CHECK(got.header("access-control-max-age") == "600");
    CHECK(got.header("vary") == "Origin, Access-Control-Request-Headers");

    transports::server_options old = with_cors("*");
    old.cors->options_success_status = 200;
    old.cors->allowed_headers = {"x-c"};
    old.cors->methods = "GET,POST";
    server_under_test other(old);
    const answer again = ask(other, "OPTIONS", v4_polling, preflight);
    CHECK(again.status == 200);
    CHECK(again.header("access-control-allow-headers") == "x-c");
    CHECK(again.header("access-control-allow-methods") == "GET,POST");
    polling_client client(other);
    CHECK(ask(other, "OPTIONS", client.address, preflight).status == 200);
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");  // the session did not notice
}

TEST_CASE("preflights can be passed on") {
    transports::server_options options = with_cors(true);
    options.cors->preflight_continue = true;
    server_under_test on(options);
    const answer got = ask(on, "OPTIONS", v4_polling, preflight);
    CHECK(got.status == 400);
    CHECK(got.header("access-control-allow-origin") == "http://page");
}

TEST_CASE("no cookie unless asked for") {
    server_under_test on;
    CHECK_FALSE(on.connect().get(v4_polling).has("set-cookie"));
}

TEST_CASE("the cookie comes with the polling handshake only") {
    transports::server_options options;
    options.cookie.emplace();
    server_under_test on(options);
    polling_client client(on);
    CHECK(client.opening.header("set-cookie") == "io=" + client.sid + "; Path=/; HttpOnly; SameSite=Lax");
    CHECK_FALSE(client.post("4x").has("set-cookie"));
    CHECK_FALSE(client.poll().has("set-cookie"));
    const websocket_client socket(on);
    CHECK_FALSE(socket.switched.has("set-cookie"));
}

TEST_CASE("the cookie's attributes") {
    transports::server_options options;
    options.cookie = transports::cookie_options{.name = "node",
                                                .max_age = 60,
                                                .domain = "example.org",
                                                .path = "/chat",
                                                .expires = {},
                                                .http_only = false,
                                                .secure = true,
                                                .same_site = transports::same_site::none};
    options.generate_id = [](const engine::request&) { return std::string("a b/c"); };
    server_under_test on(options);
    CHECK(on.connect().get(v4_polling).header("set-cookie") ==
          "node=a%20b%2Fc; Max-Age=60; Domain=example.org; Path=/chat; Secure; SameSite=None");
}

}  // namespace engine_server_cors_test
