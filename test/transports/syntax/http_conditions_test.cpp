#include <doctest/doctest.h>

#include <vector>

#include <kedge/transports/syntax/http_conditions.hpp>

namespace http_conditions_test {

using namespace kedge::transports;
using kedge::engine::header_field;
using kedge::engine::request;

namespace {

constexpr std::time_t modified = 1795242757;  // Sat, 21 Nov 2026 06:32:37 GMT
const validators state{"\"v1\"", modified};

request with(std::vector<header_field> headers) {
    return request("GET", "/", 1, headers, {}, false);
}
condition weigh(std::vector<header_field> headers) {
    return weigh_conditions(with(std::move(headers)), state);
}

}  // namespace

TEST_CASE("dates are read back as they are written") {
    CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:10 GMT") == 10);
    CHECK(parse_http_date("Sat, 21 Nov 2026 06:32:37 GMT") == modified);
    CHECK_FALSE(parse_http_date("Saturday, 21-Nov-26 06:32:37 GMT"));
    CHECK_FALSE(parse_http_date("Sat, 21 Xxx 2026 06:32:37 GMT"));
    CHECK_FALSE(parse_http_date(""));
}

TEST_CASE("If-None-Match wins over If-Modified-Since") {
    CHECK(weigh({}) == condition::proceed);
    CHECK(weigh({{"if-none-match", "\"v1\""}}) == condition::not_modified);
    CHECK(weigh({{"if-none-match", "\"v0\", W/\"v1\""}}) == condition::not_modified);
    CHECK(weigh({{"if-none-match", "*"}}) == condition::not_modified);
    CHECK(weigh({{"if-none-match", "\"v0\""}, {"if-modified-since", "Sat, 21 Nov 2026 06:32:37 GMT"}}) ==
          condition::proceed);
    CHECK(weigh({{"if-modified-since", "Sat, 21 Nov 2026 06:32:37 GMT"}}) == condition::not_modified);
    CHECK(weigh({{"if-modified-since", "Sat, 21 Nov 2026 06:32:36 GMT"}}) == condition::proceed);
    CHECK(weigh({{"if-modified-since", "yesterday"}}) == condition::proceed);
}

TEST_CASE("If-Match compares strongly and wins over If-Unmodified-Since") {
    CHECK(weigh({{"if-match", "\"v1\""}}) == condition::proceed);
    CHECK(weigh({{"if-match", "W/\"v1\""}}) == condition::precondition_failed);
    CHECK(weigh({{"if-match", "\"v1\""}, {"if-unmodified-since", "Thu, 01 Jan 1970 00:00:10 GMT"}}) ==
          condition::proceed);
    CHECK(weigh({{"if-unmodified-since", "Thu, 01 Jan 1970 00:00:10 GMT"}}) ==
          condition::precondition_failed);
}

TEST_CASE("a range counts only for the state that If-Range names") {
    CHECK(range_applies(with({}), state));
    CHECK(range_applies(with({{"if-range", "\"v1\""}}), state));
    CHECK_FALSE(range_applies(with({{"if-range", "\"v0\""}}), state));
    CHECK(range_applies(with({{"if-range", "Sat, 21 Nov 2026 06:32:37 GMT"}}), state));
    CHECK_FALSE(range_applies(with({{"if-range", "Sat, 21 Nov 2026 06:32:38 GMT"}}), state));
}

}  // namespace http_conditions_test
