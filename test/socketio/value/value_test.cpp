#include <kedge/socketio/value/value.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include <kedge/socketio/value/json.hpp>

namespace value_test {

using kedge::value;

namespace {

value nested(int depth) {
    value made;
    for (int level = 0; level < depth; ++level) {
        value outer = level % 2 == 0 ? value::array() : value::object();
        level % 2 == 0 ? outer.push_back(std::move(made)) : outer.append("k", std::move(made));
        made = std::move(outer);
    }
    return made;
}

}  // namespace

TEST_CASE("values are written as they are meant") {
    const value v{
        {"name", "Ada"}, {"tags", value::array({"x", 1, true, nullptr, 2.5})}, {"in", {{"deep", -1}}}};
    CHECK(v.to_json() == R"({"name":"Ada","tags":["x",1,true,null,2.5],"in":{"deep":-1}})");
    CHECK(value().to_json() == "null");
    CHECK(value::array().to_json() == "[]");
    CHECK(value::object().to_json() == "{}");
    CHECK(value(std::uint64_t{18446744073709551615u}).to_json() == "18446744073709551615");
    CHECK(value(kedge::binary("\x01\xff", 2)).to_json() == R"({"type":"Buffer","data":[1,255]})");
}

TEST_CASE("reading what is not there gives null") {
    const value v = *value::parse(R"({"a":{"b":[10,20]}})");
    CHECK(v["a"]["b"][1].as_integer() == 20);
    CHECK(v["a"]["x"][7]["y"].is_null());
    CHECK(v["a"]["b"]["c"].as_string().empty());
    CHECK(v["a"].as_array().empty());
    CHECK(v.contains("a"));
    CHECK_FALSE(v.contains("b"));
}

TEST_CASE("writing makes what is not there") {
    value v;
    v["a"]["b"] = 1;
    v["list"].push_back("x");
    v["list"].push_back(value{{"k", 2}});
    v["list"][1]["k"] = 3;
    CHECK(v.to_json() == R"({"a":{"b":1},"list":["x",{"k":3}]})");
    CHECK_THROWS_AS(v["list"][2], std::out_of_range);
    v.erase("a");
    v.erase("never there");
    CHECK(v.to_json() == R"({"list":["x",{"k":3}]})");
    v["list"] = 5;
    CHECK(v.to_json() == R"({"list":5})");
}

TEST_CASE("a value can be put into itself") {
    value v{{"a", 1}};
    v = value::array({v, v});
    v.push_back(v);
    CHECK(v.to_json() == R"([{"a":1},{"a":1},[{"a":1},{"a":1}]])");
    v = value(v[0]);
    CHECK(v.to_json() == R"({"a":1})");
    value& same = v;
    v = same;
    CHECK(v.to_json() == R"({"a":1})");
}

TEST_CASE("a member is erased by its own name too, and those before it stay where they are") {
    value v{{"a", 1}, {"b", 2}, {"c", 3}};
    value& first = v["a"];
    v.erase("nobody");
    v.erase("b");
    first = 5;
    CHECK(v.to_json() == R"({"a":5,"c":3})");
    v.append("c", 4);
    v.erase(v.as_object().back().key);
    CHECK(v.to_json() == R"({"a":5})");
    v.erase(v.as_object().front().key);
    CHECK(v.to_json() == "{}");
    v.erase("a");
    v["a"] = 6;
    CHECK(v.to_json() == R"({"a":6})");
}

TEST_CASE("JSON is read as JavaScript reads it") {
    CHECK(value::parse("12345678901234567890")->as_unsigned() == 12345678901234567890u);
    CHECK(value::parse("9007199254740993")->as_integer() == 9007199254740993);
    CHECK(value::parse("-9223372036854775808")->as_integer() == INT64_MIN);
    CHECK(value::parse("123456789012345678901")->as_number() == 123456789012345680000.0);
    CHECK(value::parse("-0")->to_json() == "0");
    CHECK(value::parse("1e-400")->as_number() == 0);
    CHECK(std::isinf(value::parse("1.8e308")->as_number()));
    CHECK(value::parse(" [ 1 , 2 ] ")->size() == 2);
    CHECK(value::parse(R"({"a":1,"b":2,"a":3})")->to_json() == R"({"a":3,"b":2})");
    CHECK(value::parse(R"({"__proto__":{"x":1}})")->to_json() == R"({"__proto__":{"x":1}})");
    CHECK(value::parse(R"("\u00e9\ud83d\ude00\u2028")")->as_string() == "é😀\u2028");
    for (const char* bad : {"", " ", "[1,]", "{", "01", "1.", "+1", "nul", "[1] 2", "\"\x01\"", "'a'",
                            "{\"a\"}", "NaN", "\"\\x\"", "\"\\u12g4\"", "[1]]", "// x\n1"}) {
        CAPTURE(bad);
        CHECK_FALSE(value::parse(bad).has_value());
    }
    CHECK_FALSE(value::parse(std::string_view("[1]\0x", 5)).has_value());
    CHECK_FALSE(value::parse(std::string_view("[1]\0", 4)).has_value());
}

TEST_CASE("numbers beyond the range of double are infinite, or nothing, and harm nothing around them") {
    const auto read = [](const std::string& text) {
        const auto made = value::parse(text);
        return made ? made->to_json() : "invalid";
    };
    for (const char* text : {"1e309", "-1e309", "1e400", "1E+400", "1e99999999999999999999", "17.5e400",
                             "0.00001e400", "1.8e308"}) {
        CAPTURE(text);
        const auto made = value::parse(text);
        REQUIRE(made.has_value());
        CHECK(std::isinf(made->as_number()));
        CHECK((made->as_number() < 0) == (*text == '-'));
        CHECK(made->to_json() == "null");
    }
    CHECK(read("[0e999,-0e999,0.0e999,1e-400]") == "[0,0,0,0]");
    CHECK(read(std::string(400, '9')) == "null");
    CHECK(read("1" + std::string(400, '0') + "e-400") == "1");
    CHECK(read("0." + std::string(400, '0') + "15e402") == "15");
    CHECK(read(R"({"a":"x","b":[1e400,"1e400",9007199254740993,1.5],"c":"y"})") ==
          R"({"a":"x","b":[null,"1e400",9007199254740993,1.5],"c":"y"})");
    CHECK(read(R"(["a\"b\\",1e400,"\u00e9\"1e400\\",-1e400,"\ud800"])") ==
          R"(["a\"b\\",null,"é\"1e400\\",null,"\ud800"])");
    for (const char* bad : {"01e400", "1.e400", "-e400", "1e400x", "[1e400", "[1e400,\"a]", "1e400e400",
                            "[1e400,'a']", "[1e400,+1]", "[1e400,1e]"}) {
        CAPTURE(bad);
        CHECK(read(bad) == "invalid");
    }
    CHECK_FALSE(value::parse(std::string_view("[1e400,\"a\0]", 11)).has_value());
}

TEST_CASE("surrogates without their other half survive") {
    for (const char* text : {R"("\ud800")", R"("a\udc00b\ud83dc")", R"("\ud83d\ud83d")", R"("\udc00\ud800")",
                             R"(["\\\\ud800","\\ud800","\ud800"])", R"({"\ud800":"é\udfffé"})"}) {
        CAPTURE(text);
        const auto read = value::parse(text);
        REQUIRE(read.has_value());
        CHECK(read->to_json() == text);
    }
    CHECK(value::parse(R"("\ud83d\ude00\ud83d\ude00\ud800")")->to_json() == R"("😀😀\ud800")");
    CHECK(value::parse(R"("\uD800")")->as_string() == "\xed\xa0\x80");
}

TEST_CASE("duplicates are settled among many members") {
    std::string text = "{";
    for (int at = 0; at < 1000; ++at)
        text += "\"k" + std::to_string(at % 500) + "\":" + std::to_string(at) + ",";
    text += "\"last\":0}";
    const auto read = value::parse(text);
    REQUIRE(read.has_value());
    CHECK(read->size() == 501);
    CHECK((*read)["k7"].as_integer() == 507);
    CHECK(read->as_object().front().key == "k0");
    CHECK(read->as_object().back().key == "last");
}

TEST_CASE("nesting is limited where asked and harmless where not") {
    CHECK(value::parse("[[[]]]", 3).has_value());
    CHECK_FALSE(value::parse("[[[]]]", 2).has_value());
    constexpr int depth = 300000;
    value deep = nested(depth);
    value copy = deep;
    CHECK(copy == deep);
    copy.push_back(1);
    CHECK_FALSE(copy == deep);
    const auto text = deep.to_json();
    const auto read = value::parse(text, depth);
    REQUIRE(read.has_value());
    CHECK(*read == deep);
}

TEST_CASE("values are equal when they are worth the same") {
    CHECK(value(1) == value(1.0));
    CHECK(value(1) == value(1u));
    CHECK_FALSE(value(1) == value(true));
    CHECK_FALSE(value(-1) == value(std::uint64_t{18446744073709551615u}));
    CHECK(value{{"a", 1}, {"b", 2}} == value{{"b", 2}, {"a", 1}});
    CHECK_FALSE(value{{"a", 1}, {"b", 2}} == value{{"b", 2}, {"c", 1}});
    CHECK_FALSE(value{{"a", 1}} == value{{"a", 1}, {"b", 2}});
    CHECK(value::array({1, 2}) == value::array({1, 2}));
    CHECK_FALSE(value::array({1, 2}) == value::array({2, 1}));
    CHECK(value("a") == value(std::string("a")));
    CHECK_FALSE(value("a") == value(kedge::binary("a", 1)));
    CHECK(value(kedge::binary("ab", 2)) == value(kedge::binary("ab", 2)));
    CHECK_FALSE(value(kedge::binary("ab", 2)) == value(kedge::binary("ac", 2)));
}

TEST_CASE("values become C++ types and back") {
    const value v = kedge::to_value(std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}});
    CHECK(v.to_json() == R"([["a",1],["b",2]])");
    CHECK(v[0][1].to<int>() == 1);
    CHECK(v[0][0].to<std::string>() == "a");
    CHECK_FALSE(v[0][0].to<int>().has_value());
    CHECK(v.to<std::vector<value>>()->size() == 2);
    CHECK_FALSE(v["x"].to<std::string>().has_value());
    CHECK(v["x"].to<std::optional<int>>().has_value());
}

}  // namespace value_test
