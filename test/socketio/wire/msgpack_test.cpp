#include <kedge/socketio/wire/msgpack.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/msgpack_reader.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>
#include <test/socketio/packet_texts.hpp>

namespace msgpack_test {

using namespace kedge;

namespace {

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
    }
    return bytes;
}

std::string decode(std::string_view hex, parser_options options = {}) {
    const auto parser = msgpack_parser(options);
    received_bytes bytes(bytes_of(hex));
    return line_of(parser->make_decoder()->decode_binary(bytes.span()));
}

std::string read(std::string_view hex, std::size_t max_depth = 1000) {
    tape to;
    text_arena texts;
    const auto bytes = bytes_of(hex);
    return read_msgpack(bytes, max_depth, to, texts) ? json_of(to.root()) : "invalid";
}

std::string read_of_server(std::string_view hex) {
    tape to;
    text_arena texts;
    const auto bytes = bytes_of(hex);
    return read_server_msgpack(bytes, 1000, to, texts) ? json_of(to.root()) : "invalid";
}

template <class Write>
std::string written(Write write) {
    std::string bytes;
    msgpack_writer out(bytes);
    write(out);
    return hex_of(bytes);
}

std::string encode(const packet_head& head, const value& data) {
    const auto made = msgpack_parser()->encode(head, [&](writer& to) { data.write(to); });
    CHECK(made.content() == engine::content_kind::binary);
    CHECK(made.attachments().empty());
    return hex_of(made.head());
}

}  // namespace

TEST_CASE("what the reference packer wrote is decoded") {
    CHECK(decode("83a47479706500a46461746182a3736964a3616263a3706964d40000a36e7370a12f") ==
          R"(0 / {"sid":"abc"})");
    CHECK(decode("84a2696401a47479706503a4646174619ea16101ffd0dfccc8ce00011170cf0000000100000000cb3ff80000000"
                 "00000c3c0"
                 "d40000d700000000e8d4a51000c4020102c7010003a36e7370a42f61646d") ==
          R"(3 /adm #1 ["a",1,-1,-33,200,70000,4294967296,1.5,true,null,null,"2001-09-09T01:46:40.000Z",)"
          R"({"type":"Buffer","data":[1,2]},{"type":"Buffer","data":[3]}])");
    CHECK(decode("83a47479706500a464617461d40000a36e7370a12f") == "0 /");
    CHECK(decode("84a47479706502a46461746191a178a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f") ==
          R"(2 / ["x"])");
    CHECK(decode("82a47479706501a36e7370a12f") == "1 /");
}

TEST_CASE("invalid packets are refused") {
    CHECK(decode("") == "error: invalid packet");
    CHECK(decode("c0") == "error: invalid packet type");
    CHECK(decode("82a47479706505a36e7370a12f") == "error: invalid packet type");
    CHECK(decode("82a474797065ffa36e7370a12f") == "error: invalid packet type");
    CHECK(decode("82a47479706501a36e737001") == "error: invalid namespace");
    CHECK(decode("81a47479706501") == "error: invalid namespace");
    CHECK(decode("83a47479706501a464617461c0a36e7370a12f") == "error: invalid payload");
    CHECK(decode("83a47479706500a464617461c0a36e7370a12f") == "error: invalid payload");
    CHECK(decode("83a47479706500a46461746190a36e7370a12f") == "error: invalid payload");
    CHECK(decode("82a47479706502a36e7370a12f") == "error: invalid payload");
    CHECK(decode("82a47479706504a36e7370a12f") == "error: invalid payload");
    CHECK(decode("84a26964c0a47479706503a46461746190a36e7370a12f") == "error: invalid packet id");
    CHECK(decode("84a2696401a47479706503a46461746190a36e7370a12f00") == "error: invalid packet");
    received_bytes text("2[\"x\"]");
    CHECK(msgpack_parser()->make_decoder()->decode_text(text.span()).failed());
}

TEST_CASE("reserved names are no matter, names that are numbers are strings") {
    const auto parser = msgpack_parser();
    const auto decoder = parser->make_decoder();
    received_bytes reserved(bytes_of("83a47479706502a46461746191a7636f6e6e656374a36e7370a12f"));
    const auto first = decoder->decode_binary(reserved.span());
    REQUIRE(first.packet() != nullptr);
    CHECK(first.packet()->event == "connect");
    received_bytes number(bytes_of("83a47479706502a4646174619207c0a36e7370a12f"));
    const auto second = decoder->decode_binary(number.span());
    REQUIRE(second.packet() != nullptr);
    CHECK(second.packet()->event == "7");
    CHECK(second.packet()->arguments().size() == 1);
}

TEST_CASE("every form of a value is read") {
    CHECK(read("7f") == "127");
    CHECK(read("e0") == "-32");
    CHECK(read("cdffff") == "65535");
    CHECK(read("cfffffffffffffffff") == "18446744073709551615");
    CHECK(read("d080") == "-128");
    CHECK(read("d18000") == "-32768");
    CHECK(read("d280000000") == "-2147483648");
    CHECK(read("d38000000000000000") == "-9223372036854775808");
    CHECK(read("ca3fc00000") == "1.5");
    CHECK(read("cb7ff8000000000000") == "null");
    CHECK(read("d903616263") == R"("abc")");
    CHECK(read("da0003616263") == R"("abc")");
    CHECK(read("db00000003616263") == R"("abc")");
    CHECK(read("c5000101") == R"({"type":"Buffer","data":[1]})");
    CHECK(read("c60000000101") == R"({"type":"Buffer","data":[1]})");
    CHECK(read("dc00020102") == "[1,2]");
    CHECK(read("dd000000020102") == "[1,2]");
    CHECK(read("de0001a16101") == R"({"a":1})");
    CHECK(read("df00000001a161c2") == R"({"a":false})");
    CHECK(read("80") == "{}");
    CHECK(read("83a16180a16290a163d40000") == R"({"a":{},"b":[]})");
    CHECK(read("8201a17801ccff07").substr(0, 7) == "invalid");
    CHECK(read("8201a178cb3ff800000000000007") == R"({"1":"x","1.5":7})");
    CHECK(read("d501aabb") == R"([1,{"type":"Buffer","data":[170,187]}])");
    CHECK(read("d4ff07") == R"([-1,{"type":"Buffer","data":[7]}])");
    CHECK(read("c8000100aa") == R"({"type":"Buffer","data":[170]})");
    CHECK(read("c90000000105aa") == R"([5,{"type":"Buffer","data":[170]}])");
    for (const char* bad : {"c1", "81c001", "8190", "91", "a5616263", "dd7fffffff", "df7fffffff00",
                            "c6ffffffff00", "cb00", "d7", "d700", "9f", "0000", "81a1", "81"}) {
        CAPTURE(bad);
        CHECK(read(bad) == "invalid");
    }
}

TEST_CASE("text that is not UTF-8 becomes U+FFFD, on the way in and on the way out") {
    CHECK(read("a3ff41c3") ==
          "\"\xEF\xBF\xBD"
          "A\xEF\xBF\xBD\"");
    CHECK(read("d902c080") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(read("81a1ff01") == "{\"\xEF\xBF\xBD\":1}");
    CHECK(read("a4f09f9880") == "\"\xF0\x9F\x98\x80\"");
    CHECK(written([](writer& to) { to.string("\xFF"); }) == "a3efbfbd");
    CHECK(written([](writer& to) { to.key("a\xC3"); }) == "a461efbfbd");
}

TEST_CASE("dates are the strings that JSON would carry") {
    CHECK(read("d7000000000000000000") == R"("1970-01-01T00:00:00.000Z")");
    CHECK(read("d700ffffffffffffffff") == R"("1969-12-31T23:59:59.999Z")");
    const auto date = [](std::int64_t milliseconds) {
        std::string hex = "d700";
        for (int shift = 56; shift >= 0; shift -= 8) {
            hex += hex_of(std::string(1, static_cast<char>(milliseconds >> shift & 0xff)));
        }
        return read(hex);
    };
    CHECK(date(-62167219200000) == R"("0000-01-01T00:00:00.000Z")");
    CHECK(date(253402300800000) == R"("+010000-01-01T00:00:00.000Z")");
    CHECK(date(-8640000000000000) == R"("-271821-04-20T00:00:00.000Z")");
    CHECK(date(8640000000000000) == R"("+275760-09-13T00:00:00.000Z")");
    CHECK(date(8640000000000001) == "null");
    CHECK(date(std::numeric_limits<std::int64_t>::min()) == "null");
    CHECK(date(951868799999) == R"("2000-02-29T23:59:59.999Z")");
}

TEST_CASE("between servers MessagePack's own timestamps are dates too") {
    CHECK(read_of_server("d6ff00000001") == R"("1970-01-01T00:00:01.000Z")");
    CHECK(read_of_server("d7ff0000000038bc1cff") == R"("2000-02-29T19:24:47.000Z")");
    CHECK(read_of_server("d7ffee2d91c038bc6f3f") == R"("2000-03-01T01:15:43.998Z")");
    CHECK(read_of_server("c70cff3b8b87c0ffffffffffffffff") == R"("1969-12-31T23:59:59.999Z")");
    CHECK(read_of_server("c70cff000000007fffffffffffffff") == "null");
    CHECK(read_of_server("c70cff000000008000000000000000") == "null");
    CHECK(read_of_server("c703ff010203") !=
          "null");  // no length that a timestamp has: as any other extension
    CHECK(read("d6ff00000001") != read_of_server("d6ff00000001"));
}

TEST_CASE("nesting is limited") {
    CHECK(read("91919100", 3) == "[[[0]]]");
    CHECK(read("91919100", 2) == "invalid");
    std::string deep;
    for (int level = 0; level < 100000; ++level) deep += "91";
    CHECK(read(deep) == "invalid");
}

TEST_CASE("values are written in their shortest form") {
    const auto integer = [](std::int64_t value) { return written([=](writer& to) { to.integer(value); }); };
    CHECK(integer(127) == "7f");
    CHECK(integer(128) == "cc80");
    CHECK(integer(256) == "cd0100");
    CHECK(integer(65536) == "ce00010000");
    CHECK(integer(4294967296) == "cf0000000100000000");
    CHECK(integer(-32) == "e0");
    CHECK(integer(-33) == "d0df");
    CHECK(integer(-129) == "d1ff7f");
    CHECK(integer(-32769) == "d2ffff7fff");
    CHECK(integer(-2147483649) == "d3ffffffff7fffffff");
    const auto number = [](double value) { return written([=](writer& to) { to.number(value); }); };
    CHECK(number(1.5) == "cb3ff8000000000000");
    CHECK(number(7.0) == "07");
    CHECK(number(1e300).substr(0, 2) == "cb");
    CHECK(number(std::numeric_limits<double>::quiet_NaN()).substr(0, 2) == "cb");
    const auto text = [](std::size_t size) {
        return written([=](writer& to) { to.string(std::string(size, 'a')); }).substr(0, 10);
    };
    CHECK(text(31).substr(0, 2) == "bf");
    CHECK(text(32).substr(0, 4) == "d920");
    CHECK(text(256).substr(0, 6) == "da0100");
    CHECK(text(65536) == "db00010000");
    CHECK(written([](writer& to) { to.begin_array(16); }) == "dc0010");
    CHECK(written([](writer& to) { to.begin_object(65536); }) == "df00010000");
}

TEST_CASE("packets are encoded") {
    CHECK(encode({packet_type::connect, "/", {}}, value{{"sid", "abc"}}) ==
          "83a47479706500a46461746181a3736964a3616263a36e7370a12f");
    CHECK(encode({packet_type::ack, "/adm", 1}, value::array({"a", kedge::binary("\1\2", 2)})) ==
          "84a2696401a47479706503a46461746192a161c4020102a36e7370a42f61646d");
    const auto none = msgpack_parser()->encode({packet_type::disconnect, "/", {}}, nullptr);
    CHECK(hex_of(none.head()) == "82a47479706501a36e7370a12f");
}

TEST_CASE("what is encoded is decoded") {
    const value data =
        *value::parse(R"(["x",{"a":[1,-1,1.5,null,true,"é"],"b":{}},18446744073709551615,-4000000000])");
    const auto parser = msgpack_parser();
    const auto made = parser->encode({packet_type::event, "/n", 7}, [&](writer& to) { data.write(to); });
    received_bytes bytes(made.head());
    const auto back = parser->make_decoder()->decode_binary(bytes.span());
    REQUIRE(back.packet() != nullptr);
    CHECK(value(back.packet()->data) == data);
    CHECK(back.packet()->id == 7);
    CHECK(back.packet()->nsp == "/n");
    CHECK(back.packet()->event == "x");
}

}  // namespace msgpack_test
