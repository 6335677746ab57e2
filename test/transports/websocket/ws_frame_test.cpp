#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/websocket/ws_frame.hpp>

#include <test/transports/ws_client.hpp>

namespace ws_frame_test {

using namespace kedge::transports;
using namespace std::string_view_literals;
using kind = ws_event::kind;

namespace {

std::string shown(const ws_event& event) {
    const std::string data(event.data.begin(), event.data.end());
    switch (event.what) {
        case kind::text:
            return "text " + data;
        case kind::binary:
            return "binary " + data;
        case kind::ping:
            return "ping " + data;
        case kind::pong:
            return "pong " + data;
        case kind::close:
            return "close " + std::to_string(event.code) + " " + data;
        case kind::error:
            return "error " + std::to_string(event.code) + " " + std::string(event.description);
        case kind::enough:
            return "enough";
        case kind::need_more:
            break;
    }
    return "need_more";
}

/// Writes to all that a receiver may write to.
void scribble(const ws_event& event) {
    if (event.what != kind::text && event.what != kind::binary) return;
    std::fill(event.data.begin(), event.data.end(), '#');
    *(event.data.data() + event.data.size()) = '\0';
}

/// What a decoder makes of bytes that come in pieces of `size`, each in a buffer of its own with a spare
/// byte.
std::vector<std::string> decode(std::string_view input, std::size_t size = std::string_view::npos,
                                std::size_t limit = 1'000'000) {
    std::vector<std::string> events;
    ws_decoder decoder(limit);
    while (!input.empty()) {
        std::vector<char> piece(input.begin(),
                                input.begin() + static_cast<std::ptrdiff_t>(std::min(size, input.size())));
        input.remove_prefix(piece.size());
        piece.push_back('!');
        std::span<char> bytes(piece.data(), piece.size() - 1);
        for (ws_event event = decoder.next(bytes); event.what != kind::need_more;
             event = decoder.next(bytes)) {
            events.push_back(shown(event));
            const spare_byte kept(bytes);
            scribble(event);
        }
    }
    return events;
}

using events = std::vector<std::string>;

/// Whether bytes mean the same in pieces of every size.
void means(const std::string& input, const events& expected, std::size_t limit = 1'000'000) {
    for (std::size_t size = 1; size <= input.size() + 1; ++size)
        CHECK(decode(input, size, limit) == expected);
}

std::string text(std::string_view payload) {
    return client_frame(0x81, payload);
}

}  // namespace

TEST_CASE("ws_frame: whole messages, many in one buffer") {
    means(text("hello") + client_frame(0x82, "\x01\x02"sv) + text("") + text("42[\"a\"]"),
          {"text hello", "binary \x01\x02", "text ", "text 42[\"a\"]"});
}

TEST_CASE("ws_frame: every length form, and masks at every offset") {
    for (const std::size_t size : {0, 1, 7, 8, 9, 31, 32, 33, 63, 125, 126, 127, 1000, 65535, 65536, 70000}) {
        std::string payload(size, '\0');
        for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 26);
        const std::string input = text(payload) + text("tail");
        for (const std::size_t piece : {std::size_t{3}, std::size_t{17}, std::size_t{4096}, input.size()})
            CHECK(decode(input, piece) == events{"text " + payload, "text tail"});
    }
}

TEST_CASE("ws_frame: a whole message is handed out in place and nothing is kept") {
    std::string input = text("hello") + text("x");
    std::span<char> bytes(input.data(), input.size());
    ws_decoder decoder(100);
    const ws_event event = decoder.next(bytes);
    CHECK(event.data.data() == input.data() + 6);
    CHECK(decoder.idle());
    CHECK(bytes.data() == event.data.data() + event.data.size());
    CHECK(sizeof(ws_decoder) <= 32);
}

TEST_CASE("ws_frame: what was kept is let go when it was used") {
    std::string input = client_frame(0x01, "hel") + client_frame(0x80, "lo");
    std::span<char> bytes(input.data(), input.size());
    ws_decoder decoder(100);
    CHECK(shown(decoder.next(bytes)) == "text hello");
    CHECK_FALSE(decoder.idle());
    CHECK(decoder.next(bytes).what == kind::need_more);
    CHECK(decoder.idle());
}

TEST_CASE("ws_frame: fragments with control frames between") {
    means(client_frame(0x01, "a") + client_frame(0x89, "p1") + client_frame(0x00, "b") +
              client_frame(0x8A, "") + client_frame(0x00, "") + client_frame(0x80, "c") + text("next"),
          {"ping p1", "pong ", "text abc", "text next"});
    means(client_frame(0x02, "\xFF"sv) + client_frame(0x80, "\x00"sv),
          {"binary \xFF" + std::string(1, '\0')});
}

TEST_CASE("ws_frame: UTF-8 across fragments") {
    const std::string euro = "\xE2\x82\xAC";
    means(client_frame(0x01, "\xE2") + client_frame(0x00, "\x82") + client_frame(0x80, "\xAC!"),
          {"text " + euro + "!"});
    means(text("h\xC3\xA9llo \xF0\x9F\x98\x80 and a longer text behind it"),
          {"text h\xC3\xA9llo \xF0\x9F\x98\x80 and a longer text behind it"});
}

TEST_CASE("ws_frame: invalid UTF-8") {
    const events bad{"error 1007 Invalid WebSocket frame: invalid UTF-8 sequence"};
    means(text("\xC0\xAF"), bad);
    means(text("cut \xE2\x82"), bad);
    means(client_frame(0x01, "\xE2\x82") + client_frame(0x80, ""), bad);
    means(client_frame(0x01, "ok") + client_frame(0x80, "\xED\xA0\x80"), bad);
    means(client_frame(0x88, "\x03\xE8\xFF"sv), bad);
    CHECK(decode(client_frame(0x82, "\xC0\xAF")) == events{"binary \xC0\xAF"});
}

TEST_CASE("ws_frame: invalid UTF-8 is refused as soon as it comes, not when its message ends") {
    const std::string whole = text("abc\xFF" + std::string(1000, 'x'));
    CHECK(decode(whole.substr(0, 20), 5) ==
          events{"error 1007 Invalid WebSocket frame: invalid UTF-8 sequence"});
    CHECK(decode(client_frame(0x01, "\xF4\x90")) ==
          events{"error 1007 Invalid WebSocket frame: invalid UTF-8 sequence"});
}

TEST_CASE("ws_frame: close") {
    means(client_frame(0x88, ""), {"close 1005 "});
    means(client_frame(0x88, "\x03\xE8"sv), {"close 1000 "});
    means(client_frame(0x88,
                       "\x03\xE9"
                       "bye"sv),
          {"close 1001 bye"});
    means(client_frame(0x88, "") + text("late"), {"close 1005 "});
    means(client_frame(0x01, "half") + client_frame(0x88, ""), {"close 1005 "});
}

TEST_CASE("ws_frame: close codes") {
    for (unsigned code = 0; code < 5100; ++code) {
        const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
        const bool good = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
                          (code >= 3000 && code <= 4999);
        const std::string expected =
            good ? "close " + std::to_string(code) + " "
                 : "error 1002 Invalid WebSocket frame: invalid status code " + std::to_string(code);
        REQUIRE(decode(client_frame(0x88, payload)) == events{expected});
    }
    CHECK(decode(client_frame(0x88, "\xFF\xFF"sv))[0] ==
          "error 1002 Invalid WebSocket frame: invalid status code 65535");
}

TEST_CASE("ws_frame: violations, in the reference's words") {
    const auto violates = [](const std::string& input, const std::string& words) {
        means(input, {"error 1002 Invalid WebSocket frame: " + words});
    };
    violates(client_frame(0xA1, "x"), "RSV2 and RSV3 must be clear");
    violates(client_frame(0x91, "x"), "RSV2 and RSV3 must be clear");
    violates(client_frame(0xC1, "x"), "RSV1 must be clear");
    violates(client_frame(0xC9, "x"), "RSV1 must be clear");
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
        violates(client_frame(0x80 | opcode, "x"), "invalid opcode " + std::to_string(opcode));
    violates(client_frame(0x80, "x"), "invalid opcode 0");
    violates(client_frame(0x01, "a") + client_frame(0x81, "b"), "invalid opcode 1");
    violates(client_frame(0x01, "a") + client_frame(0x02, "b"), "invalid opcode 2");
}

TEST_CASE("ws_frame: control frames are short and whole") {
    const auto violates = [](const std::string& input, const std::string& words) {
        means(input, {"error 1002 Invalid WebSocket frame: " + words});
    };
    violates(client_frame(0x09, "x"), "FIN must be set");
    violates(client_frame(0x89, std::string(126, 'x')), "invalid payload length 126");
    violates(client_frame(0x8A, std::string(70'000, 'x')).substr(0, 20), "invalid payload length 127");
    violates(client_frame(0x88, "x"), "invalid payload length 1");
    means(client_frame(0x89, std::string(125, 'x')), {"ping " + std::string(125, 'x')});
}

TEST_CASE("ws_frame: frames that are not masked are refused") {
    means(std::string("\x81\x05hello"), {"error 1002 Invalid WebSocket frame: MASK must be set"});
    means(std::string("\x81\x00", 2), {"error 1002 Invalid WebSocket frame: MASK must be set"});
}

TEST_CASE("ws_frame: too large is judged by what is announced") {
    const events refused{"error 1009 Max payload size exceeded"};
    means(text(std::string(20, 'x')).substr(0, 6), refused, 19);
    means(text(std::string(20, 'x')), {"text " + std::string(20, 'x')}, 20);
    means(client_frame(0x01, "0123456789") + client_frame(0x80, "0123456789").substr(0, 6), refused, 19);
    means(text(std::string(70'000, 'x')).substr(0, 14), refused, 60'000);
    const std::string huge("\x82\xFF\x00\x20\x00\x00\x00\x00\x00\x00mask", 14);
    means(huge, {"error 1009 Unsupported WebSocket frame: payload length > 2^53 - 1"});
    const std::string negative("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFmask", 14);
    means(negative, {"error 1009 Unsupported WebSocket frame: payload length > 2^53 - 1"});
    means(client_frame(0x89, "ping"), {"ping ping"}, 0);  // control frames do not count
}

TEST_CASE("ws_frame: lengths need not be in their shortest form, as for the reference") {
    const std::string frame("\x81\xFE\x00\x01\x00\x00\x00\x00x", 9);
    means(frame, {"text x"});
}

TEST_CASE("ws_frame: too many fragments") {
    std::string input = client_frame(0x01, "");
    for (std::uint32_t i = 1; i < ws_decoder::max_fragments; ++i) input += client_frame(0x00, "");
    CHECK(decode(input + client_frame(0x80, "")) == events{"error 1008 Too many message fragments"});
    input.resize(input.size() - 6);
    CHECK(decode(input + client_frame(0x80, "")) == events{"text "});
}

TEST_CASE("ws_frame: after a violation nothing more is said") {
    ws_decoder decoder(100);
    std::string input = client_frame(0x83, "x") + text("late");
    std::span<char> bytes(input.data(), input.size());
    CHECK(decoder.next(bytes).what == kind::error);
    CHECK(decoder.next(bytes).what == kind::need_more);
    CHECK(bytes.empty());
    std::string more = text("later");
    bytes = {more.data(), more.size()};
    CHECK(decoder.next(bytes).what == kind::need_more);
}

TEST_CASE("ws_encode: frames of a server") {
    std::string out;
    append_frame(out, ws_opcode::text, "hello");
    CHECK(out == "\x81\x05hello");
    out.clear();
    append_frame(out, ws_opcode::binary, std::string(126, 'x'));
    CHECK(out.substr(0, 4) == std::string("\x82\x7E\x00\x7E", 4));
    CHECK(out.size() == 130);
    out.clear();
    append_frame(out, ws_opcode::binary, std::string(65536, 'x'));
    CHECK(out.substr(0, 10) == std::string("\x82\x7F\0\0\0\0\0\x01\0\0", 10));
    out.clear();
    append_frame_head(out, ws_opcode::text, 65535);
    CHECK(out == std::string("\x81\x7E\xFF\xFF", 4));
    out.clear();
    append_deflated_frame_head(out, ws_opcode::text, 3);
    CHECK(out == "\xC1\x03");
    out.clear();
    append_close_frame(out);
    CHECK(out == std::string("\x88\x00", 2));
    out.clear();
    append_close_frame(out, 1009, "too big");
    CHECK(out == std::string("\x88\x09\x03\xF1too big", 11));
    out.clear();
    append_close_frame(out, 1000, std::string(200, 'x'));
    CHECK(out.size() == 127);
}

}  // namespace ws_frame_test
