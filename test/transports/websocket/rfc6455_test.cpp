// What RFC 6455 asks of a server, on a websocket that echoes: each conversation as a whole and byte by byte.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <test/transports/websocket/ws_echo.hpp>
#include <test/transports/ws_client.hpp>

namespace rfc6455_test {

using namespace kedge::test;
using namespace std::string_literals;
using namespace std::string_view_literals;
using kedge::transports::client_frame;

namespace {

using lines = std::vector<std::string>;

unsigned code_of(const std::string& payload) {
    if (payload.empty()) return 1005;
    return static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
           static_cast<unsigned char>(payload[1]);
}

std::string shown(const server_frame& frame) {
    switch (frame.first) {
        case 0x81:
            return "text " + frame.payload;
        case 0x82:
            return "binary " + frame.payload;
        case 0x8A:
            return "pong " + frame.payload;
        case 0x88:
            return "close " + std::to_string(code_of(frame.payload)) +
                   (frame.payload.size() > 2 ? " " + frame.payload.substr(2) : "");
        default:
            return "frame " + std::to_string(frame.first);
    }
}

lines shown(ws_echo& by) {
    lines all;
    for (const server_frame& each : by.take()) all.push_back(shown(each));
    return all;
}

/// What a conversation comes to; it is over exactly when a close frame was the last that came.
void comes_to(std::string_view said, const lines& expected) {
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}}) {
        CAPTURE(piece);
        ws_echo echo;
        echo.say(said, piece);
        CHECK(shown(echo) == expected);
        CHECK(echo.ended() == (!expected.empty() && expected.back().starts_with("close")));
    }
}

std::string text(std::string_view payload) {
    return client_frame(0x81, payload);
}
std::string ping(std::string_view payload) {
    return client_frame(0x89, payload);
}
std::string close(unsigned code, std::string_view reason = {}) {
    return client_frame(
        0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)}.append(reason));
}
const std::string goodbye = close(1000);
const lines violation{"close 1002"};
const lines no_utf8{"close 1007"};

std::string letters(std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>('a' + i % 26);
    return made;
}

/// A message in fragments of this size.
std::string fragmented(unsigned opcode, std::string_view message, std::size_t size) {
    std::string all;
    for (std::size_t at = 0; at < message.size(); at += size) {
        const bool last = at + size >= message.size();
        all += client_frame((last ? 0x80u : 0u) | (at == 0 ? opcode : 0u), message.substr(at, size));
    }
    return all;
}

}  // namespace

TEST_CASE("RFC 6455: messages of every length form come back as they were") {
    for (const std::size_t size : {0, 1, 125, 126, 127, 128, 65535, 65536}) {
        const std::string message = letters(size);
        for (const std::size_t piece : {std::string_view::npos, std::size_t{997}}) {
            ws_echo echo;
            echo.say(text(message) + client_frame(0x82, message) + goodbye, piece);
            CHECK(shown(echo) == lines{"text " + message, "binary " + message, "close 1000"});
        }
    }
    std::string all_bytes;
    for (unsigned c = 0; c < 256; ++c) all_bytes += static_cast<char>(c);
    comes_to(client_frame(0x82, all_bytes), {"binary " + all_bytes});
}

TEST_CASE("RFC 6455: pings are answered with what they bring, pongs that nobody asked for are passed over") {
    comes_to(ping(""), {"pong "});
    comes_to(ping("Hello"), {"pong Hello"});
    comes_to(ping("\x00\xff\xfe\xfd\xfc\xfb\x00\xff"sv), {"pong \x00\xff\xfe\xfd\xfc\xfb\x00\xff"s});
    comes_to(ping(letters(125)), {"pong " + letters(125)});
    comes_to(ping(letters(126)), violation);
    comes_to(client_frame(0x8A, "") + client_frame(0x8A, "unasked") + ping("x") + client_frame(0x8A, "x"),
             {"pong x"});
    std::string ten;
    lines pongs;
    for (int i = 0; i < 10; ++i) {
        ten += ping(std::to_string(i));
        pongs.push_back("pong " + std::to_string(i));
    }
    comes_to(ten, pongs);
}

TEST_CASE("RFC 6455: reserved bits end the connection, and what came before is answered") {
    for (unsigned reserved = 1; reserved < 8; ++reserved) {
        CAPTURE(reserved);
        const unsigned bits = reserved << 4;
        comes_to(client_frame(0x81 | bits, "small") + text("later"), violation);
        comes_to(text("good") + client_frame(0x82 | bits, "x") + ping("later"), {"text good", "close 1002"});
        comes_to(client_frame(0x01, "a") + client_frame(0x80 | bits, "b"), violation);
        comes_to(client_frame(0x89 | bits, ""), violation);
        comes_to(client_frame(0x88 | bits, ""), violation);
    }
}

TEST_CASE("RFC 6455: reserved opcodes end the connection") {
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
        CAPTURE(opcode);
        for (const auto payload : {""sv, "payload"sv})
            comes_to(text("good") + client_frame(0x80 | opcode, payload) + ping("later"),
                     {"text good", "close 1002"});
        comes_to(client_frame(opcode, "x"), violation);
    }
}

TEST_CASE("RFC 6455: frames that are not masked end the connection") {
    comes_to("\x81\x05Hello", violation);
    comes_to("\x89\x00"sv, violation);
}

TEST_CASE("RFC 6455: fragments come back as one message, with control frames answered between them") {
    comes_to(client_frame(0x01, "fragment1") + client_frame(0x80, "fragment2"), {"text fragment1fragment2"});
    comes_to(client_frame(0x01, "a") + ping("between") + client_frame(0x80, "b"),
             {"pong between", "text ab"});
    comes_to(client_frame(0x02, "a") + ping("1") + client_frame(0x00, "b") + ping("2") +
                 client_frame(0x8A, "") + client_frame(0x80, "") + text("next"),
             {"pong 1", "pong 2", "binary ab", "text next"});
    comes_to(client_frame(0x01, "") + client_frame(0x00, "") + client_frame(0x80, ""), {"text "});
}

TEST_CASE("RFC 6455: fragments out of their order, and fragmented control frames, end the connection") {
    comes_to(client_frame(0x09, "ping") + client_frame(0x80, "on"), violation);
    comes_to(client_frame(0x0A, "pong") + client_frame(0x80, "on"), violation);
    comes_to(client_frame(0x08, "") + client_frame(0x80, ""), violation);
    comes_to(client_frame(0x80, "continues nothing") + text("x"), violation);
    comes_to(client_frame(0x00, "continues nothing") + client_frame(0x80, "x"), violation);
    comes_to(client_frame(0x01, "a") + text("another begins"), violation);
    comes_to(client_frame(0x01, "a") + client_frame(0x02, "another begins"), violation);
    comes_to(client_frame(0x01, "a") + client_frame(0x80, "b") + client_frame(0x80, "again"),
             {"text ab", "close 1002"});
}

TEST_CASE("RFC 6455: valid UTF-8 comes back, however it is cut") {
    for (const auto& valid :
         {"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!"s,
          "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"s, "\x00"s, "\xc2\x80"s, "\xe0\xa0\x80"s,
          "\xf0\x90\x80\x80"s, "\x7f"s, "\xdf\xbf"s, "\xef\xbf\xbf"s, "\xf4\x8f\xbf\xbf"s, "\xed\x9f\xbf"s,
          "\xee\x80\x80"s, "\xef\xbf\xbd"s, "\xef\xbf\xbe"s, "\xf0\x9f\xbf\xbe"s}) {
        comes_to(text(valid), {"text " + valid});
        comes_to(fragmented(1, valid, 1), {"text " + valid});
    }
}

TEST_CASE("RFC 6455: what is not UTF-8 ends the connection") {
    for (const auto& invalid : {"\x80"s,
                                "\xbf"s,
                                "\x80\xbf"s,
                                "\xc0 "s,
                                "\xe0 "s,
                                "\xf0 "s,
                                "\xf8 "s,
                                "\xfc "s,
                                "\xc0"s,
                                "\xe0\x80"s,
                                "\xf0\x80\x80"s,
                                "\xf8\x80\x80\x80"s,
                                "\xfc\x80\x80\x80\x80"s,
                                "\xdf"s,
                                "\xef\xbf"s,
                                "\xf7\xbf\xbf"s,
                                "\xfe"s,
                                "\xff"s,
                                "\xfe\xfe\xff\xff"s,
                                "\xc0\xaf"s,
                                "\xe0\x80\xaf"s,
                                "\xf0\x80\x80\xaf"s,
                                "\xf8\x80\x80\x80\xaf"s,
                                "\xfc\x80\x80\x80\x80\xaf"s,
                                "\xc1\xbf"s,
                                "\xe0\x9f\xbf"s,
                                "\xf0\x8f\xbf\xbf"s,
                                "\xc0\x80"s,
                                "\xe0\x80\x80"s,
                                "\xf0\x80\x80\x80"s,
                                "\xed\xa0\x80"s,
                                "\xed\xad\xbf"s,
                                "\xed\xbf\xbf"s,
                                "\xed\xa0\x80\xed\xb0\x80"s,
                                "\xf4\x90\x80\x80"s,
                                "\xf7\xbf\xbf\xbf"s,
                                "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64"s}) {
        comes_to(text("good ") + text(invalid) + text("later"), {"text good ", "close 1007"});
        comes_to(fragmented(1, invalid + "tail", 1), no_utf8);
        comes_to(client_frame(0x82, invalid), {"binary " + invalid});
        comes_to(close(1000, invalid), no_utf8);
    }
}

TEST_CASE("RFC 6455: what cannot become UTF-8 any more is not read to its end") {
    const std::string begun = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    comes_to(client_frame(0x01, begun + "\xf4\x90"), no_utf8);
    comes_to(client_frame(0x01, begun) + client_frame(0x00, "\xf4\x90\x80\x80"), no_utf8);
    const std::string frame = text(begun + "\xf4\x90\x80\x80" + letters(100));
    comes_to(frame.substr(0, 6 + begun.size() + 2), no_utf8);
}

TEST_CASE("RFC 6455: a close frame is answered by its code, and nothing behind it") {
    comes_to(text("Hello") + goodbye, {"text Hello", "close 1000"});
    comes_to(goodbye + goodbye, {"close 1000"});
    comes_to(goodbye + ping("late"), {"close 1000"});
    comes_to(goodbye + text("late"), {"close 1000"});
    comes_to(client_frame(0x01, "begun") + goodbye + client_frame(0x80, "late"), {"close 1000"});
    comes_to(client_frame(0x88, ""), {"close 1005"});
    comes_to(client_frame(0x88, "x"), violation);
    comes_to(close(1000, "Hello World!"), {"close 1000 Hello World!"});
    comes_to(close(1000, letters(123)), {"close 1000 " + letters(123)});
    comes_to(close(1000, letters(124)), violation);
}

TEST_CASE("RFC 6455: close codes that mean something on the wire, and those that do not") {
    for (const unsigned code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
        comes_to(close(code), {"close " + std::to_string(code)});
    for (const unsigned code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        CAPTURE(code);
        comes_to(close(code), violation);
        comes_to(close(code, "reason"), violation);
    }
}

TEST_CASE("RFC 6455: megabytes, in one frame or in very many, up to the limit") {
    const std::string message = letters(2 * 1024 * 1024);
    for (const std::size_t size : {std::size_t{64}, std::size_t{1300}, message.size()}) {
        CAPTURE(size);
        ws_echo echo(message.size());
        echo.say(fragmented(1, message, size));
        const auto back = echo.take();
        REQUIRE(back.size() == 1);
        CHECK(back[0].payload == message);
        CHECK(shown(echo.say(client_frame(0x82, message + "x"))) == lines{"close 1009"});
    }
}

}  // namespace rfc6455_test
