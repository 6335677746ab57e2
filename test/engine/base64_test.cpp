#include <kedge/engine/base64.hpp>

#include <doctest/doctest.h>

namespace base64_test {

using namespace kedge::engine;

namespace {

std::string encoded(std::string_view data) {
    std::string text = ">";
    append_base64(text, data);
    return text.substr(1);
}

std::string decoded(std::string text) {
    text.resize(decode_base64(text));
    return text;
}

}  // namespace

TEST_CASE("base64: encodes with padding") {
    CHECK(encoded("") == "");
    CHECK(encoded("f") == "Zg==");
    CHECK(encoded("fo") == "Zm8=");
    CHECK(encoded("foo") == "Zm9v");
    CHECK(encoded("foobar") == "Zm9vYmFy");
    CHECK(encoded(std::string("\x01\x02\x03", 3)) == "AQID");
    CHECK(encoded("\xFB\xFF\xFE") == "+//+");
}

TEST_CASE("base64: every length and byte comes back") {
    std::string data;
    for (int i = 0; i < 600; ++i) {
        CHECK(encoded(data).size() == base64_size(data.size()));
        REQUIRE(decoded(encoded(data)) == data);
        data.push_back(static_cast<char>(i * 37));
    }
}

TEST_CASE("base64: the url-safe alphabet has - and _, and what stood before is left alone") {
    std::string text = "+/";
    append_base64url(text, std::as_bytes(std::span("\xFB\xFF\xFE\x01\x02\x03", 6)));
    CHECK(text == "+/-__-AQID");
}

TEST_CASE("base64: decodes as leniently as Node's decoder") {
    // Each row was taken from Buffer.from(text, 'base64').
    CHECK(decoded("AQI") == std::string("\x01\x02", 2));
    CHECK(decoded("AQI=") == std::string("\x01\x02", 2));
    CHECK(decoded("-__-") == "\xFB\xFF\xFE");
    CHECK(decoded("+//+") == "\xFB\xFF\xFE");
    CHECK(decoded("A QI\nD") == std::string("\x01\x02\x03", 3));
    CHECK(decoded("A*Q!I%D") == std::string("\x01\x02\x03", 3));
    CHECK(decoded("A") == "");
    CHECK(decoded("AQ") == "\x01");
    CHECK(decoded("====") == "");
    CHECK(decoded("\xC3\xA9Zg==") == "f");
    CHECK(decoded("AQ==Ag==") == "\x01");
    CHECK(decoded("AQ=IDxyz") == "\x01");
    CHECK(decoded("Zm9v=Zm9v") == "foo");
    CHECK(decoded("A=B=C=D=") == "");
    CHECK(decoded("!Zm9vZm=9v!") == "foof");
    CHECK(decoded("=Zm9v") == "");
}

}  // namespace base64_test
