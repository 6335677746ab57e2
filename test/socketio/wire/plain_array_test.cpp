#include <kedge/socketio/wire/plain_array.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>

namespace plain_array_test {

using namespace kedge;

namespace {

std::string json_of(const tape& from) {
    std::string text;
    json_writer out(text);
    from.root().write(out);
    return text;
}

bool plain(std::string_view text) {
    tape to;
    const bool read = read_plain_array(text, 8, to);
    CHECK(to.root().exists() == read);
    return read;
}

}  // namespace

TEST_CASE("plain_array: reads what the general reader reads, to the same effect") {
    const std::string long_text(100, 'x');
    for (const std::string& text :
         {std::string(R"(["echo"])"), std::string(R"(["",""])"),
          std::string(R"(["move",1,20,999999999999999999])"),
          "[\"" + long_text + "\",7,\"" + long_text + "\"]", std::string("[\"\xC3\xA4\x7F\xE2\x82\xAC\"]"),
          std::string("[1]"), std::string("[9223372036854775807]"),
          std::string("[0,-1,-9223372036854775808]"), std::string(R"(["x",[1,[2,"y"],[[[3]]]],0])")}) {
        CAPTURE(text);
        tape read;
        REQUIRE(read_plain_array(text, 8, read));
        std::string spaced = text + " ";
        const std::string blank_before = " " + text;
        std::string copy = blank_before;
        tape general;
        REQUIRE(read_json(copy, 8, general) == json_outcome::read);
        CHECK(json_of(read) == json_of(general));
        CHECK(read.root().size() == general.root().size());
        CHECK_FALSE(plain(spaced));
        CHECK_FALSE(plain(blank_before));
    }
}

TEST_CASE("plain_array: a string ends wherever its quote stands") {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string text = "[\"" + std::string(size, 'y') + "\",3]";
        tape read;
        REQUIRE(read_plain_array(text, 8, read));
        CHECK(read.root()[0].as_string() == std::string(size, 'y'));
        CHECK(read.root()[1].as_int64() == 3);
    }
}

TEST_CASE("plain_array: leaves everything else to the general reader") {
    for (const std::string_view text : {"",
                                        "[",
                                        "[]",
                                        "[\"a",
                                        "[\"a\"",
                                        "[\"a\",",
                                        "[\"a\",]",
                                        "[\"a\"]]",
                                        "[\"a\"] ",
                                        "[\"a\" ]",
                                        "\"a\"",
                                        "{}",
                                        "[[]]",
                                        "[{}]",
                                        "[null]",
                                        "[true]",
                                        "[1.5]",
                                        "[1e3]",
                                        "[-]",
                                        "[-0]",
                                        "[--1]",
                                        "[0.5]",
                                        "[01]",
                                        "[-01]",
                                        "[1,[]]",
                                        "[[1]",
                                        "[[1]]]",
                                        "[[1],]",
                                        "[[1][2]]",
                                        "[1[2]]",
                                        "[,1]",
                                        "[1 ]",
                                        "[1,]",
                                        "[9223372036854775808]",
                                        "[\"\\n\"]",
                                        "[\"a\nb\"]",
                                        "[\"a\",\"\x01\"]",
                                        "[\"a\"\"b\"]",
                                        "[1\"b\"]",
                                        "[\"a longer text than a block, and then \\u00e4\"]"}) {
        CAPTURE(text);
        CHECK_FALSE(plain(text));
    }
    CHECK_FALSE(plain(std::string_view("[\"a\0b\"]", 7)));
}

TEST_CASE("plain_array: goes no deeper than it may") {
    tape to;
    CHECK(read_plain_array("[[[1]],[[2]]]", 3, to));
    CHECK(to.depth() == 0);
    to.clear();
    CHECK_FALSE(read_plain_array("[[1],[[[2]]]]", 3, to));
    std::string text = "[[1],[[[2]]]]";
    CHECK(read_json(text, 3, to) == json_outcome::invalid);
}

TEST_CASE("plain_array: nothing is read where no depth is allowed") {
    std::string text = R"(["a"])";
    tape to;
    CHECK(read_json(text, 0, to) == json_outcome::invalid);
}

}  // namespace plain_array_test
