// A service over sockets: what its requests are answered, byte for byte; run under ThreadSanitizer as well.
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/listen_socket.hpp>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <test/cluster/eventually.hpp>
#include <test/transports/raw_client.hpp>

namespace service_test {

using namespace std::string_literals;
using kedge::test::answer;
using kedge::test::raw_client;

namespace {

/// An echo service that notes how its clients end, beside another one.
struct served {
    explicit served(kedge::sockjs::options terms = {}) : echo("/echo", std::move(terms)) {
        echo.on_connection([this](const kedge::sockjs::client& who) {
            who.on_message([who](std::string_view text) {
                if (text == "go") return who.close(3000, "Go away!");
                who.send(text);
            });
            who.on_close([this](std::uint16_t code, std::string_view reason) {
                const std::lock_guard hold(lock);
                ends.push_back(std::to_string(code) + ' ' + std::string(reason));
            });
        });
        for (auto* each : {&echo, &other}) each->attach(io.engine());
        kedge::transports::listen_address here;
        here.host = "127.0.0.1";
        io.listen(here);
        running = std::thread([this] { io.run(); });
    }
    ~served() {
        if (!running.joinable()) return;
        io.close();
        running.join();
    }
    std::vector<std::string> ended() {
        const std::lock_guard hold(lock);
        return ends;
    }
    raw_client visit() { return raw_client(io.port()); }
    /// A message of a client that has a session.
    void say(const std::string& session, const std::string& json) {
        CHECK(visit().post("/echo" + session + "/xhr_send", json).status == 204);
    }

    kedge::server io{{.threads = 3}};
    kedge::sockjs::front echo, other{"/other"};
    std::mutex lock;
    std::vector<std::string> ends;
    std::thread running;
};

std::string chunk(raw_client& of) {
    const std::string size = of.take_until("\r\n");
    std::string bytes = of.take(std::stoul(size, nullptr, 16));
    CHECK(of.take(2) == "\r\n");
    return bytes;
}

/// Begins a stream: its head, and its first two chunks.
std::string open_stream(raw_client& at, const std::string& method, const std::string& target) {
    at.send(raw_client::head(method, target));
    const std::string head = at.take_until("\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 200 "));
    return chunk(at);
}

}  // namespace

TEST_CASE("mt: the prelude of a stream and each of its frames are chunks of their own") {
    struct row {
        std::string method, name, prelude_begins, open, message;
    };
    const std::vector<row> rows{
        {"POST", "xhr_streaming", "hhhh", "o\n", "a[\"x\"]\n"},
        {"GET", "eventsource", "\r\n", "data: o\r\n\r\n", "data: a[\"x\"]\r\n\r\n"},
        {"GET", "htmlfile?c=cb", "<!doctype html>", "<script>\np(\"o\");\n</script>\r\n",
         "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n"},
    };
    served all;
    for (const row& each : rows) {
        CAPTURE(each.name);
        const std::string session = "/000/" + each.name.substr(0, 5);
        raw_client at = all.visit();
        const std::string prelude = open_stream(at, each.method, "/echo" + session + '/' + each.name);
        CHECK(prelude.starts_with(each.prelude_begins));
        if (each.name == "xhr_streaming") CHECK(prelude == std::string(2048, 'h') + '\n');
        if (each.name != "xhr_streaming" && each.name != "eventsource") CHECK(prelude.size() > 1024);
        CHECK(chunk(at) == each.open);
        all.say(session, R"(["x"])");
        CHECK(chunk(at) == each.message);
    }
}

TEST_CASE("mt: a stream ends behind the frame that reaches its limit, and the next one goes on") {
    served all({.response_limit = 4096});
    const std::string message(128, 'x'), frame = "a[\"" + message + "\"]\n";
    raw_client at = all.visit();
    open_stream(at, "POST", "/echo/000/s/xhr_streaming");
    CHECK(chunk(at) == "o\n");
    for (int each = 1; each <= 31; ++each) {
        all.say("/000/s", "[\"" + message + "\"]");
        CHECK(chunk(at) == frame);
    }
    CHECK(at.take(5) == "0\r\n\r\n");
    all.say("/000/s", R"(["between"])");
    open_stream(at, "POST", "/echo/999/s/xhr_streaming");  // behind whatever server
    CHECK(chunk(at) == "a[\"between\"]\n");
    CHECK(all.ended().empty());
    at.drop();
    CHECK(kedge::test::eventually([&] { return all.ended() == std::vector{"1006 Connection lost"s}; }));
    CHECK(all.visit().post("/echo/000/s/xhr", "").body == "o\n");
}

TEST_CASE("mt: ids may be whatever a path can hold, and are known in their service alone") {
    served all;
    for (const std::string id : {"__proto__", "constructor", "%2E%2e", "%00", "a%20b", "~;,=", "x?y", "s"}) {
        CAPTURE(id);
        const std::string session = "/a/" + id.substr(0, id.find('?'));
        CHECK(all.visit().post("/echo" + session + "/xhr", "").body == "o\n");
        CHECK(all.visit().post("/other" + session + "/xhr", "").body == "o\n");
        all.say(session, R"(["mine"])");
        CHECK(all.visit().post("/echo" + session + "/xhr", "").body == "a[\"mine\"]\n");
    }
    CHECK(all.visit().post("/echo/a/b.c/xhr", "").status == 404);
    CHECK(all.visit().post("/echo/a//xhr", "").status == 404);
    CHECK(all.visit().post("/echo/a/"s + std::string(6'000, 'x') + "/xhr", "").status == 200);
}

TEST_CASE("mt: requests of a session come to it from whatever worker they reach") {
    served all;
    for (int each = 0; each < 12; ++each) {
        const std::string session = "/000/s" + std::to_string(each), text = std::to_string(each);
        REQUIRE(all.visit().post("/echo" + session + "/xhr", "").body == "o\n");
        raw_client waits = all.visit();
        waits.send(raw_client::head("POST", "/echo" + session + "/xhr"));
        all.say(session, "[\"" + text + "\"]");
        CHECK(waits.read_answer().body == "a[\"" + text + "\"]\n");
    }
    CHECK(all.echo.stats().clients == 12);
    CHECK(all.echo.stats().messages_in == 12);
    const auto figures = all.echo.figures()();
    CHECK(std::any_of(figures.begin(), figures.end(), [](const auto& each) {
        return each.name == "sockjs_clients" && each.labels == "path=\"/echo\"" && each.value == 12;
    }));
}

TEST_CASE("cookies, foreign pages and websockets are as the service was told") {
    const std::string page = "Origin: https://example.com\r\n";
    {
        served all({.jsessionid = true});
        CHECK(all.visit().post("/echo/a/b/xhr", "").header("set-cookie") == "JSESSIONID=dummy; path=/");
        CHECK(all.visit()
                  .post("/echo/a/b/xhr_send", "[]", "Cookie: x=1; JSESSIONID=me\r\n")
                  .header("set-cookie") == "JSESSIONID=me; path=/");
        CHECK(!all.visit().get("/echo/info").has("set-cookie"));
        CHECK(all.visit().get("/echo/info").body.find("\"cookie_needed\":true") != std::string::npos);
    }
    {
        served all({.websocket = false, .cors = false});
        const answer info = all.visit().get("/echo/info", page);
        CHECK(info.body.find("\"websocket\":false") != std::string::npos);
        CHECK(!info.has("access-control-allow-origin"));
        CHECK(all.visit().upgrade("/echo/a/b/websocket").status == 404);
        CHECK(all.visit().upgrade("/echo/websocket").status == 404);
    }
    served all({.origins = {"https://example.com"}});
    CHECK(all.visit().post("/echo/a/b/xhr", "", page).body == "o\n");
    CHECK(all.visit().post("/echo/a/c/xhr", "", "Origin: https://evil.example\r\n").status == 403);
    for (const std::string name : {"/iframe.html", "/a/b/htmlfile?c=x", "/a/b/jsonp?c=x"})
        CHECK(all.visit().get("/echo" + name).status == 404);
    CHECK(all.visit().upgrade("/echo/a/d/websocket", "Origin: https://evil.example\r\n").status == 403);
    CHECK(all.visit().upgrade("/echo/a/d/websocket", page).status == 101);
}

TEST_CASE("HEAD is answered as GET is, without a body; to HTTP/1.0 a stream ends with its connection") {
    served all;
    for (const std::string target : {"/echo", "/echo/info", "/echo/iframe.html"}) {
        CAPTURE(target);
        raw_client at = all.visit();
        at.send(raw_client::head("HEAD", target));
        const answer got = at.read_answer(true);
        CHECK(got.status == 200);
        CHECK(got.header("content-type") == at.get(target).header("content-type"));
    }
    raw_client old = all.visit();
    old.send("POST /echo/a/b/xhr_streaming HTTP/1.0\r\n\r\n");
    CHECK(old.take_until("\r\n\r\n").find("Transfer-Encoding") == std::string::npos);
    CHECK(old.take(2049 + 2).ends_with("h\no\n"));
    all.say("/a/b", R"(["x","go"])");
    CHECK(old.take_all() == "a[\"x\"]\nc[3000,\"Go away!\"]\n");
}

TEST_CASE("a framed websocket: its greeting, messages, what is no message, and its end") {
    served all;
    const auto open = [&] {
        raw_client at = all.visit();
        REQUIRE(at.upgrade("/echo/a/same/websocket").status == 101);
        CHECK(at.read_text() == "o");
        return at;
    };
    raw_client one = open(), same = open();  // the id means nothing here
    one.send_text("");
    one.send_text("[]");
    one.send_text(R"("alone")");
    CHECK(one.read_text() == R"(a["alone"])");
    one.send_text(R"(["go"])");
    CHECK(one.read_text() == R"(c[3000,"Go away!"])");
    const kedge::test::frame end = one.read_frame();
    CHECK(end.opcode == 8);
    CHECK(end.payload == "\x03\xe8Normal closure");
    same.send_text("[broken");
    CHECK(same.read_frame().payload ==
          "\x0b\xb8"
          "Broken framing.");
    raw_client bytes = open();
    bytes.send_binary("[]");
    CHECK(bytes.read_frame().payload.substr(0, 2) == "\x03\xeb");
}

TEST_CASE("a raw websocket: messages as they are, and the close in its own words") {
    served all;
    raw_client one = all.visit();
    REQUIRE(one.upgrade("/echo/websocket").status == 101);
    one.send_text(R"(["no frame"])");
    CHECK(one.read_text() == R"(["no frame"])");
    one.send_text("go");
    CHECK(one.read_frame().payload == "\x0b\xb8Go away!");
    raw_client old = all.visit();
    CHECK(old.request(
                 "GET /echo/websocket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 6\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                  .status /
              100 ==
          4);
}

TEST_CASE("what strangers can make a service keep is bounded") {
    served all({.max_message_bytes = 1'000, .max_sessions = 2});
    std::vector<int> statuses;
    for (int each = 0; each < 30; ++each)
        statuses.push_back(all.visit().post("/echo/a/s" + std::to_string(each) + "/xhr", "").status);
    CHECK(std::count(statuses.begin(), statuses.end(), 200) <= 6);  // two on each of three workers
    CHECK(std::count(statuses.begin(), statuses.end(), 503) >= 24);
    const auto home = std::find(statuses.begin(), statuses.end(), 200) - statuses.begin();
    const std::string session = "/echo/a/s" + std::to_string(home);
    CHECK(all.visit().post(session + "/xhr_send", "[\"" + std::string(2'000, 'x') + "\"]").status == 413);
    CHECK(all.visit().post(session + "/xhr_send", R"(["x"])").status == 204);
}

TEST_CASE("mt: a server that ends tells its clients, on streams and on websockets") {
    served all;
    raw_client stream = all.visit(), socket = all.visit();
    open_stream(stream, "POST", "/echo/a/b/xhr_streaming");
    CHECK(chunk(stream) == "o\n");
    REQUIRE(socket.upgrade("/echo/a/c/websocket").status == 101);
    CHECK(socket.read_text() == "o");
    all.io.close();
    CHECK(chunk(stream) == "c[1001,\"Server shutting down\"]\n");
    CHECK(stream.take(5) == "0\r\n\r\n");
    CHECK(socket.read_text() == R"(c[1001,"Server shutting down"])");
    socket.drop();
    all.running.join();
    CHECK(all.ended() == std::vector<std::string>(2, "1001 Server shutting down"));
}

}  // namespace service_test
