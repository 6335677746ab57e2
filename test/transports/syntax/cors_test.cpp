#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/syntax/cors.hpp>

#include <test/transports/request_maker.hpp>

namespace cors_test {

using namespace kedge::transports;

namespace {

std::string text(const header_list& headers) {
    std::string all;
    for (const auto& field : headers) all += field.name + "=" + field.value + ";";
    return all;
}

std::string answer(const cors_options& options, const kedge::engine::request& asking) {
    header_list headers;
    apply_cors(options, asking, headers);
    return text(headers);
}

const auto from_a = [] { return make_request("GET", {{"Origin", "http://a"}}); };
const auto from_nowhere = [] { return make_request("GET", {}); };

cors_options with(cors_origin origin) {
    cors_options options;
    options.origin = std::move(origin);
    return options;
}

}  // namespace

TEST_CASE("cors: every form of origin") {
    CHECK(answer(with({}), from_a()) == "Access-Control-Allow-Origin=*;");
    CHECK(answer(with("*"), from_a()) == "Access-Control-Allow-Origin=*;");
    CHECK(answer(with("http://b"), from_a()) == "Access-Control-Allow-Origin=http://b;Vary=Origin;");
    CHECK(answer(with(true), from_a()) == "Access-Control-Allow-Origin=http://a;Vary=Origin;");
    CHECK(answer(with(true), from_nowhere()) == "Vary=Origin;");
    CHECK(answer(with(true), make_request("GET", {{"Origin", ""}})) == "Vary=Origin;");
    CHECK(answer(with(false), from_a()) == "");
    CHECK(answer(with(""), from_a()) == "");
    const std::vector<std::string> list{"http://b", "http://a"};
    CHECK(answer(with(list), from_a()) == "Access-Control-Allow-Origin=http://a;Vary=Origin;");
    CHECK(answer(with(list), make_request("GET", {{"Origin", "http://c"}})) == "Vary=Origin;");
    CHECK(answer(with(list), from_nowhere()) == "Vary=Origin;");
    const cors_origin::predicate ends_in_a = [](std::string_view origin) { return origin.ends_with('a'); };
    CHECK(answer(with(ends_in_a), from_a()) == "Access-Control-Allow-Origin=http://a;Vary=Origin;");
    CHECK(answer(with(ends_in_a), make_request("GET", {{"Origin", "http://b"}})) == "Vary=Origin;");
    CHECK(answer(with(true), make_request("GET", {{"Origin", "null"}})) ==
          "Access-Control-Allow-Origin=null;Vary=Origin;");
}

TEST_CASE("cors: an origin with control bytes is never written") {
    CHECK(answer(with(true), make_request("GET", {{"Origin", "a\r\nX: b"}})) == "Vary=Origin;");
}

TEST_CASE("cors: credentials and exposed headers on every answer") {
    cors_options options = with("http://a");
    options.credentials = true;
    options.exposed_headers = {"X-One", "X-Two"};
    options.max_age = 10;
    CHECK(answer(options, from_a()) ==
          "Access-Control-Allow-Origin=http://a;Vary=Origin;Access-Control-Allow-Credentials=true;"
          "Access-Control-Expose-Headers=X-One,X-Two;");
}

TEST_CASE("cors: preflights are answered") {
    const auto preflight =
        make_request("OPTIONS", {{"Origin", "http://a"}, {"Access-Control-Request-Headers", "x-one,x-two"}});
    cors_options options = with(true);
    header_list headers;
    CHECK(apply_cors(options, preflight, headers) == 204);
    CHECK(text(headers) ==
          "Access-Control-Allow-Origin=http://a;Vary=Origin, Access-Control-Request-Headers;"
          "Access-Control-Allow-Methods=GET,HEAD,PUT,PATCH,POST,DELETE;Access-Control-Allow-Headers=x-one,x-"
          "two;"
          "Content-Length=0;");

    options.options_success_status = 200;
    options.allowed_headers = {"Content-Type"};
    options.methods = "GET,POST";
    options.max_age = 600;
    headers.clear();
    CHECK(apply_cors(options, preflight, headers) == 200);
    CHECK(text(headers) ==
          "Access-Control-Allow-Origin=http://a;Vary=Origin;Access-Control-Allow-Methods=GET,POST;"
          "Access-Control-Allow-Headers=Content-Type;Access-Control-Max-Age=600;Content-Length=0;");
}

TEST_CASE("cors: preflights that are passed on, and those that nobody answers") {
    const auto preflight = make_request("OPTIONS", {{"Origin", "http://a"}});
    cors_options options = with(true);
    options.preflight_continue = true;
    header_list headers;
    CHECK_FALSE(apply_cors(options, preflight, headers));
    CHECK(headers.find("Access-Control-Allow-Methods"));
    CHECK_FALSE(headers.find("Content-Length"));
    headers.clear();
    CHECK_FALSE(apply_cors(with(false), preflight, headers));
    CHECK(headers.empty());
    CHECK_FALSE(apply_cors(with(true), from_a(), headers));
}

}  // namespace cors_test
