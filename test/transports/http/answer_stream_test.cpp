#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <test/transports/server_under_test.hpp>

namespace answer_stream_test {

using namespace kedge;
using namespace kedge::test;
using transports::answer_stream;
using transports::engine_server;
using transports::exchange;

namespace {

/// A server whose application answers in pieces. Notes "begun", "gone", "drained".
struct streaming {
    explicit streaming(transports::server_options options = with_eio3(), int status = 200)
        : on(std::move(options), [this, status](engine_server& server) {
              server.on_request([this, status](const exchange& asked) {
                  if (asked.request().path() == "/plain") return asked.reply(200, {}, "plain");
                  keep(asked.stream(status));
              });
          }) {}

    void keep(answer_stream begun) {
        begun.on_gone([this] { on.events.add("gone"); });
        begun.on_drain([this] { ++drains; });
        const std::lock_guard guard(lock);
        kept = std::move(begun);
        on.events.add("begun");
    }
    /// The handle, as soon as a request has come.
    answer_stream answer() {
        REQUIRE(on.events.wait_for("begun"));
        const std::lock_guard guard(lock);
        return *kept;
    }
    void drop() {
        const std::lock_guard guard(lock);
        kept.reset();
    }

    std::mutex lock;
    std::optional<answer_stream> kept;
    std::atomic<int> drains{0};
    server_under_test on;
};

bool until(const std::function<bool()>& condition) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(8);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > patience) return false;
        std::this_thread::yield();
    }
    return true;
}

std::string next_chunk(raw_client& from) {
    const std::size_t size = std::stoul(from.take_until("\r\n"), nullptr, 16);
    std::string piece = from.take(size);
    from.take_until("\r\n");
    return piece;
}

}  // namespace

TEST_CASE("each piece of a streamed answer is a chunk, and the connection goes on behind the last") {
    streaming at;
    raw_client client = at.on.connect();
    client.send(raw_client::head("GET", "/events"));
    const answer_stream out = at.answer();
    const std::string head = client.take_until("\r\n\r\n");
    CHECK(head.find("\r\nTransfer-Encoding: chunked") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(out.write("one"));
    CHECK(next_chunk(client) == "one");
    CHECK(out.write(std::string(300, 'x')));
    CHECK(next_chunk(client) == std::string(300, 'x'));
    CHECK(out.write(""));  // an empty piece would be the last chunk
    out.end();
    CHECK(out.over());
    CHECK(!out.write("late"));
    CHECK(next_chunk(client).empty());
    CHECK(client.get("/plain").body == "plain");
    CHECK(!at.on.events.happened("gone"));
}

TEST_CASE("to a client of HTTP/1.0 a streamed answer goes until the connection closes") {
    streaming at;
    raw_client client = at.on.connect();
    client.send("GET /events HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
    const answer_stream out = at.answer();
    out.write("one");
    out.write("two");
    out.end();
    const std::string all = client.take_all();
    CHECK(all.find("Transfer-Encoding") == std::string::npos);
    CHECK(all.find("\r\nConnection: close") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\nonetwo"));
}

TEST_CASE("a HEAD and a status without a body end a streamed answer at once") {
    streaming heads;
    raw_client client = heads.on.connect();
    client.send(raw_client::head("HEAD", "/events"));
    const answer_stream out = heads.answer();
    CHECK(client.read_answer(true).header("transfer-encoding") == "chunked");
    CHECK(heads.on.events.wait_for("gone"));
    CHECK(out.over());
    CHECK(!out.write("never"));
    CHECK(client.get("/plain").body == "plain");

    streaming empty(with_eio3(), 204);
    raw_client other = empty.on.connect();
    const answer got = other.get("/events");
    CHECK(got.status == 204);
    CHECK(!got.has("transfer-encoding"));
    CHECK(empty.on.events.wait_for("gone"));
    CHECK(other.get("/plain").body == "plain");
}

TEST_CASE("that the client of a streamed answer has left is told at once, though nothing is written") {
    for (const bool hard : {false, true}) {
        streaming at;
        raw_client client = at.on.connect();
        client.send(raw_client::head("GET", "/events"));
        const answer_stream out = at.answer();
        client.take_until("\r\n\r\n");
        if (hard) {
            client.reset();
        } else {
            client.drop();
        }
        CHECK(at.on.events.wait_for("gone"));
        CHECK(out.over());
        CHECK(!out.write("late"));
    }
}

TEST_CASE("a request behind a streamed answer waits for its end, and does not hide that the client leaves") {
    streaming at;
    raw_client client = at.on.connect();
    client.send(raw_client::head("GET", "/events") + raw_client::head("GET", "/plain"));
    const answer_stream out = at.answer();
    client.take_until("\r\n\r\n");
    out.write("one");
    CHECK(next_chunk(client) == "one");
    out.end();
    CHECK(next_chunk(client).empty());
    CHECK(client.read_answer().body == "plain");

    streaming other;
    raw_client leaver = other.on.connect();
    leaver.send(raw_client::head("GET", "/events") + raw_client::head("GET", "/plain"));
    const answer_stream unheard = other.answer();
    leaver.take_until("\r\n\r\n");
    leaver.drop();
    CHECK(other.on.events.wait_for("gone"));
}

TEST_CASE("a streamed answer that is cut, or whose handle is dropped, is seen to be broken") {
    for (const bool dropped : {false, true}) {
        streaming at;
        raw_client client = at.on.connect();
        client.send(raw_client::head("GET", "/events"));
        {
            const answer_stream out = at.answer();
            out.write("one");
            client.take_until("\r\n\r\n");
            CHECK(next_chunk(client) == "one");
            if (!dropped) out.cut();
        }
        if (dropped) at.drop();
        CHECK(client.take_all().empty());  // no last chunk
        CHECK(!at.on.events.happened("gone"));
    }
}

TEST_CASE("what a client does not take is counted, told when it is gone, and bounded") {
    transports::server_options options = with_eio3();
    options.engine.max_buffered_bytes = 32 * 1024 * 1024;
    streaming at(std::move(options));
    raw_client client = at.on.connect();
    client.send(raw_client::head("GET", "/events"));
    const answer_stream out = at.answer();
    client.take_until("\r\n\r\n");
    const std::string piece(1024 * 1024, 'x');
    std::size_t count = 0;
    for (; count < 16; ++count) REQUIRE(out.write(piece));
    REQUIRE(until([&] { return out.unsent() > 1024 * 1024; }));  // the kernel has refused some
    const int before = at.drains;
    for (std::size_t i = 0; i < count; ++i) CHECK(next_chunk(client) == piece);
    CHECK(until([&] { return at.drains > before && out.unsent() == 0; }));

    bool taken = true;
    for (int i = 0; i < 64 && taken; ++i) taken = out.write(piece);
    CHECK(!taken);
    CHECK(out.over());
    CHECK(at.on.events.wait_for("gone"));
}

TEST_CASE("a client that takes nothing of a streamed answer is not waited for for ever") {
    transports::server_options options = with_eio3();
    options.request_timeout = engine::duration(300);
    streaming at(std::move(options));
    raw_client client = at.on.connect();
    client.send(raw_client::head("GET", "/events"));
    const answer_stream out = at.answer();
    for (int i = 0; i < 12; ++i) REQUIRE(out.write(std::string(1024 * 1024, 'x')));
    CHECK(at.on.events.wait_for("gone"));
}

TEST_CASE("a streamed answer to a request whose body nobody reads drops the body") {
    streaming at;
    raw_client client = at.on.connect();
    client.send(raw_client::head("POST", "/events", {}, "a body"));
    const answer_stream out = at.answer();
    client.take_until("\r\n\r\n");
    out.write("one");
    CHECK(next_chunk(client) == "one");
    out.end();
    CHECK(next_chunk(client).empty());
    CHECK(client.get("/plain").body == "plain");
}

TEST_CASE("a stream that is begun for a client that has gone is over") {
    std::optional<exchange> held;
    std::mutex lock;
    server_under_test on(with_eio3(), [&](engine_server& server) {
        server.on_request([&](const exchange& asked) {
            const std::lock_guard guard(lock);
            held = asked;
            on.events.add("asked");
        });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/events"));
    REQUIRE(on.events.wait_for("asked"));
    client.drop();
    const std::lock_guard guard(lock);
    REQUIRE(until([&] { return held->over(); }));
    const answer_stream late = held->stream(200);
    late.on_gone([&] { on.events.add("gone"); });
    CHECK(on.events.wait_for("gone"));
    CHECK(!late.write("x"));
    held.reset();
}

TEST_CASE("what a middleware streams to an upgrade request ends the connection") {
    server_under_test on(with_eio3(), [&](engine_server& server) {
        server.use([&](const exchange& asked, const transports::next_step&) {
            const answer_stream out = asked.stream(200);
            out.write("x");
            out.end();
        });
    });
    raw_client client = on.connect();
    client.send(
        raw_client::head("GET", "/engine.io/?EIO=4&transport=websocket", raw_client::upgrade_headers));
    CHECK(client.take_all().empty());
    raw_client plain = on.connect();
    CHECK(plain.get("/engine.io/?EIO=4&transport=polling").body == "x");
}

TEST_CASE("mt: pieces written one after the other from several threads arrive in that order") {
    transports::server_options options = with_eio3();
    options.threads = 2;
    streaming at(std::move(options));
    raw_client client = at.on.connect();
    client.send(raw_client::head("GET", "/events"));
    const answer_stream out = at.answer();
    constexpr int rounds = 200;
    std::string expected;
    for (int i = 0; i < rounds; ++i) {
        expected += "a" + std::to_string(i) + "b" + std::to_string(i) + "c" + std::to_string(i);
        REQUIRE(out.write("a" + std::to_string(i)));
        std::thread([&] { out.write("b" + std::to_string(i)); }).join();
        std::atomic<bool> written{false};
        at.on.server.loops()[static_cast<std::size_t>(i % 2)]->post([&] {
            out.write("c" + std::to_string(i));
            written = true;
        });
        REQUIRE(until([&] { return written.load(); }));
    }
    out.end();
    CHECK(client.read_answer().body == expected);
}

}  // namespace answer_stream_test
