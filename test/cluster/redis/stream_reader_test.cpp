#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>
#include <kedge/cluster/redis/stream_reader.hpp>

#include <test/cluster/redis/failing_redis.hpp>
#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace stream_reader_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;
using kedge::testing::failing_redis;

namespace {

std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string entry(const std::string& id, const std::string& nsp, const std::string& data) {
    return "*2\r\n" + bulk(id) + "*6\r\n" + bulk("uid") + bulk("u") + bulk("nsp") + bulk(nsp) + bulk("data") +
           bulk(data);
}
std::string polled(std::initializer_list<std::string> entries) {
    std::string all;
    for (const auto& each : entries) all += each;
    return "%1\r\n" + bulk("s") + "*" + std::to_string(entries.size()) + "\r\n" + all;
}

struct bench {
    bench() {
        reader.use(it);
        reader.listen("/", {.on_entry =
                                [this](const stream_entry& e) {
                                    heard.push_back(e.id.text() + "=" + std::string(e.data));
                                },
                            .on_position = [this](stream_id to) { position = to.text(); }});
    }
    void connect() {
        it.on_connected();
        it.on_bytes("%0\r\n");
        net.take();
        it.on_bytes("+PONG\r\n");
        sent = net.take();
    }
    static std::string poll_from(const std::string& id) {
        return make_command({"XREAD", "COUNT", "100", "BLOCK", "5000", "STREAMS", "s", id});
    }

    kedge::testing::fake_loop loop;
    kedge::testing::scripted_wire net;
    kedge::testing::fixed_random chance;
    std::vector<std::string> heard;
    std::vector<std::string> troubles;
    std::string position;
    std::string sent;
    stream_reader reader{
        loop, "s", {}, [this](std::string_view what, std::string_view) { troubles.emplace_back(what); }};
    redis_link it{loop, net, chance, {.ping_after = 10s}, reader};
};

}  // namespace

TEST_CASE("ids of a stream are ordered, and nothing else is one") {
    CHECK(stream_id::parse("1795228035810-0")->text() == "1795228035810-0");
    CHECK(*stream_id::parse("9-10") > *stream_id::parse("9-9"));
    CHECK(*stream_id::parse("10-0") > *stream_id::parse("9-9"));
    for (const char* wrong : {"", "-", "1", "1-", "-1", "a-1", "1-1x", "1-1-1", "99999999999999999999-0"})
        CHECK_FALSE(stream_id::parse(wrong));
}

TEST_CASE("a stream is read from where it ends, and on") {
    bench b;
    b.it.start();
    b.connect();
    CHECK(b.sent == make_command({"XREVRANGE", "s", "+", "-", "COUNT", "1"}));
    b.it.on_bytes("*1\r\n" + entry("5-1", "/", "old"));
    CHECK(b.position == "5-1");
    CHECK(b.net.take() == bench::poll_from("5-1"));
    b.it.on_bytes(polled({entry("6-0", "/", "a"), entry("6-1", "/other", "b"), entry("7-0", "/", "c")}));
    CHECK(b.heard == std::vector<std::string>{"6-0=a", "7-0=c"});
    CHECK(b.position == "7-0");
    CHECK(b.net.take() == bench::poll_from("7-0"));
    b.it.on_bytes("_\r\n");  // nothing new within the time
    CHECK(b.net.take() == bench::poll_from("7-0"));
    b.it.on_bytes("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n" + entry("8-0", "/", "d"));  // RESP2
    CHECK(b.heard.back() == "8-0=d");
}

TEST_CASE(
    "an empty stream begins at its beginning; after a loss it is read on, and what was trimmed is told") {
    bench b;
    b.it.start();
    b.connect();
    b.it.on_bytes("*0\r\n");
    CHECK(b.net.take() == bench::poll_from("0-0"));
    b.it.on_bytes(polled({entry("3-0", "/", "x")}));
    b.net.take();
    b.it.on_lost("reset");
    b.loop.advance(50ms);
    b.connect();
    CHECK(b.sent == make_command({"XRANGE", "s", "-", "+", "COUNT", "1"}) + bench::poll_from("3-0"));
    b.it.on_bytes("*1\r\n" + entry("9-0", "/", "y"));
    CHECK(b.troubles.back() == "entries of the stream were dropped before they were read");
}

TEST_CASE("an answer that is none is not asked for again at once") {
    for (const char* nonsense : {"+OK\r\n", ":1\r\n", "*0\r\n", "*1\r\n*2\r\n+s\r\n*1\r\n+x\r\n"}) {
        CAPTURE(nonsense);
        bench b;
        b.it.start();
        b.connect();
        b.it.on_bytes("*0\r\n");
        CHECK(b.net.take() == bench::poll_from("0-0"));
        b.it.on_bytes(nonsense);
        CHECK(b.net.take().empty());
        CHECK(b.troubles.back() == "the stream cannot be read");
        b.loop.advance(1s);
        CHECK(b.net.take() == bench::poll_from("0-0"));
    }
}

TEST_CASE("a key that is no stream is not asked about again at once") {
    bench b;
    b.it.start();
    b.connect();
    b.it.on_bytes("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    CHECK(b.net.take().empty());
    CHECK(b.troubles.back() == "the stream cannot be read");
    b.loop.advance(1s);
    CHECK(b.net.take() == make_command({"XREVRANGE", "s", "+", "-", "COUNT", "1"}));
}

namespace {

/// A stream that grows.
struct played_stream {
    std::optional<std::string> carry_out(const std::vector<std::string>& command) {
        if (command[0] == "XREVRANGE") {
            begins_behind = last;
            return last == 0 ? "*0\r\n" : "*1\r\n" + at(last);
        }
        if (command[0] == "XRANGE") return last == 0 ? "*0\r\n" : "*1\r\n" + at(1);
        const int from = std::stoi(command.back());
        if (from >= last) return std::nullopt;
        const int until = std::min(from + 3, last);
        std::string all = "%1\r\n" + bulk("s") + "*" + std::to_string(until - from) + "\r\n";
        for (int i = from + 1; i <= until; ++i) all += at(i);
        return all;
    }
    static std::string at(int which) { return entry(std::to_string(which) + "-0", "/", "x"); }

    int last = 2;
    int begins_behind = 0;  // as it was answered last
};

}  // namespace

TEST_CASE("whichever step fails, and however, all entries are read in order and once") {
    int steps = 0;
    for (const auto how : failing_redis::all_failures) {
        for (int step = 0;; ++step, ++steps) {
            CAPTURE(step);
            CAPTURE(static_cast<int>(how));
            bench b;
            played_stream stream;
            failing_redis redis(b.loop, b.net, b.it,
                                [&](const auto& command) { return stream.carry_out(command); });
            redis.fail(step, how);
            b.it.start();
            for (; stream.last < 30; ++stream.last) redis.pass(100ms);
            redis.pass(20s);
            if (!redis.failed()) break;
            std::vector<std::string> expected;
            for (int i = stream.begins_behind + 1; i <= stream.last; ++i)
                expected.push_back(std::to_string(i) + "-0=x");
            CHECK(b.heard == expected);
            CHECK(expected.size() > 15);
        }
    }
    CHECK(steps > 60);
}

}  // namespace stream_reader_test
