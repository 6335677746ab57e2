#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <hiredis/hiredis.h>

#include <kedge/cluster/redis/resp_reader.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace resp_test {

using namespace kedge::cluster;

namespace {

/// A reply as text, so that it can be compared.
std::string show(resp_value reply) {
    switch (reply.kind()) {
        case resp_kind::null:
            return "null";
        case resp_kind::text:
            return '"' + std::string(reply.text()) + '"';
        case resp_kind::error:
            return "error(" + std::string(reply.text()) + ")";
        case resp_kind::integer:
            return std::to_string(reply.integer());
        case resp_kind::boolean:
            return reply.integer() ? "true" : "false";
        case resp_kind::number:
            return "~" + std::to_string(reply.number());
        default:
            break;
    }
    std::string all;
    for (const auto each : reply) all += (all.empty() ? "" : " ") + show(each);
    const char* const open = reply.kind() == resp_kind::map    ? "{"
                             : reply.kind() == resp_kind::push ? ">["
                                                               : "[";
    return open + all + (reply.kind() == resp_kind::map ? "}" : "]");
}

std::string show(const redisReply* reply) {
    switch (reply->type) {
        case REDIS_REPLY_NIL:
            return "null";
        case REDIS_REPLY_INTEGER:
            return std::to_string(reply->integer);
        case REDIS_REPLY_ERROR:
            return "error(" + std::string(reply->str, reply->len) + ")";
        case REDIS_REPLY_ARRAY:
            break;
        default:
            return '"' + std::string(reply->str, reply->len) + '"';
    }
    std::string all;
    for (std::size_t i = 0; i < reply->elements; ++i)
        all += (all.empty() ? "" : " ") + show(reply->element[i]);
    return "[" + all + "]";
}

/// All replies in `bytes`, fed in pieces that end at `cuts`; "!" at the end when they are no RESP.
std::vector<std::string> read_all(const std::string& bytes, const std::vector<std::size_t>& cuts,
                                  resp_limits limits = {}) {
    resp_reader reader(limits);
    std::vector<std::string> replies;
    std::size_t from = 0;
    const auto feed = [&](std::size_t to) {
        const std::string piece = bytes.substr(from, to - from);
        from = to;
        return reader.feed(piece, [&](resp_value reply) { return replies.push_back(show(reply)), true; });
    };
    for (const auto each : cuts)
        if (!feed(each)) return replies.emplace_back("!"), replies;
    if (!feed(bytes.size())) replies.emplace_back("!");
    return replies;
}

std::vector<std::string> read_with_hiredis(const std::string& bytes) {
    redisReader* const reader = redisReaderCreate();
    std::vector<std::string> replies;
    redisReaderFeed(reader, bytes.data(), bytes.size());
    void* reply = nullptr;
    while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply) {
        replies.push_back(show(static_cast<redisReply*>(reply)));
        freeReplyObject(reply);
    }
    redisReaderFree(reader);
    return replies;
}

const std::string resp2 =
    "+OK\r\n-ERR unknown command\r\n:1000\r\n:-5\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    "*3\r\n$8\r\npmessage\r\n*2\r\n:1\r\n*0\r\n+x\r\n*1\r\n*1\r\n*2\r\n$-1\r\n-E\r\n:0\r\n";

}  // namespace

TEST_CASE("replies are read wherever they are cut, as hiredis reads them") {
    const auto expected = read_with_hiredis(resp2);
    REQUIRE(expected.size() == 12);
    CHECK(read_all(resp2, {}) == expected);
    for (std::size_t cut = 0; cut <= resp2.size(); ++cut) {
        CAPTURE(cut);
        CHECK(read_all(resp2, {cut}) == expected);
    }
    std::vector<std::size_t> every;
    for (std::size_t i = 1; i < resp2.size(); ++i) every.push_back(i);
    CHECK(read_all(resp2, every) == expected);
}

TEST_CASE("replies made at random are read as hiredis reads them") {
    std::mt19937 random(7);
    const auto pick = [&](std::size_t below) { return random() % below; };
    for (int round = 0; round < 300; ++round) {
        std::string bytes;
        int open = 1 + static_cast<int>(pick(5));
        while (open > 0 && bytes.size() < 2000) {
            --open;
            const auto what = pick(6);
            if (what == 0) bytes += ":" + std::to_string(static_cast<int>(random())) + "\r\n";
            if (what == 1) bytes += "$-1\r\n";
            if (what == 2) bytes += "+simple\r\n";
            if (what == 3)
                bytes += "$" + std::to_string(3 + round) + "\r\n" +
                         std::string(static_cast<std::size_t>(3 + round), '\n') + "\r\n";
            if (what > 3 && bytes.size() < 1000) {
                const auto items = pick(4);
                // hiredis 0.14 goes 9 levels deep
                if (open < 4) bytes += "*" + std::to_string(items) + "\r\n", open += static_cast<int>(items);
            }
        }
        CAPTURE(bytes);
        const std::size_t cut = bytes.empty() ? 0 : pick(bytes.size());
        CHECK(read_all(bytes, {cut}) == read_with_hiredis(bytes));
    }
}

TEST_CASE("the types of RESP3") {
    const std::string bytes =
        "_\r\n#t\r\n#f\r\n,1.5\r\n,-inf\r\n(12345678901234567890\r\n=7\r\ntxt:abc\r\n!5\r\nERR x\r\n"
        "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n~2\r\n:1\r\n:2\r\n>3\r\n+message\r\n+c\r\n+hello\r\n";
    const std::vector<std::string> expected{"null",
                                            "true",
                                            "false",
                                            "~1.500000",
                                            "~-inf",
                                            "\"12345678901234567890\"",
                                            "\"abc\"",
                                            "error(ERR x)",
                                            "{\"a\" 1 \"b\" [2]}",
                                            "[1 2]",
                                            ">[\"message\" \"c\" \"hello\"]"};
    CHECK(read_all(bytes, {}) == expected);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) CHECK(read_all(bytes, {cut}) == expected);
}

TEST_CASE("a reply knows its items, and reads as null where there are none") {
    resp_reader reader;
    int seen = 0;
    reader.feed("*4\r\n$2\r\n42\r\n*2\r\n:7\r\n:8\r\n%1\r\n+k\r\n+v\r\n$1\r\nz\r\n", [&](resp_value reply) {
        ++seen;
        CHECK(reply.size() == 4);
        CHECK(reply[0].integer() == 42);
        CHECK(reply[1][1].integer() == 8);
        CHECK(reply[2].size() == 2);
        CHECK(reply[2][1].text() == "v");
        CHECK(reply[3].text() == "z");
        CHECK(reply[3].integer() == 0);
        CHECK(reply[4].is_null());
        CHECK(reply[4][2].text().empty());
        return true;
    });
    CHECK(seen == 1);
}

TEST_CASE("what is no RESP, or too much of it, is refused and never kept") {
    for (const char* wrong :
         {"\r\n", "x\r\n", "+a\rb", ":\r\n", ":1x\r\n", "$-2\r\n", "$x\r\n", "$3\r\nabcd\r\n", "*-2\r\n",
          "*x\r\n", "#x\r\n", "_x\r\n", ",\r\n", ",1x\r\n", "%-1\r\n", "=2\r\nab\r\n", "*1048577\r\n",
          "$99999999999999999999\r\n", "|1\r\n+a\r\n+b\r\n:1\r\n"}) {
        CAPTURE(wrong);
        CHECK(read_all(wrong, {}).back() == "!");
    }
    CHECK(read_all("$11\r\n", {}, {.max_bytes = 10}).back() == "!");
    CHECK(read_all("+" + std::string(20, 'a'), {}, {.max_bytes = 10}).back() == "!");
    std::string deep;
    for (int i = 0; i < 17; ++i) deep += "*1\r\n";
    CHECK(read_all(deep, {}).back() == "!");
    CHECK(read_all("*2\r\n*3\r\n:1\r\n:1\r\n:1\r\n*3\r\n", {}, {.max_items = 6}).back() == "!");
}

TEST_CASE("who has seen enough is shown no more") {
    resp_reader reader;
    int seen = 0;
    CHECK(reader.feed(":1\r\n:2\r\n:3", [&](resp_value) { return ++seen < 2; }));
    CHECK(seen == 2);
    CHECK(reader.held() == 0);
    CHECK(reader.feed(":4", [&](resp_value) { return ++seen, true; }));
    CHECK(reader.held() == 2);
    reader.reset();
    CHECK(reader.feed("+x\r\n", [&](resp_value reply) { return ++seen, reply.text() == "x"; }));
    CHECK(seen == 3);
}

TEST_CASE("a long reply that comes in small pieces is not gone over again for each") {
    // 16 MB in pieces of 64 bytes: quadratic work would take hours.
    const std::size_t size = std::size_t{16} << 20;
    const std::string piece(64, 'a');
    resp_reader reader;
    std::size_t got = 0;
    const auto take = [&](resp_value reply) { return got = reply.text().size(), true; };
    CHECK(reader.feed("$" + std::to_string(size) + "\r\n", take));
    for (std::size_t sent = 0; sent < size; sent += piece.size()) REQUIRE(reader.feed(piece, take));
    CHECK(reader.feed("\r\n", take));
    CHECK(got == size);
    CHECK(reader.held() == 0);
}

TEST_CASE("commands are written as Redis takes them, whatever is in their words") {
    CHECK(make_command({"PING"}) == "*1\r\n$4\r\nPING\r\n");
    CHECK(make_command({"SET", "", std::string_view("a\r\n\0", 4)}) ==
          std::string("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\n\0\r\n", 29));
}

}  // namespace resp_test
