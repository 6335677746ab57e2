#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/pages/routes.hpp>
#include <kedge/transports/server/server_pages.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>

namespace routes_test {

using namespace kedge;
using namespace kedge::test;
using transports::engine_server;
using transports::routes;

namespace {

routes operators(const engine_server& server) {
    return routes()
        .at("/healthz", transports::health())
        .at("/readyz", transports::readiness(server))
        .at("/metrics", transports::metrics(server));
}

/// A server with the operator's routes beside the engine and on an address of their own.
struct watched {
    explicit watched(transports::server_options options = with_eio3())
        : on(std::move(options), [this](engine_server& server) {
              server.on_request(operators(server));
              admin = server.serve(loopback(), operators(server));
          }) {}
    std::uint16_t admin = 0;
    server_under_test on;
};

answer head(raw_client client, std::string_view target) {
    client.send(raw_client::head("HEAD", target));
    answer got = client.read_answer(true);
    CHECK(client.quiet());  // no body follows
    return got;
}

}  // namespace

TEST_CASE("health, readiness and figures, beside the engine and on an address of their own") {
    const watched server;
    for (const std::uint16_t port : {server.on.port(), server.admin}) {
        raw_client client(port);
        const answer health = client.get("/healthz");
        CHECK(health.status == 200);
        CHECK(health.body == "ok\n");
        CHECK(health.header("Cache-Control") == "no-store");
        CHECK(client.get("/readyz").status == 200);
        const answer figures = client.get("/metrics");
        CHECK(figures.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
        CHECK(figures.body.find("kedge_connections{worker=\"0\"} ") != std::string::npos);
        for (const char* target : {"/healthz", "/readyz", "/metrics"}) {
            const answer bare = head(raw_client(port), target);
            CHECK(bare.status == 200);
            CHECK(std::stoul(bare.header("Content-Length")) > 0);
            const answer written = client.post(target, "x");
            CHECK(written.status == 405);
            CHECK(written.header("Allow") == "GET, HEAD");
        }
        CHECK(client.get("/healthz?verbose").status == 200);
        CHECK(client.get("/healthz/").status == 404);
        CHECK(client.get("/").status == 404);
    }
}

TEST_CASE("figures count what happens") {
    watched server;
    websocket_client socket(server.on);
    socket.send_text("4hello");
    CHECK(socket.read_text() == "4hello");
    const std::string text = raw_client(server.admin).get("/metrics").body;
    CHECK(text.find("kedge_sessions{worker=\"0\",transport=\"websocket\",protocol=\"4\"} 1\n") !=
          std::string::npos);
    CHECK(text.find("kedge_sessions_opened_total{worker=\"0\"} 1\n") != std::string::npos);
    CHECK(text.find("# TYPE kedge_sessions gauge\n") != std::string::npos);
}

TEST_CASE("readiness turns red when the server retires, and nothing else changes") {
    watched server;
    raw_client client = server.on.connect();
    CHECK(client.get("/readyz").body == "ready\n");
    server.on.server.retire();
    const answer red = client.get("/readyz");
    CHECK(red.status == 503);
    CHECK(red.body == "closing\n");
    CHECK(head(server.on.connect(), "/readyz").status == 503);
    CHECK(client.get("/healthz").status == 200);
    websocket_client socket(server.on);
    socket.send_text("4still here");
    CHECK(socket.read_text() == "4still here");
}

TEST_CASE("during its notice a closing server is red and takes clients") {
    watched server;
    websocket_client before(server.on);
    server.on.server.close({.notice = engine::duration(200)}, [&] { server.on.events.add("closed"); });
    CHECK(server.on.connect().get("/readyz").status == 503);
    CHECK(raw_client(server.admin).get("/readyz").status == 503);
    websocket_client during(server.on);
    CHECK(during.take(2) == std::string("\x88\x00", 2));
    CHECK(before.take(2) == std::string("\x88\x00", 2));
    before.drop();
    during.drop();
    CHECK(server.on.events.wait_for("closed"));
    CHECK_THROWS(server.on.connect());
}

TEST_CASE("a second close cuts the notice short") {
    watched server;
    websocket_client socket(server.on);
    server.on.server.close({.notice = engine::duration(3'600'000)}, [&] { server.on.events.add("first"); });
    CHECK(server.on.connect().get("/readyz").status == 503);
    server.on.server.close({}, [&] { server.on.events.add("second"); });
    CHECK(socket.take(2) == std::string("\x88\x00", 2));
    socket.drop();
    CHECK(server.on.events.wait_for("first"));
    CHECK(server.on.events.wait_for("second"));
}

TEST_CASE("the operator's address answers while sessions are closed at a pace") {
    watched server;
    std::vector<std::unique_ptr<websocket_client>> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<websocket_client>(server.on));
    server.on.server.close({.grace = engine::duration(50), .sessions_per_second = 10},
                           [&] { server.on.events.add("closed"); });
    CHECK(raw_client(server.admin).get("/readyz").status == 503);
    CHECK(raw_client(server.admin).get("/metrics").status == 200);
    CHECK(server.on.events.wait_for("closed"));
}

TEST_CASE("exact paths come before folders, and the longest mount first") {
    const scratch_folder scratch;
    std::filesystem::create_directories(scratch / "outer/inner");
    std::filesystem::create_directories(scratch / "deep");
    const auto write = [&](const std::string& name, const std::string& text) {
        std::FILE* const file = std::fopen((scratch / name).c_str(), "w");
        std::fputs(text.c_str(), file);
        std::fclose(file);
    };
    write("outer/index.html", "outer");
    write("outer/inner/a.txt", "hidden by the longer mount");
    write("outer/inner/b.txt", "outer's");
    write("deep/a.txt", "deep");
    server_under_test on(with_eio3(), [&](engine_server& server) {
        server.on_request(routes()
                              .folder("/", transports::static_folder(scratch / "outer"))
                              .folder("/inner/", transports::static_folder(scratch / "deep"))
                              .at("/exact", [](const transports::exchange& asked) {
                                  asked.reply(200, {}, std::string(asked.request().method()));
                              }));
    });
    raw_client client = on.connect();
    CHECK(client.get("/").body == "outer");
    CHECK(client.get("/inner/a.txt").body == "deep");
    CHECK(client.get("/inner/b.txt").body == "outer's");
    CHECK(client.post("/exact", "x").body == "POST");
    CHECK(client.get("/nothing").status == 404);
}

}  // namespace routes_test
