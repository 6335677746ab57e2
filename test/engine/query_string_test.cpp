#include <kedge/engine/query_string.hpp>

#include <doctest/doctest.h>

namespace query_string_test {

using namespace kedge::engine;

namespace {

std::string read(std::string_view text) {
    std::string seen;
    query_reader reader(text);
    for (query_item item; reader.next(item);) {
        seen += '(';
        seen += item.key;
        seen += '=';
        seen += item.value;
        seen += ')';
    }
    return seen;
}

}  // namespace

TEST_CASE("query_string: pairs") {
    CHECK(read("") == "");
    CHECK(read("&&") == "");
    CHECK(read("a=b&c=d") == "(a=b)(c=d)");
    CHECK(read("a&b=&=c&=") == "(a=)(b=)(=c)(=)");
    CHECK(read("a=b=c&a=%26") == "(a=b=c)(a=%26)");
}

TEST_CASE("query_string: of pairs with the same key the last counts, in the first one's place") {
    using items = std::vector<std::pair<std::string, std::string>>;
    CHECK(form_items("") == items{});
    CHECK(form_items("a=1&%62=+&a=%ff&=") == items{{"a", "\xEF\xBF\xBD"}, {"b", " "}, {"", ""}});
}

TEST_CASE("query_string: decoding is lenient") {
    CHECK(form_decoded("a+b%20c") == "a b c");
    CHECK(form_decoded("%e2%82%AC") == "\xE2\x82\xAC");
    CHECK(form_decoded("%") == "%");
    CHECK(form_decoded("%4") == "%4");
    CHECK(form_decoded("%g1%41") == "%g1A");
    CHECK(form_decoded("%%41") == "%A");
    CHECK(form_decoded("%C3%28") == "\xEF\xBF\xBD(");
    CHECK(form_decoded("%00") == std::string(1, '\0'));
}

TEST_CASE("query_string: only what needs decoding is told apart, wherever it stands") {
    const std::string plain = "EIO=4&transport=polling&t=Oabcdef.0~_-*!";
    CHECK(needs_no_decoding(plain));
    CHECK(needs_no_decoding(""));
    for (const char c : {'%', '+', '\x80', '\xFF'}) {
        for (std::size_t at = 0; at < plain.size(); ++at) {
            std::string other = plain;
            other[at] = c;
            CHECK_FALSE(needs_no_decoding(other));
        }
    }
}

}  // namespace query_string_test
