#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <test/faults/hand_turned.hpp>
#include <test/transports/http/front_desk.hpp>

namespace connection_test {

using namespace kedge;
using namespace kedge::test;
using transports::connection;
using transports::http_options;

namespace {

using lines = std::vector<std::string>;

void answer_at_once(front_desk& at) {
    at.front->on_admit = [](connection& from) { from.answer(200, "here"); };
}

constexpr std::string_view get_a = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view get_b = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";

http_options with(engine::duration http_options::*which, int milliseconds) {
    http_options options;
    options.*which = engine::duration(milliseconds);
    return options;
}

}  // namespace

TEST_CASE("connection: a head that arrives byte by byte is one request") {
    front_desk at;
    answer_at_once(at);
    peer client = at.connect();
    for (const char each : get_a) {
        CHECK(at.front->told.empty());
        client.send({&each, 1});
        at.on.settle();
    }
    CHECK(at.until_got(client, "here"));
    CHECK(at.front->told == lines{"admit /a"});
    CHECK(at.share->counters().requests.value() == 1);
}

TEST_CASE("connection: of two requests in one piece the second begins behind the first one's answer") {
    front_desk at;
    at.front->on_admit = [&](connection& from) { from.await(*at.front); };
    peer client = at.connect(std::string(get_a) + std::string(get_b));
    CHECK(at.until_told("admit /a"));
    at.on.settle();
    CHECK(at.front->told == lines{"admit /a"});
    at.front->current->answer(200, "first");
    CHECK(at.until_told("admit /b"));
    at.front->current->answer(200, "second");
    CHECK(at.until_got(client, "second"));
}

TEST_CASE("connection: many requests in one piece are served in several turns, in their order") {
    front_desk at;
    std::map<std::uint64_t, int> in_turn;
    at.front->on_admit = [&](connection& from) {
        CHECK(++in_turn[at.on.worker.turn()] <= 64);
        from.answer(200, at.front->told.size() == 300 ? "the last" : "here");
    };
    std::string all;
    lines expected;
    for (int i = 0; i < 300; ++i) {
        const std::string target = "/" + std::to_string(i);
        all += "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
        expected.push_back("admit " + target);
    }
    peer client = at.connect(all);
    CHECK(at.until_got(client, "the last"));
    CHECK(at.front->told == expected);
}

TEST_CASE("connection: requests in one piece whose answers take long are served one in a turn") {
    const kedge::transports::kernel table = kedge::test::with_hand_turned_clock();
    const kedge::transports::kernel_override clock(table);
    front_desk at;
    std::map<std::uint64_t, int> in_turn;
    at.front->on_admit = [&](connection& from) {
        CHECK(++in_turn[at.on.worker.turn()] == 1);
        kedge::test::hand_turned_now() += std::chrono::milliseconds(2);
        from.answer(200, at.front->told.size() == 10 ? "the last" : "here");
    };
    std::string all;
    for (int i = 0; i < 10; ++i) all += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    peer client = at.connect(all);
    CHECK(at.until_got(client, "the last"));
}

TEST_CASE("connection: a body goes to who asked for it, and is dropped when nobody did") {
    front_desk at;
    at.front->on_admit = [&](connection& from) {
        if (from.request()->target() == "/a") return from.read_body(*at.front);
        from.answer(200, "unread");
    };
    peer client = at.connect();
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
    at.on.settle();
    client.send("def");
    CHECK(at.until_told("body abcdef"));
    client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef");
    client.send(get_b);
    CHECK(at.on.until([&] { return at.front->told.size() == 4; }));
    CHECK(at.front->told == lines{"admit /a", "body abcdef", "admit /b", "admit /b"});
}

TEST_CASE("connection: more of a body that nobody wants than is borne ends it") {
    http_options options;
    options.drain_limit = 10;
    front_desk at(std::move(options));
    answer_at_once(at);
    peer client = at.connect();
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + std::string(50, 'x'));
    CHECK(at.until_ended(client));
    CHECK(client.got().find("here") != std::string::npos);
    CHECK(at.until_deserted());
}

TEST_CASE("connection: who was to answer is told once that the peer has left, at each step") {
    const std::vector<std::string> steps{
        std::string(get_a),                                             // the answer is waited for
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n",     // the body has not begun
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc",  // it has
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    };
    for (const std::string& sent : steps) {
        for (const bool hard : {false, true}) {
            front_desk at;
            at.front->on_admit = [&](connection& from) {
                if (from.request()->method() == "POST") return from.read_body(*at.front);
                from.await(*at.front);
            };
            peer client = at.connect();
            client.send(sent);
            REQUIRE(at.until_told("admit /a"));
            at.on.settle();
            if (hard) {
                client.reset_connection();
            } else {
                client.half_close();
            }
            CHECK(at.until_told("gone"));
            CHECK(at.until_deserted());
            CHECK(at.front->told == lines{"admit /a", "gone"});
        }
    }
}

TEST_CASE("connection: what is no HTTP behind a body's head tells who reads the body") {
    front_desk at;
    at.front->on_admit = [&](connection& from) { from.read_body(*at.front); };
    peer client = at.connect();
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
    CHECK(at.until_told("gone"));
    CHECK(at.until_got(client, "400 Bad Request"));
    CHECK(at.share->counters().bad_requests.value() == 1);
}

TEST_CASE("connection: each of its times runs out") {
    SUBCASE("before the first byte") {
        front_desk at(with(&http_options::first_byte_timeout, 30));
        peer client = at.connect();
        CHECK(at.until_ended(client));
        CHECK(client.got().empty());
        CHECK(at.share->counters().silent.value() == 1);
    }
    SUBCASE("in the head") {
        front_desk at(with(&http_options::headers_timeout, 30));
        peer client = at.connect();
        client.send("GET /a");
        CHECK(at.until_got(client, "408"));
    }
    SUBCASE("in the body") {
        front_desk at(with(&http_options::request_timeout, 30));
        at.front->on_admit = [&](connection& from) { from.read_body(*at.front); };
        peer client = at.connect();
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
        CHECK(at.until_got(client, "408"));
        CHECK(at.until_told("gone"));
    }
    SUBCASE("between two requests") {
        front_desk at(with(&http_options::keep_alive_timeout, 30));
        answer_at_once(at);
        peer client = at.connect();
        client.send(get_a);
        CHECK(at.until_ended(client));
        CHECK(client.got().find("here") != std::string::npos);
        CHECK(at.share->counters().silent.value() == 0);
    }
    CHECK(true);
}

TEST_CASE("connection: a request goes to another worker whole, with what its front gave it along") {
    front_desk from;
    front_desk to;
    to.common.shares = {from.share.get(), to.share.get()};
    from.common.shares = {from.share.get(), to.share.get()};
    from.front->on_admit = [](connection& at) {
        at.move_to(1, std::make_unique<transports::passage>(transports::passage{"a note", {}}));
    };
    std::string note;
    to.front->on_admit = [&](connection& at) {
        const auto brought = at.take_passage();
        note = brought ? brought->note : "none";
        at.read_body(*to.front);
    };
    peer client = from.connect();
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
    CHECK(from.until_told("admit /a"));
    CHECK(from.until_deserted());
    CHECK(from.share->counters().moved.value() == 1);
    client.send("def");
    CHECK(to.until_told("body abcdef"));
    CHECK(note == "a note");
    CHECK(to.until_got(client, "taken"));
}

TEST_CASE("connection: who takes the stream gets what came behind the request") {
    front_desk at;
    std::string behind;
    transports::stream_ptr taken;
    at.front->on_admit = [&](connection& from) {
        behind = from.unread();
        taken = from.leave();
    };
    peer client = at.connect(std::string(get_a) + "something else");
    CHECK(at.until_deserted());
    CHECK(behind == "something else");
    REQUIRE(taken != nullptr);
    CHECK(!taken->closed());
    taken->abort();
}

TEST_CASE("connection: the end of the server closes what is idle, and lets the rest finish") {
    front_desk at;
    at.front->on_admit = [&](connection& from) { from.await(*at.front); };
    peer idle = at.connect();
    peer busy = at.connect();
    busy.send(get_a);
    CHECK(at.until_told("admit /a"));
    at.share->wind_up();
    CHECK(at.until_ended(idle));
    CHECK(!at.share->deserted());
    peer late = at.connect();
    CHECK(at.until_ended(late));
    at.front->current->answer(200, "last");
    CHECK(at.until_ended(busy));
    CHECK(busy.got().find("Connection: close") != std::string::npos);
    CHECK(busy.got().ends_with("last"));
    CHECK(at.until_deserted());
}

TEST_CASE("connection: pieces of one turn leave together, and its writer hears that they have left") {
    front_desk at;
    at.front->on_admit = [&](connection& from) {
        CHECK(from.begin_stream(200, *at.front));
        for (const std::string_view each : {"one", "two", "three"}) CHECK(from.write_piece(each));
        CHECK(from.unsent() > 0);
        from.want_drain();
    };
    peer client = at.connect();
    client.send(get_a);
    CHECK(at.until_told("drain"));
    CHECK(at.front->current->unsent() == 0);
    CHECK(client.read().got().ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n"));
    at.front->current->end_stream();
    CHECK(at.until_got(client, "\r\n0\r\n\r\n"));
    client.send(get_b);
    CHECK(at.on.until([&] { return at.front->told.back() == "admit /b" || at.front->told.size() > 2; }));
}

TEST_CASE("connection: a writer is told when its client leaves, or its share goes, and not when it cut it") {
    for (const int way : {0, 1, 2, 3}) {
        CAPTURE(way);
        front_desk at;
        at.front->on_admit = [&](connection& from) { from.begin_stream(200, *at.front); };
        peer client = at.connect();
        client.send(get_a);
        CHECK(at.until_got(client, "\r\n\r\n"));
        if (way == 0) client.half_close();
        if (way == 1) client.reset_connection();
        if (way == 2) at.share->evict();
        if (way == 3) {
            at.front->current->cut();
            CHECK(at.until_ended(client));
            CHECK(at.front->told == lines{"admit /a"});
        } else {
            CHECK(at.until_told("gone"));
        }
        CHECK(at.until_deserted());
    }
}

TEST_CASE("connection: one that was ended between two turns may outlive its share") {
    front_desk at;
    at.front->on_admit = [&](connection& from) { from.await(*at.front); };
    peer client = at.connect();
    client.send(get_a);
    CHECK(at.until_told("admit /a"));
    at.front->current->cut();
    at.share.reset();
    CHECK(at.until_ended(client));
}

TEST_CASE("connection: a writer that has gone itself is told nothing") {
    front_desk at;
    at.front->on_admit = [&](connection& from) { from.begin_stream(200, *at.front); };
    peer client = at.connect();
    client.send(get_a);
    CHECK(at.until_got(client, "\r\n\r\n"));
    at.front->current->abandon();
    client.reset_connection();
    CHECK(at.until_deserted());
    CHECK(at.front->told == lines{"admit /a"});
}

TEST_CASE("connection: where no front serves, a request is answered 404") {
    front_desk at;
    peer client = at.connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(at.until_got(client, "404 Not Found"));
    CHECK(at.front->told.empty());
}

}  // namespace connection_test
