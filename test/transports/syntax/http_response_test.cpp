#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/syntax/http_response.hpp>

namespace http_response_test {

using namespace kedge::transports;

namespace {

constexpr std::string_view date = "Sat, 21 Nov 2026 06:12:37 GMT";

response_terms terms(bool keep_alive = true, int minor_version = 1, bool to_head = false) {
    response_terms made;
    made.keep_alive = keep_alive;
    made.minor_version = minor_version;
    made.to_head = to_head;
    made.date = date;
    return made;
}

header_list html() {
    header_list headers;
    headers.add("Content-Type", "text/html");
    return headers;
}

std::string whole(int status, const header_list& headers, std::string_view body, const response_terms& how) {
    std::string out;
    append_response(out, status, headers, body, how);
    return out;
}

}  // namespace

TEST_CASE("http_response: what Node writes, in its order") {
    CHECK(whole(200, html(), "ok", terms()) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: Sat, 21 Nov 2026 06:12:37 GMT\r\n"
          "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok");
    CHECK(whole(200, html(), "ok", terms(false)) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: Sat, 21 Nov 2026 06:12:37 GMT\r\n"
          "Connection: close\r\nContent-Length: 2\r\n\r\nok");
}

TEST_CASE("http_response: headers that are written already make the same answer") {
    for (const auto& how : {terms(), terms(false), terms(true, 0), terms(true, 1, true)}) {
        for (const std::string_view body : {"", "ok"}) {
            std::string out = "before";
            CHECK(append_plain_response(out, "Content-Type: text/html\r\n", body, how) == how.keep_alive);
            CHECK(out == "before" + whole(200, html(), body, how));
        }
    }
}

TEST_CASE("http_response: an HTTP/1.0 client gets an HTTP/1.1 status line and a length") {
    CHECK(whole(200, {}, "ok", terms(false, 0)).starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(whole(200, {}, "ok", terms(true, 0))
              .ends_with("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok"));
}

TEST_CASE("http_response: HEAD has the length and no body") {
    CHECK(whole(200, {}, "hello", terms(true, 1, true)).ends_with("Content-Length: 5\r\n\r\n"));
    header_list headers;
    headers.add("Content-Length", "77");
    CHECK(whole(200, headers, "", terms(true, 1, true)).ends_with("Content-Length: 77\r\n\r\n"));
}

TEST_CASE("http_response: 204 and 304 have no body, and only the length that is told") {
    CHECK(whole(204, {}, "", terms()).ends_with("Keep-Alive: timeout=5\r\n\r\n"));
    CHECK(whole(304, {}, "lost", terms()).ends_with("Keep-Alive: timeout=5\r\n\r\n"));
    header_list headers;
    headers.add("Content-Length", "0");
    CHECK(whole(204, headers, "", terms()).ends_with("Content-Length: 0\r\n\r\n"));
}

TEST_CASE("http_response: headers about framing are not believed") {
    header_list headers;
    headers.add("Content-Length", "99");
    headers.add("Transfer-Encoding", "chunked");
    headers.add("Keep-Alive", "timeout=99");
    CHECK(whole(200, headers, "ok", terms()) ==
          "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 06:12:37 GMT\r\nConnection: keep-alive\r\n"
          "Keep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok");
}

TEST_CASE("http_response: the application may close the connection") {
    header_list headers;
    headers.add("connection", "x, Close");
    std::string out;
    CHECK_FALSE(append_response(out, 200, headers, "", terms()));
    CHECK(out.find("Connection: close\r\n") != std::string::npos);
    CHECK(out.find("Keep-Alive") == std::string::npos);
    out.clear();
    CHECK(append_response(out, 200, {}, "", terms()));
    CHECK_FALSE(append_response(out, 200, {}, "", terms(false)));
}

TEST_CASE("http_response: several headers of one name are kept, in order") {
    header_list headers;
    headers.add("Set-Cookie", "a=1");
    headers.add("X-Between", "x");
    headers.add("Set-Cookie", "b=2");
    CHECK(whole(200, headers, "", terms()).find("Set-Cookie: a=1\r\nX-Between: x\r\nSet-Cookie: b=2\r\n") !=
          std::string::npos);
}

TEST_CASE("http_response: a body of unknown length goes in chunks, to HTTP/1.0 until the close") {
    std::string out;
    auto told = append_streamed_head(out, 200, html(), terms());
    CHECK(told.framing == streamed_framing::chunked);
    CHECK(told.keep_alive);
    append_chunk(out, "0123456789abcdefX");
    append_chunk(out, "");
    append_last_chunk(out);
    CHECK(out.ends_with("Transfer-Encoding: chunked\r\n\r\n11\r\n0123456789abcdefX\r\n0\r\n\r\n"));
    CHECK(out.find("Content-Length") == std::string::npos);

    out.clear();
    told = append_streamed_head(out, 200, html(), terms(true, 0));
    CHECK(told.framing == streamed_framing::until_close);
    CHECK_FALSE(told.keep_alive);
    CHECK(out.ends_with("Connection: close\r\n\r\n"));
    CHECK(out.find("Transfer-Encoding") == std::string::npos);
}

TEST_CASE("http_response: bare refusals") {
    std::string out;
    append_bare_refusal(out, 400);
    CHECK(out == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    out.clear();
    append_bare_refusal(out, 431);
    CHECK(out == "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
    out.clear();
    append_upgrade_refusal(out, 400, "Session ID unknown");
    CHECK(out ==
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: "
          "18\r\n\r\n"
          "Session ID unknown");
}

TEST_CASE("http_response: dates and phrases") {
    CHECK(format_http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(format_http_date(1'795'241'557) == date);
    http_date clock;
    CHECK(clock.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(clock.at(1) == "Thu, 01 Jan 1970 00:00:01 GMT");
    CHECK(reason_phrase(413) == "Payload Too Large");
    CHECK(reason_phrase(100) == "Continue");
    CHECK(reason_phrase(511) == "Network Authentication Required");
    CHECK(reason_phrase(299) == "unknown");
}

}  // namespace http_response_test
