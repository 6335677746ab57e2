#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/frames/frame_parser.hpp>

namespace frame_parser_test {

using namespace kedge::stomp;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using outcome = frame_parser::outcome;

/// All that a text holds, fed in pieces of `size` bytes: "frame" texts, "beat", and at last the problem.
std::vector<std::string> read_all(std::string_view text, std::size_t size, version by = version::v1_2,
                                  frame_limits limits = {}) {
    frame_parser parser(limits);
    parser.speak(by);
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < text.size(); at += size) {
        std::string_view piece = text.substr(at, size);
        while (!piece.empty()) {
            const outcome got = parser.feed(piece);
            if (got == outcome::broken) {
                seen.emplace_back(parser.problem());
                return seen;
            }
            if (got == outcome::heart_beat) seen.emplace_back("beat");
            if (got != outcome::frame) continue;
            std::string all = parser.read().command;
            for (const auto& [name, value] : parser.read().headers) all += "|" + name + "=" + value;
            seen.push_back(all + "|" + parser.read().body);
        }
    }
    return seen;
}

using list = std::vector<std::string>;

/// The same whatever the pieces are.
void check(std::string_view text, const list& expected, version by = version::v1_2) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size()}) {
        CAPTURE(size);
        CHECK(read_all(text, size, by) == expected);
    }
}

}  // namespace

TEST_CASE("a frame has a command, headers and a body that ends at the first NUL") {
    check("SEND\ndestination:/topic/a\n\nhello\0"sv, {"SEND|destination=/topic/a|hello"});
    check("DISCONNECT\n\n\0"sv, {"DISCONNECT|"});
}

TEST_CASE("content-length lets a body hold NUL, and must lead to one") {
    check("SEND\ncontent-length:3\n\na\0b\0"sv, {"SEND|content-length=3|a\0b"s});
    check("SEND\ncontent-length:0\n\n\0"sv, {"SEND|content-length=0|"});
    check("SEND\ncontent-length:1\n\nab\0"sv, {"no NUL behind the body"});
    for (const std::string_view length : {"-1", "abc", "", "1 ", "99999999999999999999", "0x1"}) {
        const std::string text = "SEND\ncontent-length:" + std::string(length) + "\n\na\0"s;
        check(text, {"content-length is not a number"});
    }
}

TEST_CASE("line ends between frames are heart-beats, and stray NULs are nothing") {
    check("\n\r\n\0SEND\n\n\0\n"sv, {"beat", "beat", "SEND|", "beat"});
}

TEST_CASE("lines may end with CR LF") {
    check("SEND\r\na:b\r\n\r\nx\0"sv, {"SEND|a=b|x"});
}

TEST_CASE("escapes are read by the rules of the version, in names and values") {
    check("SEND\na\\cb:\\n\\\\\\r\n\n\0"sv, {"SEND|a:b=\n\\\r|"});
    check("SEND\na:\\n\\c\\\\\n\n\0"sv, {"SEND|a=\n:\\|"}, version::v1_1);
    check("SEND\na:\\r\n\n\0"sv, {"an escape that this version does not know"}, version::v1_1);
    check("SEND\na:\\t\n\n\0"sv, {"an escape that this version does not know"});
    check("SEND\na:x\\\n\n\0"sv, {"an escape that this version does not know"});
    check("SEND\na:\\t\\\n\n\0"sv, {"SEND|a=\\t\\|"}, version::v1_0);
}

TEST_CASE("the frames that agree on a version are not escaped") {
    check("CONNECT\npasscode:a\\tb\n\n\0"sv, {"CONNECT|passcode=a\\tb|"});
    check("STOMP\npasscode:a\\n\n\n\0"sv, {"STOMP|passcode=a\\n|"});
}

TEST_CASE("only 1.0 trims what is padded") {
    check("SEND\nlogin : guest \n\n\0"sv, {"SEND|login=guest|"}, version::v1_0);
    check("SEND\nlogin: guest \n\n\0"sv, {"SEND|login= guest |"});
}

TEST_CASE("a value may hold colons, and be empty; a name may not") {
    check("SEND\na:b:c\nd:\n\n\0"sv, {"SEND|a=b:c|d=|"});
    check("SEND\n:b\n\n\0"sv, {"a header without a name"});
    check("SEND\nnothing\n\n\0"sv, {"a header without a colon"});
}

TEST_CASE("of repeated names the first counts") {
    check("SEND\na:1\nb:2\na:3\n\n\0"sv, {"SEND|a=1|b=2|"});
}

TEST_CASE("a NUL within the headers is found at once, not when a line ends") {
    check("SEND\na:1\0"sv, {"the frame ends within its headers"});
    check("SEND\0"sv, {"the frame ends within its headers"});
}

TEST_CASE("headers are UTF-8") {
    check("SEND\na:\xC3\xA9\n\n\xFF\0"sv, {"SEND|a=\xC3\xA9|\xFF"});
    check("SEND\na:\xFF\n\n\0"sv, {"a header is not UTF-8"});
}

TEST_CASE("what a peer may send is bounded") {
    const frame_limits narrow{.head = 20, .headers = 2, .body = 4};
    CHECK(read_all("SEND\na:1\nb:2\n\nbody\0"sv, 3, version::v1_2, narrow) == list{"SEND|a=1|b=2|body"});
    CHECK(read_all("SEND\na:1\nb:2\nc:3\n\n\0"sv, 3, version::v1_2, narrow) == list{"too many headers"});
    CHECK(read_all("SEND\na:1\na:2\na:3\n\n\0"sv, 3, version::v1_2, narrow) == list{"too many headers"});
    CHECK(read_all("SEND\nlong:0123456789012345", 3, version::v1_2, narrow) ==
          list{"the headers are too large"});
    CHECK(read_all("SEND\n\nbodies\0"sv, 3, version::v1_2, narrow) == list{"the body is too large"});
    CHECK(read_all("SEND\ncontent-length:5\n\n"sv, 30, version::v1_2,
                   {.head = 99, .headers = 2, .body = 4}) == list{"the body is too large"});
}

TEST_CASE("behind what is no STOMP nothing is read") {
    frame_parser parser({});
    std::string_view input = "SEND\nbroken\nSEND\n\n\0"sv;
    CHECK(parser.feed(input) == outcome::broken);
    std::string_view more = "SEND\n\n\0"sv;
    CHECK(parser.feed(more) == outcome::broken);
    CHECK(more.size() == 7);
}

}  // namespace frame_parser_test
