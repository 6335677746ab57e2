#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <test/transports/server_under_test.hpp>

namespace engine_server_application_test {

using namespace kedge;
using namespace kedge::test;

namespace {

/// Takes something from a server's thread to the test's.
template <class T>
class handed {
  public:
    void give(T value) {
        const std::lock_guard guard(lock_);
        value_.emplace(std::move(value));
        changed_.notify_all();
    }
    T take() {
        std::unique_lock guard(lock_);
        if (!changed_.wait_for(guard, std::chrono::seconds(8), [&] { return value_.has_value(); }))
            throw std::runtime_error("nothing was handed over");
        T value = std::move(*value_);
        value_.reset();
        return value;
    }

  private:
    std::mutex lock_;
    std::condition_variable changed_;
    std::optional<T> value_;
};

}  // namespace

TEST_CASE("requests on other paths: the application's answer") {
    server_under_test on({}, [](transports::engine_server& server) {
        server.on_request([](transports::exchange asked) {
            transports::header_list headers;
            headers.add("X-One", "1");
            headers.add("Set-Cookie", "a=1");
            headers.add("Set-Cookie", "b=2");
            asked.reply(201, std::move(headers),
                        std::string(asked.request().method()) + " " + std::string(asked.request().target()) +
                            " " + std::string(asked.request().find("x-in").value_or("")) + " " +
                            std::string(asked.body()));
        });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("PUT", "/some/where?x=1", "X-In: in\r\n", "a body"));
    const answer got = client.read_answer();
    CHECK(got.status == 201);
    CHECK(got.head.starts_with("HTTP/1.1 201 Created\r\n"));
    CHECK(got.header("x-one") == "1");
    CHECK(got.count("set-cookie") == 2);
    CHECK(got.body == "PUT /some/where?x=1 in a body");
    client.send(raw_client::head("HEAD", "/x"));
    const answer head = client.read_answer(true);
    CHECK(head.header("content-length") == "9");
    CHECK(client.get("/y").body == "GET /y  ");
}

TEST_CASE("requests on other paths: without an application they are 404, empty") {
    server_under_test on;
    const answer got = on.connect().get("/");
    CHECK(got.status == 404);
    CHECK(got.body.empty());
}

TEST_CASE("requests on other paths: bodies are limited") {
    transports::server_options options;
    options.max_request_body = 10;
    server_under_test on(options, [](transports::engine_server& server) {
        server.on_request([](transports::exchange asked) { asked.reply(200, {}, asked.take_body()); });
    });
    CHECK(on.connect().post("/", "0123456789").body == "0123456789");
    CHECK(on.connect().post("/", "0123456789a").status == 413);
    raw_client chunked = on.connect();
    chunked.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n6\r\n012345\r\n6\r\n678901\r\n0\r\n\r\n");
    CHECK(chunked.read_answer().status == 413);
}

TEST_CASE("requests on other paths: an answer from another thread, later") {
    handed<transports::exchange> asked;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([&](transports::exchange each) { asked.give(std::move(each)); });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/later") + raw_client::head("GET", "/second"));
    transports::exchange first = asked.take();
    CHECK(client.quiet());
    CHECK_FALSE(first.over());
    first.reply(200, {}, "one");
    CHECK(client.read_answer().body == "one");
    first.reply(200, {}, "again");  // too late
    asked.take().reply(200, {}, "two");
    CHECK(client.read_answer().body == "two");
    CHECK(first.over());
    CHECK(client.quiet());
}

TEST_CASE("requests on other paths: one that is dropped is answered 500") {
    server_under_test on({}, [](transports::engine_server& server) {
        server.on_request([](transports::exchange asked) {
            if (asked.request().target() == "/throw") throw std::runtime_error("no");
        });
    });
    raw_client client = on.connect();
    CHECK(client.get("/drop").status == 500);
    CHECK(client.get("/throw").status == 500);
}

TEST_CASE("requests on other paths: an answer to somebody who has left is nothing") {
    handed<transports::exchange> asked;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([&](transports::exchange each) { asked.give(std::move(each)); });
    });
    witness other(on);
    {
        raw_client client = on.connect();
        client.send(raw_client::head("GET", "/gone"));
        const transports::exchange kept = asked.take();
        client.drop();
        while (!kept.over()) CHECK(other.undisturbed());
        kept.reply(200);
    }
    CHECK(other.undisturbed());
}

TEST_CASE("requests on other paths: a long body is pulled piece by piece") {
    constexpr std::size_t size = 5'000'000;
    std::size_t most_ahead = 0;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([&](transports::exchange asked) {
            asked.reply(200, {}, size, [given = std::size_t{0}, &most_ahead](std::span<char> into) mutable {
                for (std::size_t i = 0; i < into.size(); ++i)
                    into[i] = static_cast<char>('a' + (given + i) % 26);
                given += into.size();
                most_ahead = std::max(most_ahead, into.size());
                return into.size();
            });
        });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/large") +
                raw_client::head("GET", "/engine.io/?EIO=4&transport=polling"));
    const answer got = client.read_answer();
    REQUIRE(got.body.size() == size);
    bool right = true;
    for (std::size_t i = 0; i < size; ++i) right = right && got.body[i] == static_cast<char>('a' + i % 26);
    CHECK(right);
    CHECK(most_ahead <= 64 * 1024);
    CHECK(client.read_answer().status == 200);
}

TEST_CASE("requests on other paths: a long body goes on to who has closed only its own direction") {
    constexpr std::size_t size = 64'000'000;
    handed<std::weak_ptr<int>> begun;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([&](transports::exchange asked) {
            const auto alive = std::make_shared<int>();
            asked.reply(200, {}, size, [alive](std::span<char> into) { return into.size(); });
            begun.give(alive);
        });
    });
    witness other(on);
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/large"));
    client.half_close();
    SUBCASE("and the connection ends behind it") {
        CHECK(client.read_answer().body.size() == size);
        CHECK(client.ends());
    }
    SUBCASE("but not when that one has left altogether") {
        const auto source = begun.take();
        client.take_until("\r\n\r\n");
        client.drop();
        while (!source.expired()) CHECK(other.undisturbed());
    }
}

TEST_CASE("requests on other paths: a source that ends early cuts the connection") {
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([](transports::exchange asked) {
            asked.reply(200, {}, 100, [](std::span<char>) { return std::size_t{0}; });
        });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/"));
    CHECK(client.take_all().find("\r\n\r\n") == std::string::npos);
}

TEST_CASE("requests on other paths: a source is not asked for the body of an answer that has none") {
    bool pulled = false;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_request([&](transports::exchange asked) {
            const int status = asked.request().path() == "/204" ? 204 : 304;
            asked.reply(status, {}, 100, [&](std::span<char> into) {
                pulled = true;
                return into.size();
            });
        });
    });
    raw_client client = on.connect();
    for (const char* target : {"/204", "/304"}) {
        client.send(raw_client::head("GET", target) +
                    raw_client::head("GET", "/engine.io/?EIO=4&transport=polling"));
        CHECK(client.read_answer(true).status == std::stoi(target + 1));
        CHECK(client.read_answer().status == 200);
    }
    CHECK_FALSE(pulled);
}

TEST_CASE("foreign upgrades that nobody claims are ended") {
    transports::server_options options;
    options.destroy_upgrade_timeout = engine::duration(40);
    server_under_test on(options);
    witness other(on);
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/other", raw_client::upgrade_headers));
    CHECK(client.ends());
    options.destroy_upgrade = false;
    server_under_test patient(options);
    raw_client waiting = patient.connect();
    waiting.send(raw_client::head("GET", "/other", raw_client::upgrade_headers));
    CHECK(waiting.quiet(120));
    CHECK(other.undisturbed());
}

TEST_CASE("foreign upgrades can be claimed, with what came behind them") {
    handed<transports::detached_stream> claimed;
    server_under_test on({}, [&](transports::engine_server& server) {
        server.on_upgrade([&](transports::upgrade_offer offer) {
            CHECK(offer.request().target() == "/other");
            offer.claim([&](transports::detached_stream stream) { claimed.give(std::move(stream)); });
        });
    });
    raw_client client = on.connect();
    client.send(raw_client::head("GET", "/other", raw_client::upgrade_headers) + "first words");
    const transports::detached_stream stream = claimed.take();
    CHECK(stream.unread == "first words");
    const std::string hello = "my own protocol";
    CHECK(::send(stream.descriptor, hello.data(), hello.size(), 0) == static_cast<ssize_t>(hello.size()));
    CHECK(client.take(hello.size()) == hello);
}

TEST_CASE("a connected socket that somebody else accepted") {
    server_under_test on;
    const raw_client listening = on.connect();
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    const std::string request = raw_client::head("GET", v4_polling, "Connection: close\r\n");
    REQUIRE(::send(pair[1], request.data() + 10, request.size() - 10, 0) > 0);
    on.server.receive(transports::adopt(pair[0], request.substr(0, 10)));
    std::string all;
    char buffer[1000];
    for (ssize_t got; (got = ::recv(pair[1], buffer, sizeof buffer, 0)) > 0;)
        all.append(buffer, static_cast<std::size_t>(got));
    ::close(pair[1]);
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
}

}  // namespace engine_server_application_test
