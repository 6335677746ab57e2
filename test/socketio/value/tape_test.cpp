#include <kedge/socketio/value/tape.hpp>

#include <doctest/doctest.h>

#include <string>

#include <kedge/socketio/value/json_writer.hpp>

namespace tape_test {

using namespace kedge;

namespace {

std::string json_of(const item& from) {
    std::string text;
    json_writer out(text);
    from.write(out);
    return text;
}

/// [1,{"a":[true,null],"b":2.5,"a":"last"},[]]
tape sample() {
    tape made;
    made.begin_array();
    made.integer(1);
    made.begin_object();
    made.key("a");
    made.begin_array();
    made.boolean(true);
    made.null();
    made.end_array();
    made.key("b");
    made.number(2.5);
    made.key("a");
    made.string("last");
    made.end_object();
    made.begin_array();
    made.end_array();
    made.end_array();
    return made;
}

}  // namespace

TEST_CASE("a tape is read where it lies") {
    const tape written = sample();
    const item root = written.root();
    CHECK(root.is_array());
    CHECK(root.size() == 3);
    CHECK(root[0].as_int64() == 1);
    CHECK(root[1].size() == 3);
    CHECK(root[1]["b"].as_number() == 2.5);
    CHECK(root[2].is_array());
    CHECK(root[2].size() == 0);
    CHECK(written.depth() == 0);
    CHECK(json_of(root) == R"([1,{"a":[true,null],"b":2.5,"a":"last"},[]])");
}

TEST_CASE("of members with the same name the last counts") {
    CHECK(sample().root()[1]["a"].as_string() == "last");
}

TEST_CASE("what is missing reads as null and says that it is missing") {
    const tape written = sample();
    const item missing = written.root()[7]["x"][3];
    CHECK_FALSE(missing.exists());
    CHECK(missing.is_null());
    CHECK(missing.as_string().empty());
    CHECK(missing.size() == 0);
    CHECK(written.root()[1]["a"].exists());
    CHECK_FALSE(tape().root().exists());
}

TEST_CASE("items are walked over what is nested in them") {
    const tape written = sample();
    const items all = written.root().as_array();
    std::string kinds;
    for (const item each : all) kinds += std::string(to_string(each.kind())) + " ";
    CHECK(kinds == "integer object array ");
    CHECK(all.rest().size() == 2);
    CHECK(all.rest().front().is_object());
    CHECK_FALSE(all.rest().rest().rest().rest().front().exists());
}

TEST_CASE("integral numbers are integers in any spelling, if they fit") {
    tape written;
    const auto one = [&](double number) {
        written.clear();
        written.number(number);
        return written.root();
    };
    CHECK(one(100.0).as_int64() == 100);
    CHECK(one(-0.0).as_int64() == 0);
    CHECK_FALSE(one(1.5).as_int64().has_value());
    CHECK_FALSE(one(1e300).as_int64().has_value());
    CHECK_FALSE(one(0x1p63).as_int64().has_value());
    CHECK(one(0x1p63).as_uint64() == std::uint64_t{1} << 63);
    CHECK_FALSE(one(0x1p64).as_uint64().has_value());
    CHECK_FALSE(one(-1.0).as_uint64().has_value());
    CHECK(one(-0x1p63).as_int64() == INT64_MIN);
}

TEST_CASE("an object can become a binary") {
    tape written;
    const std::string bytes = "xyz";
    written.begin_array();
    written.begin_object();
    written.key("num");
    written.integer(0);
    written.end_object_as_binary(std::as_bytes(std::span(bytes)));
    written.integer(5);
    written.end_array();
    CHECK(written.root().size() == 2);
    CHECK(written.root()[0].as_binary().size() == 3);
    CHECK(written.root()[1].as_int64() == 5);
}

TEST_CASE("depth is no matter for writing") {
    tape written;
    constexpr int depth = 200000;
    for (int level = 0; level < depth; ++level) written.begin_array();
    CHECK(written.depth() == depth);
    for (int level = 0; level < depth; ++level) written.end_array();
    CHECK(json_of(written.root()).size() == 2 * depth);
}

}  // namespace tape_test
