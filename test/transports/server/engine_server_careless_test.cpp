// Applications that throw whatever they like, from whatever they are called in: every request is answered,
// every session told of its end, and nobody else harmed.
#include <doctest/doctest.h>

#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <test/transports/server_under_test.hpp>

namespace engine_server_careless_test {

using namespace kedge;
using namespace kedge::test;

namespace {

struct no_exception {};

struct misdeed {
    std::string name;
    std::function<void()> act;
};

const std::vector<misdeed>& throws() {
    static const std::vector<misdeed> all{
        {"throws an exception", [] { throw std::runtime_error("careless"); }},
        {"throws an object that is no exception", [] { throw no_exception(); }},
    };
    return all;
}

/// A server whose log function and hook of errors throw.
transports::server_options careless(const misdeed& how) {
    transports::server_options options = with_eio3();
    options.log = [how](const log_record&) { how.act(); };
    options.log_threshold = log_level::debug;
    options.on_error = [how](const std::exception_ptr&) { how.act(); };
    options.on_connection_error = [how](const transports::connection_error&) { how.act(); };
    return options;
}

std::string wishing(std::string_view target, const std::string& wish) {
    return std::string(target) + "&wish=" + wish;
}

}  // namespace

TEST_CASE("mt: a middleware that throws: 500 before it has answered, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        auto options = careless(each);
        options.middlewares.emplace_back([&](transports::exchange asked, transports::next_step next) {
            const auto wish = asked.request().query("wish");
            if (wish == "answer") asked.reply(418, {}, "teapot");
            if (wish == "next") next();
            if (wish == "fail") next.fail();
            if (wish) each.act();
            next();
        });
        server_under_test on(options);
        witness other(on);
        CHECK(on.connect().get(wishing(v4_polling, "nothing")).status == 500);
        CHECK(on.connect().get(wishing(v4_polling, "answer")).status == 418);
        CHECK(on.connect().get(wishing(v4_polling, "next")).status == 200);
        CHECK(on.connect().get(wishing(v4_polling, "fail")).status == 400);
        CHECK(on.connect().upgrade(wishing(v4_websocket, "next")).status == 101);
        CHECK(other.undisturbed());
    }
}

TEST_CASE("mt: allow_request that throws: 500 before it has answered, later it is too late") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        auto options = careless(each);
        options.allow_request = [&](const engine::request_ptr& asking, const transports::admission& answer) {
            const auto wish = asking->query("wish");
            if (wish == "allow" || !wish) answer.allow();
            if (wish == "refuse") answer.refuse("no");
            each.act();
        };
        server_under_test on(options);
        witness other(on);
        CHECK(on.connect().get(wishing(v4_polling, "nothing")).status == 500);
        raw_client allowed = on.connect();
        CHECK(allowed.get(wishing(v4_polling, "allow")).body.starts_with("0{"));
        CHECK(allowed.get("/nowhere").status == 404);  // one answer to one request
        CHECK(on.connect().get(wishing(v4_polling, "refuse")).status == 403);
        raw_client socket = on.connect();
        CHECK(socket.upgrade(wishing(v4_websocket, "allow")).status == 101);
        CHECK(socket.read_text().starts_with("0{"));
        CHECK(other.undisturbed());
    }
}

TEST_CASE("mt: generate_id that throws refuses, also behind an allow_request that answers later") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        std::mutex lock;
        std::optional<transports::admission> kept;
        auto options = careless(each);
        options.generate_id = [&](const engine::request&) -> std::string {
            each.act();
            return {};
        };
        options.allow_request = [&](const engine::request_ptr& asking, transports::admission answer) {
            if (!asking->query("wish")) return answer.allow();
            const std::lock_guard guard(lock);
            kept.emplace(std::move(answer));
        };
        server_under_test on(options);
        CHECK(on.connect().get(v4_polling).status == 400);
        raw_client late = on.connect();
        on.request(late, raw_client::head("GET", wishing(v4_polling, "later")));
        for (;;) {
            const std::lock_guard guard(lock);
            if (!kept) continue;
            kept->allow();
            break;
        }
        CHECK(late.read_answer().status == 400);
    }
}

TEST_CASE("mt: the header hooks, requests to the application and upgrade offers: what they throw") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        auto options = careless(each);
        options.headers = [&](transports::header_list&, const engine::request&) { each.act(); };
        options.initial_headers = options.headers;
        server_under_test on(options, [&](transports::engine_server& server) {
            server.on_request([&](const transports::exchange& asked) {
                if (asked.request().target() == "/answered") asked.reply(200, {}, "yes");
                each.act();
            });
            server.on_upgrade([&](const transports::upgrade_offer& offer) {
                if (offer.request().target() == "/claimed")
                    offer.claim([&](const transports::detached_stream&) { each.act(); });
                each.act();
            });
        });
        witness other(on);
        CHECK(on.connect().get("/answered").status == 200);
        CHECK(on.connect().get("/").status == 500);
        CHECK(on.connect().get(v4_polling).status == 200);
        CHECK(on.connect().upgrade(v4_websocket).status == 101);
        for (const char* const target : {"/claimed", "/not"}) {
            raw_client ended = on.connect();
            ended.send(raw_client::head("GET", target, raw_client::upgrade_headers));
            CHECK(ended.ends());
        }
        CHECK(other.undisturbed());
    }
}

TEST_CASE("mt: handlers of plain sessions that throw: the session goes on, and its end is told") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        server_under_test on(careless(each));
        on.greet = [&](const transports::session& opened) {
            if (opened.request().query("wish")) {
                opened.on_message(
                    [&each, opened](const transports::received_message&, const engine::request*) {
                        opened.send("heard", [&each] { each.act(); });
                        each.act();
                    });
                opened.on_upgrade([&each, &on] {
                    on.events.add("upgrade");
                    each.act();
                });
                opened.on_close([&each, &on](engine::close_reason, std::string_view) {
                    on.events.add("end");
                    each.act();
                });
            }
            if (opened.request().query("wish") == "greet") each.act();
        };
        witness other(on);
        raw_client ended = on.connect();
        (void)ended.get(wishing(v4_polling, "greet"));
        CHECK(on.events.wait_for("end"));
        websocket_client socket(on, wishing(v4_websocket, "talk"));
        for (int i = 0; i < 3; ++i) {
            socket.send(raw_client::masked_frame(0x81, "4x"));
            CHECK(socket.read_text() == "4heard");
        }
        socket.drop();
        CHECK(other.undisturbed());
    }
}

TEST_CASE("mt: what waits for the end of the server is told of it, whatever the first of it throws") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        transports::engine_server server(careless(each));
        transports::listen_address where;
        where.host = "127.0.0.1";
        server.listen(where);
        int told = 0;
        for (int i = 0; i < 3; ++i)
            server.when_closed([&] {
                ++told;
                each.act();
            });
        server.close();
        server.run();
        CHECK(told == 3);
    }
}

}  // namespace engine_server_careless_test
