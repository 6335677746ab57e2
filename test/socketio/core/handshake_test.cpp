#include <kedge/socketio/core/handshake.hpp>

#include <array>

#include <doctest/doctest.h>

#include <kedge/socketio/events/disconnect_reason.hpp>

#include <test/socketio/world.hpp>

namespace handshake_test {

using namespace kedge;
using namespace kedge::testing;
using kedge::socket;

TEST_CASE("time is written as JavaScript's Date writes it") {
    CHECK(format_time(0) == "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)");
    CHECK(format_time(1795228584123) == "Sat Nov 21 2026 02:36:24 GMT+0000 (Coordinated Universal Time)");
}

TEST_CASE("a handshake tells of the first request and the CONNECT, and can be emitted") {
    world all;
    const std::array<engine::header_field, 4> headers{
        {{"host", "x"}, {"origin", "http://o"}, {"accept", "a"}, {"accept", "b"}}};
    engine::origin from;
    from.address = "10.0.0.1";
    from.secure = true;
    all.first = std::make_shared<engine::request>("GET", "/socket.io/?EIO=4&transport=websocket&user=%C3%A9",
                                                  1, headers, from, true);
    socket here;
    all.of().on_connection([&](const socket& one) { here = one; });
    auto there = all.join(R"(40{"token":"t"})");
    const auto shaken = here.handshake();
    CHECK(shaken.headers["origin"] == "http://o");
    CHECK(shaken.headers["accept"] == "a, b");
    CHECK_FALSE(shaken.headers.find("cookie"));
    CHECK(shaken.query["user"] == "\xc3\xa9");
    CHECK(shaken.query.all().size() == 3);
    CHECK(shaken.address == "10.0.0.1");
    CHECK(shaken.secure);
    CHECK(shaken.xdomain);
    CHECK(shaken.url == "/socket.io/?EIO=4&transport=websocket&user=%C3%A9");
    CHECK(shaken.auth["token"].as_string() == "t");
    CHECK(shaken.time == format_time(shaken.issued));
    const auto whole = to_value(shaken);
    CHECK(whole["query"]["EIO"].as_string() == "4");
    CHECK(whole["headers"].as_object().size() == 3);
    CHECK(whole["auth"].to_json() == R"({"token":"t"})");
    CHECK(whole.as_object().size() == 9);
    all.loop.turn([&] { here.emit("h", here.handshake()); });
    CHECK(there.got().front().starts_with(R"(42["h",{"headers":{"host":"x")"));
}

TEST_CASE("reasons are spelt as the reference spells them; some allow a return") {
    CHECK(to_string(disconnect_reason::transport_close) == "transport close");
    CHECK(to_string(disconnect_reason::forced_server_close) == "forced server close");
    CHECK(to_string(disconnect_reason::server_shutting_down) == "server shutting down");
    CHECK(recoverable(disconnect_reason::ping_timeout));
    CHECK_FALSE(recoverable(disconnect_reason::parse_error));
    CHECK_FALSE(recoverable(disconnect_reason::client_namespace_disconnect));
}

}  // namespace handshake_test
