#include <kedge/socketio/wire/json_number.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace json_number_test {

using kedge::read_double;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// Without the spaces that make up for the length.
std::string tamed(std::string text) {
    const std::size_t before = text.size();
    kedge::tame_numbers(text);
    CHECK(text.size() == before);
    std::erase(text, ' ');
    return text;
}

}  // namespace

TEST_CASE("json_number: a number is worth what JavaScript takes it for") {
    CHECK(read_double("0.1") == 0.1);
    CHECK(read_double("-2.5e3") == -2500);
    CHECK(read_double("1e309") == infinite);
    CHECK(read_double("-1e309") == -infinite);
    CHECK(read_double("0.01e311") == infinite);
    CHECK(read_double("1e-400") == 0);
    CHECK(read_double("12345e-400") == 0);
    CHECK(read_double("1e99999999999999999999") == infinite);
    CHECK(read_double("1e-99999999999999999999") == 0);
    CHECK(read_double(std::string(400, '9')) == infinite);
}

TEST_CASE("json_number: what is beyond a double or of hundreds of digits is rewritten, in its place") {
    CHECK(tamed("[1e999,-1e999,1e-999]") == "[9e308,-9e308,0]");
    CHECK(tamed("{\"a\":" + std::string(400, '1') + "}") == "{\"a\":9e308}");
    CHECK(tamed("[0." + std::string(400, '0') + "1]") == "[0]");
    CHECK(tamed("[1." + std::string(400, '0') + "]") == "[1]");
}

TEST_CASE("json_number: everything else stays as it is") {
    for (const std::string text : {R"(["1e999", "a\"1e999"])", "[1,-0.5e-3,true]", "[01e999]", "[1.e999]",
                                   "[1e]", "[-]", "[1e9e999]", "\"never ends 1e999", ""}) {
        CAPTURE(text);
        std::string kept = text;
        kedge::tame_numbers(kept);
        CHECK(kept == text);
    }
}

}  // namespace json_number_test
