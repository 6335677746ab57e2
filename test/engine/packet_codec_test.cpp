#include <kedge/engine/packet_codec.hpp>

#include <doctest/doctest.h>

namespace packet_codec_test {

using namespace kedge::engine;

namespace {

/// A decoded packet as text: type, kind and data; or what became of it instead.
std::string shown(decoded what, const packet& read) {
    if (what == decoded::ignored) return "ignored";
    if (what == decoded::garbage) return "garbage";
    const std::string kind = read.content == content_kind::text ? " text " : " binary ";
    return std::to_string(static_cast<int>(read.type)) + kind +
           std::string(read.data.begin(), read.data.end());
}

std::string text(std::string bytes, revision protocol) {
    packet read;
    const decoded what = decode_text(bytes, protocol, read);
    return shown(what, read);
}

std::string binary(std::string bytes, revision protocol) {
    packet read;
    const decoded what = decode_binary(bytes, protocol, read);
    return shown(what, read);
}

std::string encoded(const outbound& what, revision protocol, bool base64, content_kind expected) {
    std::string bytes;
    CHECK(append_packet(bytes, what, protocol, base64) == expected);
    return bytes;
}

}  // namespace

TEST_CASE("packet: text packets of both revisions") {
    for (const auto protocol : {revision::v3, revision::v4}) {
        CHECK(text("0{}", protocol) == "0 text {}");
        CHECK(text("1", protocol) == "1 text ");
        CHECK(text("2probe", protocol) == "2 text probe");
        CHECK(text("3", protocol) == "3 text ");
        CHECK(text("4hello", protocol) == "4 text hello");
        CHECK(text("5", protocol) == "5 text ");
        CHECK(text("6", protocol) == "6 text ");
        CHECK(text("", protocol) == "garbage");
        CHECK(text("7", protocol) == "garbage");
        CHECK(text("x", protocol) == "garbage");
        CHECK(text("/", protocol) == "garbage");
        CHECK(text(std::string("\0", 1), protocol) == "garbage");
    }
}

TEST_CASE("packet: base64 in text; revision 3 names the type") {
    CHECK(text("bZm9v", revision::v4) == "4 binary foo");
    CHECK(text("b", revision::v4) == "4 binary ");
    CHECK(text("b4Zm9v", revision::v3) == "4 binary foo");
    // The data's own first digit is no type in revision 4, nor a second one in revision 3.
    CHECK(text("b4AQI", revision::v4) == "4 binary \xE0\x04\x08");
    CHECK(text("b44AQI", revision::v3) == "4 binary \xE0\x04\x08");
    CHECK(text("b2Zm9v", revision::v3) == "2 binary foo");
    CHECK(text("b9Zm9v", revision::v3) == "ignored");
    CHECK(text("b", revision::v3) == "ignored");
}

TEST_CASE("packet: binary frames") {
    CHECK(binary("\x09\x08", revision::v4) == "4 binary \x09\x08");
    CHECK(binary("", revision::v4) == "4 binary ");
    CHECK(binary("\x04\x09\x08", revision::v3) == "4 binary \x09\x08");
    CHECK(binary("\x02", revision::v3) == "2 binary ");
    CHECK(binary("\x07zzz", revision::v3) == "ignored");
    CHECK(binary("4zzz", revision::v3) == "ignored");
    CHECK(binary("\xFFzzz", revision::v3) == "ignored");
    CHECK(binary("", revision::v3) == "ignored");
}

TEST_CASE("packet: encoding") {
    const outbound hello{packet_type::message, content_kind::text, true, "hello", nullptr};
    const outbound bytes{packet_type::message, content_kind::binary, true, "\x09\x08", nullptr};
    const outbound noop{packet_type::noop, content_kind::text, false, {}, nullptr};
    for (const auto protocol : {revision::v3, revision::v4}) {
        CHECK(encoded(hello, protocol, false, content_kind::text) == "4hello");
        CHECK(encoded(hello, protocol, true, content_kind::text) == "4hello");
        CHECK(encoded(noop, protocol, false, content_kind::text) == "6");
    }
    CHECK(encoded(bytes, revision::v4, false, content_kind::binary) == "\x09\x08");
    CHECK(encoded(bytes, revision::v3, false, content_kind::binary) == "\x04\x09\x08");
    CHECK(encoded(bytes, revision::v4, true, content_kind::text) == "bCQg=");
    CHECK(encoded(bytes, revision::v3, true, content_kind::text) == "b4CQg=");
}

}  // namespace packet_codec_test
