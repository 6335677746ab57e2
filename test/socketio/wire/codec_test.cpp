#include <kedge/socketio/wire/codec.hpp>

#include <doctest/doctest.h>

#include <string>

#include <kedge/socketio/value/value.hpp>
#include <test/socketio/packet_texts.hpp>

namespace codec_test {

using namespace kedge;

namespace {

std::string decode(std::string_view text, parser_options options = {}) {
    const auto parser = json_parser(options);
    const auto decoder = parser->make_decoder();
    received_bytes bytes(text);
    const auto made = decoder->decode_text(bytes.span());
    REQUIRE(bytes.behind() == '#');
    return line_of(made);
}

std::string decode(std::string_view text, const std::vector<std::string>& binaries) {
    const auto parser = json_parser();
    const auto decoder = parser->make_decoder();
    received_bytes bytes(text);
    auto made = decoder->decode_text(bytes.span());
    for (const auto& each : binaries) {
        if (made.failed() || made.packet()) return line_of(made);
        received_bytes binary(each);
        made = decoder->decode_binary(binary.span());
    }
    return line_of(made);
}

std::string encode(const packet_head& head, const value* data = nullptr) {
    const auto write = [&](writer& to) { data->write(to); };
    const auto made = json_parser()->encode(head, data ? function_ref<void(writer&)>(write) : nullptr);
    CHECK(made.content() == engine::content_kind::text);
    return std::string(made.head()) +
           (made.attachments().empty() ? "" : " +" + std::to_string(made.attachments().size()));
}

std::string encode(packet_head head, const value& data) {
    return encode(head, &data);
}

}  // namespace

TEST_CASE("release: packets are decoded") {
    CHECK(decode("0") == "0 /");
    CHECK(decode("0{}") == "0 / {}");
    CHECK(decode(R"(0/adm,{"token":"x"})") == R"(0 /adm {"token":"x"})");
    CHECK(decode("0/adm") == "0 /adm");
    CHECK(decode("0/adm,") == "0 /adm");
    CHECK(decode("0/adm?k=v,") == "0 /adm?k=v");
    CHECK(decode("1") == "1 /");
    CHECK(decode("1/adm,") == "1 /adm");
    CHECK(decode(R"(2["x",1])") == R"(2 / ["x",1])");
    CHECK(decode(R"(212["x"])") == R"(2 / #12 ["x"])");
    CHECK(decode(R"(2/adm,12["x"])") == R"(2 /adm #12 ["x"])");
    CHECK(decode(R"(2/a["x"])") == R"(2 /a["x"])");
    CHECK(decode("2") == "2 /");
    CHECK(decode("3/adm,12[]") == "3 /adm #12 []");
    CHECK(decode("30") == "3 / #0");
    CHECK(decode(R"(4{"message":"no"})") == R"(4 / {"message":"no"})");
    CHECK(decode(R"(4"no")") == R"(4 / "no")");
    CHECK(decode("3[1]") == "3 / [1]");
    CHECK(decode("39007199254740992[]") == "3 / #9007199254740992 []");
}

TEST_CASE("release: every violation is an error, worded as the reference words it") {
    CHECK(decode("") == "error: unknown packet type NaN");
    CHECK(decode("7") == "error: unknown packet type 7");
    CHECK(decode("9[]") == "error: unknown packet type 9");
    CHECK(decode("x") == "error: unknown packet type NaN");
    for (const char* text : {"0[]",
                             "0null",
                             "0\"x\"",
                             "01{",
                             "0{} x",
                             "1{}",
                             "1null",
                             "1[]",
                             "2{}",
                             "2[]",
                             "2[null]",
                             "2[{}]",
                             "2\"x\"",
                             "2[\"x\"",
                             "3{}",
                             "3null",
                             "4[]",
                             "4null",
                             "41",
                             "2x",
                             "2[\"x\",]",
                             "2[\"connect\"]",
                             "2[\"connect_error\"]",
                             "2[\"disconnect\"]",
                             "2[\"disconnecting\"]",
                             "2[\"newListener\"]",
                             "2[\"removeListener\"]",
                             "2/a,[true]"}) {
        CAPTURE(text);
        if (std::string_view(text) == "41") continue;
        CHECK(decode(text) == "error: invalid payload");
    }
    CHECK(decode("39007199254740993[]") == "error: invalid packet id");
    CHECK(decode("399999999999999999999999[]") == "error: invalid packet id");
    CHECK(decode("5[\"x\"]") == "error: Illegal attachments");
    CHECK(decode("5-[\"x\"]") == "error: Illegal attachments");
    CHECK(decode("50-[\"x\"]") == "error: Illegal attachments");
    CHECK(decode("5-1-[\"x\"]") == "error: Illegal attachments");
    CHECK(decode("51.5-[\"x\"]") == "error: Illegal attachments");
    CHECK(decode("51") == "error: Illegal attachments");
    CHECK(decode("511-[\"x\"]") == "error: too many attachments");
    CHECK(decode("599999999999999999999999-[\"x\"]") == "error: too many attachments");
    CHECK(decode("510-[\"x\"]") == "more");
    CHECK(decode("51-[{}]") == "error: invalid payload");
    CHECK(decode(R"(51-[{"_placeholder":true,"num":0}])") == "error: invalid payload");
}

TEST_CASE("release: names that are not reserved are fine") {
    for (const char* name : {"error", "connection", "message", "", "__proto__", "Connect"}) {
        const auto text = "[\"" + std::string(name) + "\"]";
        CHECK(decode("2" + text) == "2 / " + text);
    }
}

TEST_CASE("release: the event's name and arguments") {
    const auto parser = json_parser();
    const auto decoder = parser->make_decoder();
    const auto check = [&](std::string_view text, std::string_view name, std::size_t count) {
        received_bytes bytes(text);
        const auto made = decoder->decode_text(bytes.span());
        REQUIRE(made.packet() != nullptr);
        CHECK(made.packet()->event == name);
        CHECK(made.packet()->arguments().size() == count);
    };
    check(R"(2["x",1,[2]])", "x", 2);
    check("2[12,1]", "12", 1);
    check("2[1.50]", "1.5", 0);
    check("2[1e21]", "1e+21", 0);
    check("2", "", 0);
    check("31[1,2]", "", 2);
}

TEST_CASE("limits are options") {
    CHECK(decode("510-[\"x\"]", parser_options{.max_attachments = 9}) == "error: too many attachments");
    CHECK(decode("2[[1]]", parser_options{.max_depth = 1}) == "error: invalid payload");
    CHECK(decode("3[[1]]", parser_options{.max_depth = 2}) == "3 / [[1]]");
    const std::string deep(1000, '[');
    const std::string back(1000, ']');
    CHECK(decode("3" + deep + back) == "3 / " + deep + back);
    CHECK(decode("3[" + deep + back + "]") == "error: invalid payload");
    CHECK(decode("3" + std::string(1000000, '[')) == "error: invalid payload");
}

TEST_CASE("release: binaries take the place of their placeholders") {
    constexpr auto placeholder = R"({"_placeholder":true,"num":0})";
    const std::string one = R"(51-["echo",{"_placeholder":true,"num":0}])";
    CHECK(decode(one, {"ab"}) == R"(2 / ["echo",{"type":"Buffer","data":[97,98]}])");
    CHECK(decode(one, {""}) == R"(2 / ["echo",{"type":"Buffer","data":[]}])");
    CHECK(decode(one, std::vector<std::string>{}) == "more");
    CHECK(decode(R"(62-/adm,5[{"_placeholder":true,"num":1},{"b":{"num":0,"x":[],"_placeholder":true}}])",
                 {"a", "b"}) ==
          R"(3 /adm #5 [{"type":"Buffer","data":[98]},{"b":{"type":"Buffer","data":[97]}}])");
    CHECK(decode(R"(51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0.0}])", {"a"}) ==
          R"(2 / ["x",{"type":"Buffer","data":[97]},{"type":"Buffer","data":[97]}])");
    CHECK(decode(R"(51-["x"])", {"unused"}) == R"(2 / ["x"])");
    CHECK(decode("51-", {"unused"}) == "2 /");
    CHECK(decode(R"(51-["x",{"_placeholder":false,"num":7},{"_placeholder":1,"num":0}])", {"a"}) ==
          R"(2 / ["x",{"_placeholder":false,"num":7},{"_placeholder":1,"num":0}])");
    CHECK(decode("2[\"x\"," + std::string(placeholder) + "]") ==
          "2 / [\"x\"," + std::string(placeholder) + "]");
}

TEST_CASE("placeholders for nothing are refused when all is there") {
    for (const char* num : {"1", "-1", "\"0\"", "null", "0.5", "1e300"}) {
        CAPTURE(num);
        const auto text = R"(51-["x",{"_placeholder":true,"num":)" + std::string(num) + "}]";
        CHECK(decode(text) == "more");
        CHECK(decode(text, {"a"}) == "error: illegal attachments");
    }
    CHECK(decode(R"(51-["x",{"_placeholder":true}])", {"a"}) == "error: illegal attachments");
    CHECK(decode(R"(51-["x",{"_placeholder":true,"num":0,"in":{"_placeholder":true,"num":9}}])", {"a"}) ==
          R"(2 / ["x",{"type":"Buffer","data":[97]}])");
}

TEST_CASE("an attachment may be meant several times, but not until the copies are out of proportion") {
    const auto packet = [](std::size_t count) {
        std::string text = R"(51-["x")";
        for (std::size_t i = 0; i < count; ++i) text += R"(,{"_placeholder":true,"num":0})";
        return text + "]";
    };
    const std::string large(100000, 'b');
    CHECK(decode(packet(9), {large}).starts_with("2 / [\"x\","));
    CHECK(decode(packet(1000), {large}) == "error: illegal attachments");
    CHECK(decode(packet(1000), {"b"}).starts_with("2 / [\"x\","));
}

TEST_CASE("messages must follow each other as announced") {
    const auto parser = json_parser();
    const auto decoder = parser->make_decoder();
    received_bytes binary("b");
    CHECK(decoder->decode_binary(binary.span()).error() ==
          "got binary data when not reconstructing a packet");
    received_bytes first(R"(52-["x"])");
    CHECK(decoder->held() == 0);
    CHECK(line_of(decoder->decode_text(first.span())) == "more");
    CHECK(decoder->held() == 8);
    CHECK(line_of(decoder->decode_binary(binary.span())) == "more");
    CHECK(decoder->held() == 9);
    received_bytes second("2[\"y\"]");
    CHECK(decoder->decode_text(second.span()).error() == "got plaintext data when reconstructing a packet");
    CHECK(line_of(decoder->decode_binary(binary.span())) == R"(2 / ["x"])");
    CHECK(decoder->held() == 0);
    CHECK(decoder->decode_binary(binary.span()).failed());
}

TEST_CASE("several packets can be alive at once, and outlive their decoder") {
    const auto parser = json_parser();
    auto decoder = parser->make_decoder();
    received_bytes text(R"(51-["a\u0062",{"_placeholder":true,"num":0}])");
    received_bytes binary("b");
    decoder->decode_text(text.span());
    const auto first = decoder->decode_binary(binary.span());
    received_bytes other("2[\"other\"]");
    const auto second = decoder->decode_text(other.span());
    decoder.reset();
    CHECK(line_of(first) == R"(2 / ["ab",{"type":"Buffer","data":[98]}])");
    CHECK(line_of(second) == R"(2 / ["other"])");
}

TEST_CASE("packets are encoded") {
    CHECK(encode({packet_type::connect, "/", {}}, value{{"sid", "abc"}}) == R"(0{"sid":"abc"})");
    CHECK(encode({packet_type::connect, "/adm", {}}) == "0/adm,");
    CHECK(encode({packet_type::connect, "/", {}}) == "0");
    CHECK(encode({packet_type::disconnect, "/adm", {}}) == "1/adm,");
    CHECK(encode({packet_type::event, "/", {}}, value::array({"x", 1})) == R"(2["x",1])");
    CHECK(encode({packet_type::event, "/adm", 12}, value::array({"x"})) == R"(2/adm,12["x"])");
    CHECK(encode({packet_type::ack, "/", 0}, value::array()) == "30[]");
    CHECK(encode({packet_type::ack, "/", max_packet_id}, value::array()) == "39007199254740992[]");
    CHECK(encode({packet_type::connect_error, "/nope", {}}, value{{"message", "Invalid namespace"}}) ==
          R"(4/nope,{"message":"Invalid namespace"})");
    CHECK(encode({packet_type::connect_error, "/", {}}, value("no")) == R"(4"no")");
    const value bytes(kedge::binary("ab", 2));
    CHECK(encode({packet_type::event, "/", {}}, value::array({"x", bytes})) ==
          R"(51-["x",{"_placeholder":true,"num":0}] +1)");
    CHECK(encode({packet_type::ack, "/adm", 5}, value::array({bytes, value{{"b", bytes}}})) ==
          R"(62-/adm,5[{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}] +2)");
    CHECK(encode({packet_type::connect_error, "/", {}}, value{{"data", bytes}}) ==
          R"(4{"data":{"type":"Buffer","data":[97,98]}})");
    const std::string longest = "/" + std::string(5000, 'n');
    CHECK(encode({packet_type::event, longest, 1}, value::array({"x"})) == "2" + longest + ",1[\"x\"]");
}

TEST_CASE("a packet can be encoded while another is") {
    const auto parser = json_parser();
    std::string inner;
    const auto outer = parser->encode({packet_type::event, "/", {}}, [&](writer& to) {
        to.begin_array(1);
        inner = parser
                    ->encode({packet_type::ack, "/", 1},
                             [](writer& other) {
                                 other.begin_array(0);
                                 other.end_array();
                             })
                    .head();
        to.string("x");
        to.end_array();
    });
    CHECK(outer.head() == "2[\"x\"]");
    CHECK(inner == "31[]");
}

}  // namespace codec_test
