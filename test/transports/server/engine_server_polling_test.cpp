#include <doctest/doctest.h>

#include <zlib.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_polling_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

constexpr std::string_view octet_stream = "Content-Type: application/octet-stream\r\n";

std::string inflated(const std::string& packed) {
    z_stream state{};
    REQUIRE(inflateInit2(&state, 15 + 32) == Z_OK);  // gzip or zlib, whichever it is
    std::string plain(1 << 20, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    state.avail_in = static_cast<uInt>(packed.size());
    state.next_out = reinterpret_cast<Bytef*>(plain.data());
    state.avail_out = static_cast<uInt>(plain.size());
    REQUIRE(inflate(&state, Z_FINISH) == Z_STREAM_END);
    plain.resize(state.total_out);
    inflateEnd(&state);
    return plain;
}

}  // namespace

TEST_CASE("the answers to polls and posts") {
    server_under_test on;
    polling_client client(on);
    CHECK(client.opening.header("content-type") == "text/plain; charset=UTF-8");
    CHECK(client.opening.header("cache-control") == "no-store");
    CHECK(client.opening.header("content-length") == std::to_string(client.opening.body.size()));
    CHECK_FALSE(client.opening.has("x-content-type-options"));
    CHECK_FALSE(client.opening.has("x-xss-protection"));

    const answer posted = client.post("4hé");
    CHECK(posted.status == 200);
    CHECK(posted.header("content-type") == "text/html");
    CHECK(posted.header("cache-control") == "no-store");
    CHECK(posted.header("content-length") == "2");
    CHECK(posted.body == "ok");

    const answer polled = client.poll();
    CHECK(polled.status == 200);
    CHECK(polled.body == "4hé");
    CHECK(polled.header("content-length") == "4");
    CHECK(polled.header("cache-control") == "no-store");
    CHECK_FALSE(polled.has("transfer-encoding"));
}

TEST_CASE("a poll waits until there is something, and takes all there is") {
    server_under_test on;
    polling_client client(on);
    client.begin_poll();
    CHECK(client.polls.quiet());
    CHECK(client
              .post("4a\x1e"
                    "4b")
              .status == 200);
    CHECK(client.end_poll().body ==
          "4a\x1e"
          "4b");
    CHECK(client.post("4c").status == 200);
    CHECK(client.post("4d").status == 200);
    CHECK(client.poll().body ==
          "4c\x1e"
          "4d");
}

TEST_CASE("who sends is told when a poll has taken it, not before") {
    server_under_test on;
    polling_client client(on);
    const auto say = [&](const std::string& text) {
        on.session(client.sid).send(text, [&on, text] { on.events.add("sent " + text); });
    };
    say("early");
    CHECK(client.post("4x").status == 200);
    CHECK_FALSE(on.events.happened("sent early"));
    CHECK(client.poll().body ==
          "4early\x1e"
          "4x");
    CHECK(on.events.wait_for("sent early"));
    client.begin_poll();
    say("late");
    CHECK(client.end_poll().body == "4late");
    CHECK(on.events.wait_for("sent late"));
}

TEST_CASE("binary in base64 without a type digit in revision 4") {
    server_under_test on;
    polling_client client(on);
    CHECK(client
              .post("bAQID\x1e"
                    "4x")
              .body == "ok");
    CHECK(client.poll().body ==
          "bAQID\x1e"
          "4x");
    CHECK(client.post("bAQ").body == "ok");  // padding or none
    CHECK(client.poll().body == "bAQ==");
}

TEST_CASE("a payload that turns bad: what stood before it counts") {
    server_under_test on;
    witness other(on);
    for (const char* bad : {"4good\x1eqbad\x1e"
                            "4late",
                            "4good\x1e",
                            "4good\x1e\x1e"
                            "4late",
                            "4good\x1e"
                            "7"}) {
        polling_client client(on);
        event_log got;
        on.session(client.sid).on_close([&](engine::close_reason reason, std::string_view) {
            got.add(std::string(engine::to_string(reason)));
        });
        client.begin_poll();
        const answer posted = client.post(bad);
        CHECK(posted.status == 200);
        CHECK(posted.body == "ok");
        CHECK(client.end_poll().body == "1");  // what was echoed before is not sent any more
        CHECK(got.wait_for("parse error"));
        CHECK(client.posts.get(client.address).body == R"({"code":1,"message":"Session ID unknown"})");
    }
    CHECK(other.undisturbed());
}

TEST_CASE("an empty body is a parse error") {
    server_under_test on;
    witness other(on);
    for (const std::string_view target : {v4_polling, v3_polling}) {
        polling_client client(on, target);
        client.begin_poll();
        CHECK(client.post("").body == "ok");
        CHECK(client.end_poll().body == (target == v4_polling ? "1" : "1:1"));
        CHECK(on.events.wait_for("close " + client.sid + " parse error"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("another method on a session") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH"}) {
        client.posts.send(raw_client::head(method, client.address));
        const answer got = client.posts.read_answer();
        CHECK(got.status == 500);
        CHECK(got.body.empty());
    }
    CHECK(client.post("4on").status == 200);
    CHECK(client.poll().body == "4on");
    CHECK(other.undisturbed());
}

TEST_CASE("a second poll while one waits") {
    server_under_test on;
    witness other(on);
    for (const std::string_view target : {v4_polling, v3_polling}) {
        polling_client client(on, target);
        client.begin_poll();
        const answer second = client.posts.get(client.address);
        CHECK(second.status == 400);
        CHECK(second.body.empty());
        const answer first = client.end_poll();
        CHECK(first.status == 200);
        CHECK(first.body == (target == v4_polling ? "1" : "1:1"));
        CHECK(on.events.wait_for("close " + client.sid + " transport error: overlap from client"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("a second post while one arrives") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    client.begin_poll();
    on.request(client.posts,
               "POST " + client.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4abc");
    raw_client third = on.connect();
    const answer second = third.post(client.address, "4x");
    CHECK(second.status == 400);
    CHECK(second.body.empty());
    CHECK(client.posts.ends());
    CHECK(client.end_poll().body == "1");
    CHECK(on.events.wait_for("close " + client.sid + " transport error: data request overlap from client"));
    CHECK(other.undisturbed());
}

TEST_CASE("a body that is declared too large is refused at once") {
    transports::server_options options;
    options.engine.max_http_buffer_size = 1000;
    server_under_test on(options);
    witness other(on);
    polling_client client(on);
    const std::string exactly = "4" + std::string(999, 'x');
    CHECK(client.post(exactly).status == 200);
    CHECK(client.poll().body == exactly);

    client.posts.send("POST " + client.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n4");
    const answer got = client.posts.read_answer();
    CHECK(got.status == 413);
    CHECK(got.body.empty());
    CHECK(got.header("connection") == "close");
    client.posts.send(std::string(1000, 'x'));
    CHECK(client.posts.ends());

    raw_client again = on.connect();
    CHECK(again.post(client.address, "4alive").status == 200);
    CHECK(client.poll().body == "4alive");
    CHECK(other.undisturbed());
}

TEST_CASE("a chunked body that grows too large is refused when it does") {
    transports::server_options options;
    options.engine.max_http_buffer_size = 8;
    server_under_test on(options);
    witness other(on);
    polling_client client(on);
    const std::string head =
        "POST " + client.address + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.posts.send(head + "4\r\n4abc\r\n4\r\ndefg\r\n0\r\n\r\n");
    CHECK(client.posts.read_answer().status == 200);
    CHECK(client.poll().body == "4abcdefg");
    client.posts.send(head + "4\r\n4abc\r\n5\r\ndefgh\r\n");
    CHECK(client.posts.read_answer().status == 413);
    raw_client again = on.connect();
    CHECK(again.post(client.address, "4alive").status == 200);
    CHECK(client.poll().body == "4alive");  // nothing of the large body was taken
    CHECK(other.undisturbed());
}

TEST_CASE("the rest of a refused body is drained only so far") {
    transports::server_options options;
    options.engine.max_http_buffer_size = 8;
    options.drain_timeout = engine::duration(50);
    server_under_test on(options);
    witness other(on);
    polling_client client(on);
    const std::string head =
        "POST " + client.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n";
    client.posts.send(head);
    CHECK(client.posts.read_answer().status == 413);
    CHECK(client.posts.ends());  // after the time is over

    raw_client fast = on.connect();
    fast.send(head);
    CHECK(fast.read_answer().status == 413);
    const std::string much(100'000, 'x');
    int sent = 0;
    while (sent < 90 && fast.send(much)) ++sent;
    CHECK(sent < 90);  // after the bytes are too many
    CHECK(other.undisturbed());
}

TEST_CASE("octet-stream in revision 4") {
    server_under_test on;
    witness bystander(on);
    polling_client client(on);
    client.begin_poll();
    const answer got = client.post("4x", octet_stream);
    CHECK(got.status == 400);
    CHECK(got.body.empty());
    CHECK(client.end_poll().body == "1");
    CHECK(on.events.wait_for("close " + client.sid + " transport error: invalid content"));

    polling_client other(on);
    CHECK(other.post("4x", "Content-Type: application/octet-stream; charset=x\r\n").status == 200);
    CHECK(other.poll().body == "4x");
    CHECK(bystander.undisturbed());
}

TEST_CASE("any other content type, or none, is text") {
    server_under_test on;
    polling_client client(on);
    for (const char* type :
         {"", "Content-Type: text/plain;charset=UTF-8\r\n",
          "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: nonsense\r\n"}) {
        CHECK(client.post("4x", type).status == 200);
        CHECK(client.poll().body == "4x");
    }
    CHECK(client.post("4a\xff z").status == 200);
    CHECK(client.poll().body == "4a\xEF\xBF\xBD z");
}

TEST_CASE("heartbeats in the wrong direction") {
    server_under_test on;
    witness other(on);
    for (const auto& [target, packet, farewell] :
         {std::tuple{v4_polling, "2", "1"}, std::tuple{v3_polling, "1:3", "1:1"}}) {
        polling_client client(on, target);
        client.begin_poll();
        CHECK(client.post(packet).body == "ok");
        CHECK(client.end_poll().body == farewell);
        CHECK(on.events.wait_for("close " + client.sid + " transport error: invalid heartbeat direction"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("a close packet") {
    server_under_test on;
    witness other(on);
    for (const auto& [target, packet, farewell] : {std::tuple{v4_polling,
                                                              "1\x1e"
                                                              "4late",
                                                              "6"},
                                                   std::tuple{v3_polling, "1:1", "1:6"}}) {
        polling_client client(on, target);
        client.begin_poll();
        CHECK(client.post(packet).body == "ok");
        CHECK(client.end_poll().body == farewell);
        CHECK(on.events.wait_for("close " + client.sid + " transport close"));
        CHECK(client.posts.get(client.address).status == 400);
    }
    CHECK(other.undisturbed());
}

TEST_CASE("who drops the connection of a poll is gone at once") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    client.begin_poll();
    client.polls.drop();
    CHECK(on.events.wait_for("close " + client.sid + " transport error: poll connection closed prematurely"));
    polling_client hard(on);
    hard.begin_poll();
    hard.polls.reset();
    CHECK(on.events.wait_for("close " + hard.sid + " transport error: poll connection closed prematurely"));
    CHECK(other.undisturbed());
}

TEST_CASE("who drops the connection of a post is gone at once") {
    server_under_test on;
    witness other(on);
    polling_client client(on);
    client.begin_poll();
    on.request(client.posts,
               "POST " + client.address + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4abc");
    client.posts.drop();
    CHECK(on.events.wait_for("close " + client.sid +
                             " transport error: data request connection closed prematurely"));
    CHECK(client.end_poll().body == "1");
    CHECK(other.undisturbed());
}

TEST_CASE("revision 3: lengths count UTF-16 units") {
    server_under_test on;
    polling_client client(on, v3_polling);
    CHECK(client.post("10:4héllo €😀").body == "ok");
    CHECK(client.poll().body == "10:4héllo €😀");
    CHECK(client.post("6:b4AQID2:4x").body == "ok");
    const answer got = client.poll();  // this client did not say b64
    CHECK(got.header("content-type") == "application/octet-stream");
    CHECK(got.body == "\x01\x04\xff\x04\x01\x02\x03"s + "\0\x02\xff"s + "4x");
    CHECK(client.post("0:002:4y").body == "ok");
    CHECK(client.poll().body == "2:4y");
}

TEST_CASE("revision 3 with b64") {
    server_under_test on;
    polling_client client(on, "/engine.io/?EIO=3&transport=polling&b64=0");
    CHECK(client.post("6:b4AQID2:4x").body == "ok");
    const answer got = client.poll();
    CHECK(got.header("content-type") == "text/plain; charset=UTF-8");
    CHECK(got.body == "6:b4AQID2:4x");
}

TEST_CASE("revision 3: bodies that cannot be read") {
    server_under_test on;
    witness other(on);
    for (const char* bad :
         {"x", "5:4a", ":4a", "a:4", "2:4ax", "2:9a", "-1:4", "1e9:4a", "99999999999999999999:4a"}) {
        polling_client client(on, v3_polling);
        client.begin_poll();
        CHECK(client.post(bad).body == "ok");
        CHECK(client.end_poll().body == "1:1");
        CHECK(on.events.wait_for("close " + client.sid + " parse error"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("revision 3: octet-stream both ways") {
    server_under_test on;
    polling_client client(on, v3_polling);
    const std::string body = "\0\x04\xff"s + "4h\xc3\xa9" + "\x01\x04\xff\x04\x01\x02\x03"s;
    CHECK(client.post(body, octet_stream).body == "ok");
    const answer got = client.poll();
    CHECK(got.header("content-type") == "application/octet-stream");
    CHECK(got.body == body);
    CHECK(client.post("", octet_stream).body == "ok");  // does nothing
    CHECK(client.post("2:4y").body == "ok");
    CHECK(client.poll().body == "2:4y");
}

TEST_CASE("revision 3: octet-stream that cannot be read") {
    server_under_test on;
    witness other(on);
    for (const std::string& bad : {"\0"s + std::string(400, '\x01') + "\xff" + "4", "\0\x02"s}) {
        polling_client client(on, v3_polling);
        client.begin_poll();
        CHECK(client.post(bad, octet_stream).body == "ok");
        CHECK(client.end_poll().body == "1:1");
        CHECK(on.events.wait_for("close " + client.sid + " parse error"));
    }
    polling_client client(on, v3_polling);
    CHECK(client.post("\0\x02\xff"s + "4\xff", octet_stream).body == "ok");
    CHECK(on.events.wait_for("close " + client.sid + " parse error"));
    CHECK(other.undisturbed());
}

TEST_CASE("clients of Socket.IO 1.x on polling") {
    server_under_test on;
    // Node's client of that time says b64 and encodes UTF-8 twice, lengths count bytes of the inner one.
    polling_client node(on, "/engine.io/?EIO=3&transport=polling&b64=1");
    const std::string twice = "4h\xC3\x83\xC2\xA9";  // "4hé"
    CHECK(node.post("4:" + twice).body == "ok");
    CHECK(node.poll().body == "4:" + twice);
    // Browsers post binary payloads even of text alone, and read answers byte by byte.
    polling_client browser(on, v3_polling);
    CHECK(browser.post("\0\x04\xff"s + "4h\xc3\xa9", octet_stream).body == "ok");
    const answer got = browser.poll();
    CHECK(got.header("content-type") == "application/octet-stream");
    CHECK(got.body == "\0\x04\xff"s + "4h\xc3\xa9");
}

TEST_CASE("answers are compressed from a threshold on, with Content-Length") {
    server_under_test on;
    const std::string large(5000, 'x');
    polling_client client(on);
    const auto poll_with = [&](const std::string& message, std::string_view accept) {
        CHECK(client.post("4" + message).status == 200);
        return client.polls.get(client.address, accept);
    };
    const answer gzip = poll_with(large, "Accept-Encoding: gzip, deflate, br\r\n");
    CHECK(gzip.header("content-encoding") == "gzip");
    CHECK(gzip.header("content-length") == std::to_string(gzip.body.size()));
    CHECK(gzip.body.substr(0, 2) == "\x1f\x8b");
    CHECK(inflated(gzip.body) == "4" + large);
    const answer deflate = poll_with(large, "Accept-Encoding: deflate, gzip\r\n");
    CHECK(deflate.header("content-encoding") == "deflate");
    CHECK(deflate.body[0] == '\x78');
    CHECK(inflated(deflate.body) == "4" + large);
    CHECK(poll_with(large, "Accept-Encoding: gzip;q=0.5, deflate;q=0.8\r\n").header("content-encoding") ==
          "deflate");
    CHECK_FALSE(poll_with(large, "").has("content-encoding"));
    CHECK_FALSE(poll_with(large, "Accept-Encoding: br\r\n").has("content-encoding"));
    CHECK_FALSE(poll_with(large, "Accept-Encoding: gzip;q=0\r\n").has("content-encoding"));
    CHECK_FALSE(poll_with(std::string(1022, 'x'), "Accept-Encoding: gzip\r\n").has("content-encoding"));
    CHECK(poll_with(std::string(1023, 'x'), "Accept-Encoding: gzip\r\n").header("content-encoding") ==
          "gzip");
}

TEST_CASE("compression can be switched off, or demanded for everything") {
    transports::server_options off;
    off.http_compression.reset();
    server_under_test without(off);
    polling_client plain(without);
    CHECK(plain.post("4" + std::string(5000, 'x')).status == 200);
    CHECK_FALSE(plain.polls.get(plain.address, "Accept-Encoding: gzip\r\n").has("content-encoding"));

    transports::server_options all;
    all.http_compression->threshold = 0;
    server_under_test with(all);
    polling_client packed(with);
    CHECK(packed.post("4x").status == 200);
    const answer got = packed.polls.get(packed.address, "Accept-Encoding: gzip\r\n");
    CHECK(got.header("content-encoding") == "gzip");
    CHECK(inflated(got.body) == "4x");
}

TEST_CASE("Internet Explorer's filter is told to keep quiet") {
    server_under_test on;
    for (const char* agent :
         {"Mozilla/4.0 (compatible;MSIE 8.0)", "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0)"}) {
        polling_client client(on, v4_polling, std::string("User-Agent: ") + agent + "\r\n");
        CHECK(client.opening.header("x-xss-protection") == "0");
        CHECK(client.post("4x", std::string("User-Agent: ") + agent + "\r\n").header("x-xss-protection") ==
              "0");
    }
    polling_client modern(on, v4_polling, "User-Agent: Mozilla/5.0 (X11) Firefox/99\r\n");
    CHECK_FALSE(modern.opening.has("x-xss-protection"));
}

TEST_CASE("a million empty packets take linear time") {
    server_under_test on;
    witness other(on);
    polling_client client(on, v3_polling);
    std::string body;
    for (int i = 0; i < 499'999; ++i) body += "0:";
    CHECK(client.post(body).body == "ok");
    CHECK(client.post("2:4x").body == "ok");
    CHECK(client.poll().body == "2:4x");
    CHECK(other.undisturbed());
}

TEST_CASE("a waiting poll of revision 3 can be ended by a noop") {
    transports::server_options options = with_eio3();
    options.engine.poll_noop_interval = engine::duration(30);
    server_under_test on(options);
    polling_client old(on, v3_polling);
    CHECK(old.poll().body == "1:6");
    CHECK(old.poll().body == "1:6");
    polling_client current(on);
    current.begin_poll();
    CHECK(current.polls.quiet(90));  // the ping ends it
}

}  // namespace engine_server_polling_test
