#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/utf8.hpp>

namespace utf8_test {

using namespace kedge::engine;
using namespace std::string_view_literals;

namespace {

const std::vector<std::string_view> valid{
    ""sv,
    "plain ascii"sv,
    "h\xC3\xA9llo"sv,
    "\xE2\x82\xAC"sv,
    "\xF0\x9F\x98\x80"sv,
    "\x00"sv,
    "\xC2\x80"sv,
    "\xE0\xA0\x80"sv,
    "\xED\x9F\xBF"sv,
    "\xEE\x80\x80"sv,
    "\xEF\xBF\xBF"sv,
    "\x7F"sv,
    "\xDF\xBF"sv,
    "\xF0\x90\x80\x80"sv,
    "\xF4\x8F\xBF\xBF"sv,
};

const std::vector<std::string_view> invalid{
    "\x80"sv,              // a continuation alone
    "\xC0\xAF"sv,          // overlong
    "\xC1\xBF"sv,          // overlong
    "\xC3"sv,              // cut off
    "\xC3\x28"sv,          // no continuation
    "\xE0\x9F\xBF"sv,      // overlong
    "\xE2\x82"sv,          // cut off
    "\xED\xA0\x80"sv,      // surrogate
    "\xF0\x8F\xBF\xBF"sv,  // overlong
    "\xF4\x90\x80\x80"sv,  // above U+10FFFF
    "\xF5\x80\x80\x80"sv,
    "\xFE"sv,
    "\xFF"sv,
};

}  // namespace

TEST_CASE("utf8: valid and invalid sequences, at every place in a longer text") {
    for (std::size_t lead = 0; lead < 40; ++lead) {
        const std::string before(lead, 'a');
        for (const auto text : valid) CHECK(valid_utf8(before + std::string(text) + "tail of the text"));
        for (const auto text : invalid) {
            CHECK_FALSE(valid_utf8(before + std::string(text)));
            CHECK_FALSE(valid_utf8(before + std::string(text) + "tail of the text"));
        }
    }
}

TEST_CASE("utf8: byte by byte says the same as all at once") {
    for (const auto text : valid) {
        utf8_validator check;
        for (const char& c : text) CHECK(check.feed({&c, 1}));
        CHECK(check.complete());
    }
}

TEST_CASE("utf8: whole characters and single bytes are judged alike, at all the edges of the ranges") {
    const std::string_view edges =
        "\x00\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xED\xEF\xF0\xF4\xF5\xFF"sv;
    int different = 0;
    std::string text(4, '\0');
    for (std::size_t i = 0; i < edges.size() * edges.size() * edges.size() * edges.size(); ++i) {
        std::size_t rest = i;
        for (char& c : text) {
            c = edges[rest % edges.size()];
            rest /= edges.size();
        }
        utf8_validator check;
        bool good = true;
        for (const char& c : text) good = check.feed({&c, 1});
        if ((good && check.complete()) != valid_utf8(text)) ++different;
    }
    CHECK(different == 0);
}

TEST_CASE("utf8: a hopeless byte is found as it comes, and for good") {
    utf8_validator check;
    CHECK(check.feed("\xED"));
    CHECK_FALSE(check.feed("\xA0"));
    CHECK_FALSE(check.feed("fine"));
    check.reset();
    CHECK(check.feed("fine"));
    CHECK(check.feed("\xF0\x9F"));
    CHECK_FALSE(check.complete());
}

TEST_CASE("utf8: ascii_prefix counts to the first byte that is not ASCII") {
    for (std::size_t size = 0; size < 50; ++size) {
        std::string text(size, 'x');
        CHECK(ascii_prefix(text) == size);
        CHECK(ascii_prefix(text + "\xC3\xA9zz") == size);
    }
}

TEST_CASE("utf8: repair replaces each maximal invalid part by U+FFFD, as TextDecoder does") {
    CHECK(repair_utf8("h\xC3\xA9llo") == "h\xC3\xA9llo");
    CHECK(repair_utf8("a\x80z") == "a\xEF\xBF\xBDz");
    CHECK(repair_utf8("a\xE2\x82z") == "a\xEF\xBF\xBDz");
    CHECK(repair_utf8("\xF0\x9F\x98") == "\xEF\xBF\xBD");
    CHECK(repair_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(repair_utf8("\xC0\xAF\xE2\x82\xAC") == "\xEF\xBF\xBD\xEF\xBF\xBD\xE2\x82\xAC");
}

}  // namespace utf8_test
