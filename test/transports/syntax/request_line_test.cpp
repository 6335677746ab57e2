#include <kedge/transports/syntax/request_line.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace request_line_test {

using namespace kedge::transports;

namespace {

std::string target_of(std::string_view line) {
    const auto read = read_request_line(line);
    return read ? std::string(read->target) : "refused";
}

}  // namespace

TEST_CASE("request_line: a method, a target and a version") {
    const auto read = read_request_line("PATCH /a?b HTTP/1.0");
    REQUIRE(read);
    CHECK(read->method == "PATCH");
    CHECK(read->target == "/a?b");
    CHECK(read->minor_version == 0);
    CHECK(read_request_line("GET / HTTP/1.1")->minor_version == 1);
}

TEST_CASE("request_line: an absolute target is cut to its path, of schemes that are served here") {
    CHECK(target_of("GET http://host/a?b HTTP/1.1") == "/a?b");
    CHECK(target_of("GET WSS://host:1/ HTTP/1.1") == "/");
    CHECK(target_of("GET http://host HTTP/1.1") == "/");
    for (const char* const other : {"ftp://host/", "http://", "http:///a", "http://host?a", "host:80", "a"}) {
        CAPTURE(other);
        CHECK(target_of("GET " + std::string(other) + " HTTP/1.1") == "refused");
    }
}

TEST_CASE("request_line: the asterisk is for OPTIONS alone") {
    CHECK(target_of("OPTIONS * HTTP/1.1") == "*");
    CHECK(target_of("GET * HTTP/1.1") == "refused");
}

TEST_CASE("request_line: whatever else stands there is refused") {
    for (const char* const line :
         {"", "GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / a HTTP/1.1", " GET / HTTP/1.1",
          "G(T / HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\xC3\xA9 HTTP/1.1", "GET /\t HTTP/1.1",
          "GET / HTTP/2.0", "GET / http/1.1", "GET / HTTP/1.2"}) {
        CAPTURE(line);
        CHECK_FALSE(read_request_line(line));
    }
}

TEST_CASE("request_line: header lines become fields, their values trimmed") {
    std::vector<kedge::engine::header_field> fields;
    REQUIRE(read_header_lines("A: 1\r\nb:\t two words \r\nC:\r\n\r\nrest", fields));
    REQUIRE(fields.size() == 3);
    CHECK(fields[0].name == "A");
    CHECK(fields[1].value == "two words");
    CHECK(fields[2].value.empty());
    REQUIRE(read_header_lines("\r\n", fields));
    CHECK(fields.empty());
    for (const char* const lines : {" A: 1\r\n", "A : 1\r\n", ": 1\r\n", "A\r\n", "A: 1\r\n folded\r\n"}) {
        CAPTURE(lines);
        CHECK_FALSE(read_header_lines(lines, fields));
    }
}

TEST_CASE("request_line: CR and LF come in pairs or not at all") {
    CHECK(lines_end_well("a\r\nb\r\n\r\n"));
    for (const char* const head : {"a\n", "a\r", "\n", "a\r\r\n", "a\rb\r\n", "a\r\nb"}) {
        CAPTURE(head);
        CHECK_FALSE(lines_end_well(head));
    }
}

}  // namespace request_line_test
