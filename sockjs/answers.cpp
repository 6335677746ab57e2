#include <kedge/sockjs/answers.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <kedge/engine/request.hpp>
#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/pages/client_bundles.hpp>
#include <kedge/transports/syntax/header_list.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::sockjs {

using transports::connection;
using transports::header_list;

namespace {

constexpr long year = 31'536'000;

// The page in a hidden iframe that lends its origin to pages elsewhere; clients and tests know it to the
// letter.
constexpr std::string_view iframe_head = R"(<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src=")";
constexpr std::string_view iframe_tail = R"("></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>)";

constexpr std::string_view htmlfile_head = R"(<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.)";
constexpr std::string_view htmlfile_tail = R"(;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>)";

// Browsers render nothing of a page before so many bytes of it are there.
constexpr std::size_t htmlfile_padding = 1024;
constexpr std::size_t streaming_padding = 2048;

bool callback_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

std::string cookie_value(const engine::request& asked) {
    constexpr std::string_view name = "JSESSIONID=";
    const std::string all = asked.header("cookie").value_or("");
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = std::min(all.find(';', at), all.size());
        std::string_view one = std::string_view(all).substr(at, end - at);
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        if (one.starts_with(name)) return std::string(one.substr(name.size()));
        at = end + 1;
    }
    return "dummy";
}

}  // namespace

// ---- headers

void forbid_caching(header_list& to) {
    to.set("Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0");
}

void allow_caching(header_list& to) {
    to.set("Cache-Control", "public, max-age=31536000");
    const auto then = std::chrono::system_clock::now() + std::chrono::seconds(year);
    to.set("Expires", transports::format_http_date(std::chrono::system_clock::to_time_t(then)));
}

void add_cors(header_list& to, const engine::request& asked, const options& terms, bool nobody) {
    if (!terms.cors) return;
    const auto origin = nobody ? std::nullopt : asked.find("origin");
    to.set("Access-Control-Allow-Origin", origin.value_or("*"));
    if (origin) to.set("Access-Control-Allow-Credentials", "true");
    to.vary("Origin");
}

void add_cookie(header_list& to, const engine::request& asked, const options& terms) {
    if (terms.jsessionid) to.add("Set-Cookie", "JSESSIONID=" + cookie_value(asked) + "; path=/");
}

bool allowed_origin(const engine::request& asked, const options& terms) {
    const auto origin = asked.find("origin");
    if (terms.origins.empty() || !origin) return true;
    return std::find(terms.origins.begin(), terms.origins.end(), *origin) != terms.origins.end();
}

// ---- whole answers

void answer_text(connection& at, int status, std::string_view type, std::string_view text) {
    at.headers().set("Content-Type", type);
    at.answer(status, text);
}

void answer_greeting(connection& at) {
    answer_text(at, 200, plain_type, "Welcome to SockJS!\n");
}

void answer_info(connection& at, const options& terms, std::uint32_t entropy) {
    std::string text;
    json_writer to(text);
    to.begin_object(5);
    to.key("websocket");
    to.boolean(terms.websocket);
    if (terms.cors) {
        to.key("origins");
        to.begin_array(1);
        to.string("*:*");
        to.end_array();
    }
    to.key("cookie_needed");
    to.boolean(terms.jsessionid);
    if (!terms.base_url.empty()) {
        to.key("base_url");
        to.string(terms.base_url);
    }
    to.key("entropy");
    to.unsigned_integer(entropy);
    to.end_object();
    forbid_caching(at.headers());
    add_cors(at.headers(), *at.request(), terms);
    answer_text(at, 200, "application/json; charset=UTF-8", text);
}

void answer_iframe(connection& at, std::string_view script) {
    std::string page(iframe_head);
    page += script;
    page += iframe_tail;
    const std::string tag = '"' + std::to_string(std::hash<std::string>{}(page)) + '"';
    allow_caching(at.headers());
    at.headers().set("ETag", tag);
    if (at.request()->find("if-none-match") == tag) return at.answer(304);
    answer_text(at, 200, html_type, page);
}

void answer_script(connection& at) {
    const std::string_view library = transports::sockjs_client();
    if (library.empty()) return answer_not_found(at);
    allow_caching(at.headers());
    answer_text(at, 200, script_type, library);
}

void answer_preflight(connection& at, std::string_view methods, const options& terms) {
    header_list& to = at.headers();
    allow_caching(to);
    to.set("Access-Control-Allow-Methods", methods);
    to.set("Access-Control-Max-Age", std::to_string(year));
    const auto wanted = at.request()->find("access-control-request-headers");
    if (terms.cors && wanted && !wanted->empty()) to.set("Access-Control-Allow-Headers", *wanted);
    add_cors(to, *at.request(), terms);
    at.answer(204);
}

void answer_not_found(connection& at) {
    answer_text(at, 404, plain_type, "404 Error: Page not found\n");
}

void answer_wrong_method(connection& at, std::string_view allowed) {
    at.headers().set("Allow", allowed);
    at.answer(405);
}

// ---- JSONP and htmlfile

std::optional<std::string> read_callback(connection& at, std::size_t longest) {
    const engine::request& asked = *at.request();
    std::optional<std::string> name = asked.query("c");
    if (!name) name = asked.query("callback");
    if (!name || name->empty()) {
        answer_text(at, 500, plain_type, "\"callback\" parameter required");
        return std::nullopt;
    }
    if (name->size() > longest || !std::all_of(name->begin(), name->end(), callback_character)) {
        answer_text(at, 500, plain_type, "invalid \"callback\" parameter");
        return std::nullopt;
    }
    return name;
}

std::string prelude(wrapping how, std::string_view callback) {
    switch (how) {
        case wrapping::line:
            return std::string(streaming_padding, 'h') + '\n';
        case wrapping::event:
            return "\r\n";
        case wrapping::script: {
            std::string page(htmlfile_head);
            page += callback;
            page += htmlfile_tail;
            page.resize(std::max(page.size(), htmlfile_padding + 1), ' ');
            return page + "\r\n\r\n";
        }
        case wrapping::call:
            break;
    }
    return {};
}

}  // namespace kedge::sockjs
