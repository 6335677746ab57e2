#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_hooks_test {

using namespace kedge;
using namespace kedge::test;

TEST_CASE("the header hooks") {
    transports::server_options options;
    options.initial_headers = [](transports::header_list& headers, const engine::request&) {
        headers.add("Set-Cookie", "a=1");
        headers.add("Set-Cookie", "b=2");
    };
    options.headers = [](transports::header_list& headers, const engine::request& asking) {
        headers.set("X-For", asking.method());
    };
    server_under_test on(options);
    polling_client client(on);
    CHECK(client.opening.count("set-cookie") == 2);
    CHECK(client.opening.header("x-for") == "GET");
    const answer posted = client.post("4x");
    CHECK(posted.header("x-for") == "POST");
    CHECK_FALSE(posted.has("set-cookie"));
    CHECK(client.poll().header("x-for") == "GET");
    CHECK_FALSE(on.connect().get(of(v4_polling, "unknown")).has("x-for"));
    const websocket_client socket(on);
    CHECK(socket.switched.count("set-cookie") == 2);
    CHECK(socket.switched.header("x-for") == "GET");
    const answer probe = on.connect().upgrade(of(v4_websocket, client.sid));
    CHECK(probe.header("x-for") == "GET");
    CHECK_FALSE(probe.has("set-cookie"));
}

TEST_CASE("a header that would break the answer is not written") {
    transports::server_options options;
    options.headers = [](transports::header_list& headers, const engine::request& asking) {
        headers.add("X-Echo", asking.query("echo").value_or(""));
    };
    server_under_test on(options);
    const answer got = on.connect().get("/engine.io/?EIO=4&transport=polling&echo=a%0d%0aX-Evil:%20b");
    CHECK(got.status == 200);
    CHECK_FALSE(got.has("x-evil"));
}

TEST_CASE("allow_request may answer later, from another thread") {
    std::mutex lock;
    std::condition_variable changed;
    std::optional<transports::admission> asked;
    transports::server_options options;
    options.allow_request = [&](engine::request_ptr, transports::admission answer) {
        const std::lock_guard guard(lock);
        asked.emplace(std::move(answer));
        changed.notify_all();
    };
    const auto decide = [&](auto verdict) {
        std::unique_lock guard(lock);
        REQUIRE(changed.wait_for(guard, std::chrono::seconds(8), [&] { return asked.has_value(); }));
        verdict(*asked);
        asked.reset();
    };
    server_under_test on(options);
    raw_client polling = on.connect();
    polling.send(raw_client::head("GET", v4_polling));
    CHECK(polling.quiet());
    decide([](transports::admission& answer) {
        answer.allow();
        answer.refuse("too late");
    });
    CHECK(polling.read_answer().status == 200);

    raw_client socket = on.connect();
    socket.send(raw_client::head("GET", v4_websocket, raw_client::upgrade_headers) +
                raw_client::masked_frame(0x81, "4early"));
    CHECK(socket.quiet());
    decide([](transports::admission& answer) { answer.allow(); });
    CHECK(socket.read_answer().status == 101);
    CHECK(socket.read_text().starts_with("0{"));
    CHECK(socket.read_text() == "4early");

    raw_client refused = on.connect();
    refused.send(raw_client::head("GET", v4_polling));
    decide([](transports::admission& answer) { answer.refuse("no"); });
    CHECK(refused.read_answer().body == R"({"code":4,"message":"no"})");

    raw_client dropped = on.connect();
    dropped.send(raw_client::head("GET", v4_polling));
    decide([](transports::admission&) {});
    CHECK(dropped.read_answer().status == 500);

    raw_client gone = on.connect();
    gone.send(raw_client::head("GET", v4_polling));
    decide([&](transports::admission& answer) {
        gone.drop();
        while (on.server.stats().total.connections > 4) std::this_thread::yield();
        answer.allow();
    });
    CHECK(on.connect().get("/").status == 404);
}

TEST_CASE("middlewares run in order, before the engine, on upgrade requests too") {
    transports::server_options options;
    options.cors.emplace();
    options.middlewares.emplace_back([](transports::exchange asked, transports::next_step next) {
        asked.add_header("X-First", "1");
        next();
        next();  // once is enough
    });
    server_under_test on(options, [](transports::engine_server& server) {
        server.use([](transports::exchange asked, transports::next_step next) {
            const auto wish = asked.request().query("wish");
            if (wish == "answer") return asked.reply(418, {}, "teapot");
            if (wish == "fail") return next.fail();
            if (wish == "drop") return;
            if (wish == "throw") throw std::runtime_error("no");
            next();
        });
    });
    witness other(on);
    const auto wish = [&](const char* what) {
        return on.connect().get(std::string(v4_polling) + "&wish=" + what, "Origin: http://a\r\n");
    };
    CHECK(wish("").status == 200);
    CHECK(wish("").header("x-first") == "1");
    CHECK(wish("").header("access-control-allow-origin") == "*");
    CHECK(wish("answer").status == 418);
    CHECK(wish("answer").body == "teapot");
    CHECK(wish("answer").header("x-first") == "1");
    CHECK(wish("fail").body == R"({"code":3,"message":"Bad request"})");
    CHECK(wish("drop").status == 500);
    CHECK(wish("throw").status == 500);
    CHECK(on.connect().get("/engine.io/?EIO=4&transport=foo&wish=answer").status == 418);
    CHECK(on.connect().get("/elsewhere?wish=answer").status == 404);

    const websocket_client socket(on);
    CHECK(socket.switched.header("x-first") == "1");
    const std::string upgrade = std::string(v4_websocket) + "&wish=";
    for (const char* what : {"answer", "drop", "throw"}) {
        raw_client ended = on.connect();
        ended.send(raw_client::head("GET", upgrade + what, raw_client::upgrade_headers));
        CHECK(ended.ends());
    }
    raw_client failed = on.connect();
    CHECK(failed.upgrade(upgrade + "fail").body == "Bad request");
    CHECK(other.undisturbed());
}

TEST_CASE("ids of the application's own making") {
    transports::server_options options;
    options.generate_id = [](const engine::request& asking) { return asking.query("name").value_or(""); };
    server_under_test on(options);
    raw_client client = on.connect();
    CHECK(client.get("/engine.io/?EIO=4&transport=polling&name=custom%2Did")
              .body.starts_with("0{\"sid\":\"custom-id\""));
    CHECK(client.post(of(v4_polling, "custom-id"), "4x").body == "ok");
    CHECK(client.get(of(v4_polling, "custom-id")).body == "4x");
    CHECK(client.get("/engine.io/?EIO=4&transport=polling&name=custom-id").status == 400);  // in use
    CHECK(client.get(v4_polling).status == 400);                                            // empty
}

TEST_CASE("clients_count and stats") {
    server_under_test on;
    CHECK(on.server.clients_count() == 0);
    polling_client polling(on);
    websocket_client socket(on);
    websocket_client old(on, v3_websocket);
    CHECK(on.server.clients_count() == 3);
    const transports::worker_stats now = on.server.stats().total;
    CHECK(now.sessions == 3);
    CHECK(now.sessions_on(engine::transport_kind::polling, engine::revision::v4) == 1);
    CHECK(now.sessions_on(engine::transport_kind::websocket, engine::revision::v4) == 1);
    CHECK(now.sessions_on(engine::transport_kind::websocket, engine::revision::v3) == 1);
    CHECK(now.sessions_opened == 3);
    CHECK(now.connections == 4);
    CHECK(now.bytes_in > 0);
    CHECK(now.bytes_out > 0);
    socket.drop();
    CHECK(on.events.wait_for("close " + socket.sid + " transport close"));
    CHECK(on.server.clients_count() == 2);
    CHECK(on.server.stats().accepted == 4);
}

}  // namespace engine_server_hooks_test
