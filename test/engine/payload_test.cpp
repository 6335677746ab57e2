#include <kedge/engine/payload.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

namespace payload_test {

using namespace kedge::engine;

namespace {

using namespace std::string_literals;

/// Reads a body: packets as type and data (binary in brackets), separated by '|'; "!" where it turns to
/// garbage. Writes over the spare byte behind each packet, as receivers do.
std::string read(payload_codec& codec, std::string body, payload_format format = payload_format::text) {
    payload_reader reader(codec, {body.data(), body.size()}, format);
    std::string seen;
    packet each;
    for (;;) {
        const auto step = reader.next(each);
        if (step == payload_reader::step::end) return seen;
        if (step == payload_reader::step::nothing) continue;
        if (!seen.empty()) seen += '|';
        if (step == payload_reader::step::garbage) return seen + '!';
        const std::string data(each.data.begin(), each.data.end());
        seen += std::to_string(static_cast<int>(each.type));
        seen += each.content == content_kind::text ? data : '[' + data + ']';
        each.data.data()[each.data.size()] = '\0';
    }
}

std::string read_v4(std::string body) {
    payload_codec codec(revision::v4, false);
    return read(codec, std::move(body));
}

std::string read_v3(std::string body, payload_format format = payload_format::text) {
    payload_codec codec(revision::v3, false);
    return read(codec, std::move(body), format);
}

outbound text(std::string_view data) {
    return {packet_type::message, content_kind::text, true, data, nullptr};
}
outbound binary(std::string_view data) {
    return {packet_type::message, content_kind::binary, true, data, nullptr};
}

std::string written(const payload_codec& codec, std::vector<outbound> packets,
                    payload_format expected = payload_format::text) {
    std::string body;
    CHECK(codec.append(body, packets) == expected);
    return body;
}

const std::string e_acute = "\xC3\xA9";
const std::string e_acute_twice = "\xC3\x83\xC2\xA9";
const std::string greeting = "[\"a\",\"h" + e_acute + "llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]";

}  // namespace

TEST_CASE("payload v4: packets between separators") {
    CHECK(read_v4("4hello") == "4hello");
    CHECK(read_v4("4a\x1e"
                  "bAQI=\x1e"
                  "42[\"b\",\"x\"]") == "4a|4[\x01\x02]|42[\"b\",\"x\"]");
    CHECK(read_v4("2\x1e"
                  "3\x1e"
                  "6") == "2|3|6");
    CHECK(read_v4("4\x1e"
                  "4" +
                  e_acute) == "4|4" + e_acute);
}

TEST_CASE("payload v4: garbage stops the reading, what came before counts") {
    CHECK(read_v4("") == "!");
    CHECK(read_v4("4a\x1e") == "4a|!");
    CHECK(read_v4("\x1e"
                  "4a") == "!");
    CHECK(read_v4("4a\x1e"
                  "x\x1e"
                  "4b") == "4a|!");
    CHECK(read_v4("4a\x1e\x1e"
                  "4b") == "4a|!");
    CHECK(read_v4("7") == "!");
}

TEST_CASE("payload v4: writing") {
    const payload_codec codec(revision::v4, false);
    CHECK(written(codec, {text("51-[\"a\",{\"_placeholder\":true,\"num\":0}]"), binary("\x01\x02"),
                          text("2[\"b\",\"x\"]")}) ==
          "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1e"
          "bAQI=\x1e"
          "42[\"b\",\"x\"]");
    const outbound noop{packet_type::noop, content_kind::text, false, {}, nullptr};
    const outbound close{packet_type::close, content_kind::text, false, {}, nullptr};
    CHECK(written(codec, {noop, close}) ==
          "6\x1e"
          "1");
    CHECK(written(codec, {}) == "");
}

TEST_CASE("payload v3 text: lengths count UTF-16 units") {
    CHECK(read_v3("2:4a") == "4a");
    // One unit too many takes the length of the next packet along.
    CHECK(read_v3("23:42[\"echo\",\"h" + e_acute + "llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]1:2") ==
          "42[\"echo\",\"h" + e_acute + "llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]1|!");
    CHECK(read_v3("22:42[\"echo\",\"h" + e_acute + "llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]1:2") ==
          "42[\"echo\",\"h" + e_acute + "llo \xE2\x82\xAC\xF0\x9F\x98\x80\"]|2");
    CHECK(read_v3("42:451-[\"echo\",{\"_placeholder\":true,\"num\":0}]6:b4AQID") ==
          "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]|4[\x01\x02\x03]");
    CHECK(read_v3("1:21:31:6") == "2|3|6");
}

TEST_CASE("payload v3 text: lengths in every spelling that JavaScript takes for a number") {
    for (const char* length : {"2", "002", "2e0", "0.2e1", "2.0", " 2", "2 ", "+2", "0x2", "0b10", "0o2"}) {
        CAPTURE(length);
        CHECK(read_v3(length + ":4a"s) == "4a");
    }
    for (const char* length : {"", "x", "2x", "1.5", "-2", "NaN", "inf", "Infinity", "0x", "1e400", "3", "2e",
                               "99999999999999999999", "+-2", "--2", "0x-2"}) {
        CAPTURE(length);
        CHECK(read_v3(length + ":4a"s) == "!");
    }
    CHECK(read_v3(std::string(500, '0') + "2:4a") == "!");
}

TEST_CASE("payload v3 text: what is passed over and what is garbage") {
    CHECK(read_v3("") == "!");
    CHECK(read_v3("0:") == "");
    CHECK(read_v3("0:2:4a0:") == "4a");
    CHECK(read_v3("2:4a17") == "4a|!");
    CHECK(read_v3("2:4a3:4b") == "4a|!");
    CHECK(read_v3("2:4a1:x2:4b") == "4a|!");
    CHECK(read_v3("2:b92:4a") == "4a");
    CHECK(read_v3("4a") == "!");
    CHECK(read_v3("2:\xF0\x9F\x98\x80") == "!");
    CHECK(read_v3("1:\xF0\x9F\x98\x80") == "!");  // through the middle of a character
}

TEST_CASE("payload v3 text: writing") {
    const payload_codec codec(revision::v3, true);
    CHECK(written(codec, {text("0")}) == "2:40");
    CHECK(written(codec, {text(greeting)}) == "18:4" + greeting);
    CHECK(written(codec, {text("51-[]"), binary("\x01\x02\x03")}) == "6:451-[]6:b4AQID");
    const outbound noop{packet_type::noop, content_kind::text, false, {}, nullptr};
    const outbound close{packet_type::close, content_kind::text, false, {}, nullptr};
    CHECK(written(codec, {noop, close}) == "1:61:1");
}

TEST_CASE("payload v3 binary: the whole flush, as soon as one packet is binary and the client takes it") {
    const payload_codec codec(revision::v3, false);
    CHECK(written(codec, {text("a")}) == "2:4a");
    const std::string expected =
        "\x00\x03\xFF"
        "4"s +
        e_acute + "\x01\x04\xFF\x04\x01\x02\x03"s;
    CHECK(written(codec, {text(e_acute), binary("\x01\x02\x03")}, payload_format::binary) == expected);
    CHECK(read_v3(expected, payload_format::binary) == "4" + e_acute + "|4[\x01\x02\x03]");
    std::string long_text(46, 'x');
    CHECK(written(codec, {text(long_text), binary("")}, payload_format::binary) ==
          "\x00\x04\x07\xFF"
          "4"s +
              long_text + "\x01\x01\xFF\x04"s);
}

TEST_CASE("payload v3 binary: what is passed over and what is garbage") {
    const auto octets = payload_format::binary;
    CHECK(read_v3("", octets) == "");
    CHECK(read_v3("\x05\x02\xFF\x04z"s, octets) == "4[z]");  // any first byte but 0 means binary
    CHECK(read_v3("\x01\x02\xFF\x09z\x00\x01\xFF"
                  "2"s,
                  octets) == "2");  // an unknown type
    CHECK(read_v3("\x01\x00\xFF"s, octets) == "");
    CHECK(read_v3("\x00\x00\xFF"s, octets) == "!");
    CHECK(read_v3("\x00\x01\xFF"
                  "7"s,
                  octets) == "!");
    CHECK(read_v3("\x00\x01"s, octets) == "!");
    CHECK(read_v3("\x00\xFF"
                  "4"s,
                  octets) == "!");
    CHECK(read_v3("\x00\x41\xFF"
                  "4"s,
                  octets) == "!");
    CHECK(read_v3("\x00"s + std::string(400, '\x01') +
                      "\xFF"
                      "4",
                  octets) == "!");
    CHECK(read_v3("\x00\x09\x09\xFF"
                  "4ab"s,
                  octets) == "4ab");  // cut short: as much as there is
    CHECK(read_v3("\x00\x02\xFF"
                  "4a\x00\x01"s,
                  octets) == "!");  // nothing is read of a malformed body
    CHECK(read_v3("\x00\x03\xFF"
                  "4\xC3("s,
                  octets) == "!");
    CHECK(read_v3("\x00\x04\xFF"
                  "4\xED\xA0\x80"s,
                  octets) == "4\xEF\xBF\xBD");
    CHECK(read_v3("\x00\x06\xFF"
                  "b4Zm9v"s,
                  octets) == "4[foo]");
}

TEST_CASE("payload: 1.x clients without XHR2 encode UTF-8 twice and are answered so") {
    payload_codec codec(revision::v3, true);
    CHECK(read(codec, "2:4a") == "4a");
    CHECK(written(codec, {text(e_acute)}) == "2:4" + e_acute);  // nothing is known yet
    CHECK(read(codec, "3:4" + e_acute_twice + "2:4b") == "4" + e_acute + "|4b");
    CHECK(written(codec, {text(e_acute), text("a")}) == "3:4" + e_acute_twice + "2:4a");
    CHECK(written(codec, {binary("\x01\x02\x03")}) == "6:b4AQID");
    // An emoji: four bytes inside, eight outside.
    CHECK(read(codec, "5:4\xC3\xB0\xC2\x9F\xC2\x98\xC2\x80") == "4\xF0\x9F\x98\x80");
    CHECK(written(codec, {text("\xF0\x9F\x98\x80")}) == "5:4\xC3\xB0\xC2\x9F\xC2\x98\xC2\x80");
}

TEST_CASE("payload: text that cannot be encoded twice settles that the client is a newer one") {
    payload_codec codec(revision::v3, true);
    CHECK(read(codec, "2:4" + e_acute) == "4" + e_acute);
    CHECK(read(codec, "3:4" + e_acute_twice) == "4" + e_acute_twice);  // taken at its word from now on
    CHECK(written(codec, {text(e_acute)}) == "2:4" + e_acute);
    payload_codec mistaken(revision::v3, true);
    CHECK(read(mistaken, "3:4" + e_acute_twice) == "4" + e_acute);
    CHECK(read(mistaken, "2:4\xE2\x82\xAC") == "4\xE2\x82\xAC");
    CHECK(written(mistaken, {text(e_acute)}) == "2:4" + e_acute);
}

TEST_CASE("payload: 1.x clients with XHR2 post text as octets, and are always answered in binary framing") {
    payload_codec codec(revision::v3, false);
    CHECK(written(codec, {text("a")}) == "2:4a");
    CHECK(read(codec,
               "\x00\x03\xFF"
               "4"s +
                   e_acute,
               payload_format::binary) == "4" + e_acute);
    CHECK(written(codec, {text(e_acute)}, payload_format::binary) ==
          "\x00\x03\xFF"
          "4"s +
              e_acute);
    payload_codec newer(revision::v3, false);
    CHECK(read(newer,
               "\x00\x02\xFF"
               "4a\x01\x02\xFF\x04z"s,
               payload_format::binary) == "4a|4[z]");
    CHECK(written(newer, {text("a")}) == "2:4a");
}

TEST_CASE("payload: a shared message is encoded once for each form") {
    const auto shared = message::make(content_kind::text, "hi");
    const auto image = message::make(content_kind::binary, "\x01\x02");
    const auto refer = [](const message_ptr& m) {
        return outbound{packet_type::message, m->content(), m->compress(), m->data(), &m};
    };
    CHECK(written(payload_codec(revision::v4, false), {refer(shared), refer(image)}) ==
          "4hi\x1e"
          "bAQI=");
    CHECK(written(payload_codec(revision::v3, true), {refer(shared), refer(image)}) == "3:4hi6:b4AQI=");
    CHECK(
        written(payload_codec(revision::v3, false), {refer(shared), refer(image)}, payload_format::binary) ==
        "\x00\x03\xFF"
        "4hi\x01\x03\xFF\x04\x01\x02"s);
    int builds = 0;
    const auto build = [&](const message&) {
        ++builds;
        return "other"s;
    };
    CHECK(shared->form(wire_form::polling, build) == "4hi");
    CHECK(shared->form(wire_form::polling_v3_text, build) == "3:4hi");
    CHECK(image->form(wire_form::polling_v3_binary, build) == "\x01\x03\xFF\x04\x01\x02"s);
    CHECK(builds == 0);
    CHECK(shared->form(wire_form::websocket, build) == "other");
    CHECK(shared->form(wire_form::websocket, build) == "other");
    CHECK(builds == 1);
}

TEST_CASE("payload: items that tell nothing are passed over one by one") {
    payload_codec codec(revision::v3, false);
    packet each;
    const auto steps = [&](std::string body, payload_format format) {
        payload_reader reader(codec, {body.data(), body.size()}, format);
        std::size_t count = 0;
        while (reader.next(each) == payload_reader::step::nothing) ++count;
        return count;
    };
    CHECK(steps("0:0:2:bx0:", payload_format::text) == 4);
    CHECK(steps("\x01\x00\xFF\x01\x01\xFFx"s, payload_format::binary) == 2);
}

TEST_CASE("payload: a megabyte of tiny packets takes linear time") {
    const auto timed = [](payload_codec codec, std::string_view item, std::string_view between,
                          std::size_t bytes, payload_format format) {
        std::string body(item);
        while (body.size() < bytes) body.append(between).append(item);
        std::size_t count = 0;
        packet each;
        const auto start = std::chrono::steady_clock::now();
        payload_reader reader(codec, {body.data(), body.size()}, format);
        while (reader.next(each) == payload_reader::step::packet) ++count;
        CHECK(count >= bytes / (item.size() + between.size()));
        return std::chrono::steady_clock::now() - start;
    };
    using namespace std::chrono_literals;
    const payload_codec v3(revision::v3, false);
    CHECK(timed({revision::v4, false}, "4", "\x1e", 1'000'000, payload_format::text) < 2s);
    CHECK(timed(v3, "1:6", "", 1'000'000, payload_format::text) < 2s);
    CHECK(timed(v3,
                "\x00\x01\xFF"
                "6"s,
                "", 1'000'000, payload_format::binary) < 2s);
    CHECK(timed(v3, "2:4" + e_acute, "", 1'000'000, payload_format::text) < 2s);
}

}  // namespace payload_test
