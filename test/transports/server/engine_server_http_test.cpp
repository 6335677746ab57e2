#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_http_test {

using namespace kedge;
using namespace kedge::test;

namespace {

transports::server_options impatient() {
    transports::server_options options = with_eio3();
    options.keep_alive_timeout = engine::duration(1000);
    options.first_byte_timeout = engine::duration(60);
    options.headers_timeout = engine::duration(60);
    options.request_timeout = engine::duration(120);
    return options;
}

}  // namespace

TEST_CASE("connections are kept and say so") {
    server_under_test on;
    raw_client client = on.connect();
    for (int i = 0; i < 3; ++i) {
        const answer got = client.get(v4_polling);
        CHECK(got.header("connection") == "keep-alive");
        CHECK(got.header("keep-alive") == "timeout=5");
        CHECK(got.header("date").ends_with(" GMT"));
    }
    const answer last = client.get(v4_polling, "Connection: close\r\n");
    CHECK(last.header("connection") == "close");
    CHECK(client.ends());
}

TEST_CASE("an idle connection is closed after keep_alive_timeout") {
    transports::server_options options;
    options.keep_alive_timeout = engine::duration(50);
    server_under_test on(options);
    witness other(on);
    raw_client client = on.connect();
    CHECK(client.get(v4_polling).status == 200);
    CHECK(client.ends());
    CHECK(other.undisturbed());
}

TEST_CASE("HTTP/1.0 is answered with 1.1, closed unless keep-alive was asked for, never chunked") {
    server_under_test on;
    raw_client client = on.connect();
    client.send("GET " + std::string(v4_polling) + " HTTP/1.0\r\n\r\n");
    const answer got = client.read_answer();
    CHECK(got.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.header("connection") == "close");
    CHECK(got.has("content-length"));
    CHECK(client.ends());
    raw_client keeping = on.connect();
    for (int i = 0; i < 2; ++i) {
        keeping.send("GET " + std::string(v4_polling) + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(keeping.read_answer().header("connection") == "keep-alive");
    }
}

TEST_CASE("absolute-form targets") {
    server_under_test on;
    CHECK(on.connect().get("http://example.org/engine.io/?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("http://example.org/other").status == 404);
}

TEST_CASE("pipelined requests are answered in order, one after the other") {
    server_under_test on;
    polling_client first(on);
    polling_client second(on);
    raw_client proxy = on.connect();
    proxy.send(raw_client::head("POST", first.address, {}, "4one") + raw_client::head("GET", first.address) +
               raw_client::head("GET", second.address) +
               raw_client::head("POST", first.address, {}, "4late"));
    CHECK(proxy.read_answer().body == "ok");
    CHECK(proxy.read_answer().body == "4one");
    CHECK(proxy.quiet());  // the second session has nothing to say, and the post behind it waits
    CHECK(second.post("4two").body == "ok");
    CHECK(proxy.read_answer().body == "4two");
    CHECK(proxy.read_answer().body == "ok");
    CHECK(first.poll().body == "4late");
}

TEST_CASE("very many pipelined requests") {
    server_under_test on;
    witness other(on);
    raw_client client = on.connect();
    std::string all;
    for (int i = 0; i < 2000; ++i) all += raw_client::head("GET", "/elsewhere");
    client.send(all);
    for (int i = 0; i < 2000; ++i) REQUIRE(client.read_answer().status == 404);
    CHECK(other.undisturbed());
}

TEST_CASE("who goes away while a request behind the poll waits") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    on.request(client.polls, raw_client::head("GET", client.address) + raw_client::head("GET", "/next"));
    client.polls.drop();
    CHECK(on.events.wait_for("close " + client.sid + " transport error: poll connection closed prematurely"));
    CHECK(other.undisturbed());
}

TEST_CASE("Expect: 100-continue") {
    server_under_test on;
    polling_client client(on);
    client.posts.send("POST " + client.address +
                      " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.posts.read_answer().head == "HTTP/1.1 100 Continue");
    client.posts.send("4x");
    CHECK(client.posts.read_answer().body == "ok");
    // A body that would be refused is not asked for.
    raw_client other = on.connect();
    other.send("POST " + client.address +
               " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
    CHECK(other.read_answer().status == 413);
}

TEST_CASE("slow heads and slow bodies are answered 408, waiting polls are not") {
    server_under_test on(impatient());
    witness other(on);
    polling_client client(on);
    client.begin_poll();
    raw_client silent = on.connect();
    raw_client slow = on.connect();
    slow.send("GET / HTTP/1.1\r\nHos");
    CHECK(slow.take_all() == "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
    CHECK(silent.ends());  // without a word
    raw_client body = on.connect();
    polling_client posting(on);
    body.send("POST " + posting.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4ab");
    CHECK(body.take_all() == "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
    CHECK(on.events.wait_for("close " + posting.sid +
                             " transport error: data request connection closed prematurely"));
    CHECK(client.polls.quiet(150));
    CHECK(on.connect().post(client.address, "4x").body == "ok");
    CHECK(client.end_poll().body == "4x");
    CHECK(other.undisturbed());
}

TEST_CASE("bytes that trickle do not extend the time of a head") {
    server_under_test on(impatient());
    witness other(on);
    raw_client slow = on.connect();
    const std::string head = raw_client::head("GET", "/" + std::string(1000, 'x'));
    bool ended = false;
    for (std::size_t i = 0; i < 200 && !ended; ++i) {
        slow.send({&head[i], 1});
        ended = !slow.quiet(5);
    }
    CHECK(ended);
    CHECK(slow.take_all().starts_with("HTTP/1.1 408"));
    CHECK(other.undisturbed());
}

TEST_CASE("empty lines do not keep a connection") {
    server_under_test on(impatient());
    raw_client dripping = on.connect();
    bool ended = false;
    for (int i = 0; i < 200 && !ended; ++i) {
        dripping.send("\r\n");
        ended = !dripping.quiet(5);
    }
    CHECK(ended);
    CHECK(on.server.stats().total.silent == 1);
}

TEST_CASE("what is not HTTP is refused and the connection closed") {
    server_under_test on;
    witness other(on);
    const std::string target(v4_polling);
    for (const std::string& bad :
         {std::string("nonsense\r\n\r\n"),
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n",
          "GET " + target + " HTTP/1.1\nHost: a\n\n",
          "GET " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          "GET " + target + " HTTP/1.1\r\n\r\n"}) {
        raw_client client = on.connect();
        client.send(bad);
        CHECK(client.take_all() == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    }
    raw_client large = on.connect();
    large.send("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(17'000, 'x') + "\r\n\r\n");
    CHECK(large.take_all() == "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
    CHECK(other.undisturbed());
    CHECK(on.server.stats().total.bad_requests == 11);
}

TEST_CASE("a body that is not HTTP ends the session that it was for") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    client.posts.send("POST " + client.address +
                      " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(client.posts.take_all() == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    CHECK(on.events.wait_for("close " + client.sid +
                             " transport error: data request connection closed prematurely"));
    CHECK(other.undisturbed());
}

TEST_CASE("a small body nobody wants does not cost the connection") {
    server_under_test on;
    raw_client client = on.connect();
    CHECK(client.post(of(v4_polling, "unknown"), std::string(60'000, 'x')).status == 400);
    CHECK(client.get(v4_polling).status == 200);
    client.send(raw_client::head("GET", v4_polling, "Content-Length: 5\r\n") + "abcde");
    CHECK(client.read_answer().status == 200);
    CHECK(client.get(v4_polling).status == 200);
}

TEST_CASE("headers that came twice") {
    server_under_test on;
    polling_client client(on, v4_polling, "X-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\n");
    const engine::request& first = on.session(client.sid).request();
    CHECK(first.header("x-a") == "1, 2");
    CHECK(first.header("cookie") == "a=1; b=2");
    CHECK(on.session(client.sid).remote_address() == "127.0.0.1");
}

TEST_CASE("messages know the head of the post that brought them") {
    server_under_test on;
    on.greet = [&on](transports::session opened) {
        opened.on_message([&on](const transports::received_message& message, const engine::request* via) {
            on.events.add(std::string(message.data) + " " +
                          (via ? std::string(via->find("x-mark").value_or("none")) : "no post"));
        });
    };
    polling_client polling(on);
    CHECK(polling.post("4a", "X-Mark: here\r\n").status == 200);
    websocket_client socket(on);
    socket.send_text("4b");
    CHECK(on.events.wait_for("a here"));
    CHECK(on.events.wait_for("b no post"));
}

}  // namespace engine_server_http_test
