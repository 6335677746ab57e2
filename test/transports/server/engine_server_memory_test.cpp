#include <doctest/doctest.h>

#include <malloc.h>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/session.hpp>
#include <test/transports/server_under_test.hpp>

// Counts what the library holds of the heap, while a test asks for it. The sanitizers bring operators of
// their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

std::atomic<bool> counting{false};
std::atomic<long> held{0};

void* take(std::size_t size) {
    void* const got = std::malloc(size != 0 ? size : 1);
    if (!got) throw std::bad_alloc();
    if (counting.load(std::memory_order_relaxed)) held += static_cast<long>(::malloc_usable_size(got));
    return got;
}

void give(void* what) noexcept {
    if (what && counting.load(std::memory_order_relaxed))
        held -= static_cast<long>(::malloc_usable_size(what));
    std::free(what);
}

}  // namespace

void* operator new(std::size_t size) {
    return take(size);
}
void* operator new[](std::size_t size) {
    return take(size);
}
void operator delete(void* what) noexcept {
    give(what);
}
void operator delete[](void* what) noexcept {
    give(what);
}
void operator delete(void* what, std::size_t) noexcept {
    give(what);
}
void operator delete[](void* what, std::size_t) noexcept {
    give(what);
}

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr int clients = 64;

/// What lives on a session here takes nothing itself.
class nothing final : public engine::session_handler {
    void on_text(engine::session& from, std::span<char> text, const engine::request*) override {
        from.send(engine::content_kind::text, {text.data(), text.size()});
    }
    void on_binary(engine::session&, std::span<char>, const engine::request*) override {}
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
};

class maker final : public engine::handler {
    std::unique_ptr<engine::session_handler> on_connection(engine::session&) override {
        return std::make_unique<nothing>();
    }
};

/// Lets everything that was begun come to its end: a round trip on another connection.
void settle(raw_client& other) {
    for (int i = 0; i < 3; ++i) CHECK(other.get("/elsewhere").status == 404);
}

/// How much heap each of many sessions holds.
template <class Open>
long heap_of_each(const Open& open, raw_client& other) {
    for (int i = 0; i < 8; ++i) open();  // what is made once is made now
    settle(other);
    held = 0;
    counting = true;
    for (int i = 0; i < clients; ++i) open();
    settle(other);
    counting = false;
    return held / clients;
}

}  // namespace

TEST_CASE("release: an idle websocket session takes at most 2 KiB of heap") {
    maker above;
    server_under_test on({}, [&](transports::engine_server& server) { server.handler(above); });
    raw_client other = on.connect();
    std::vector<raw_client> sockets;
    sockets.reserve(clients + 8);
    const std::string request =
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        "Host: 127.0.0.1:" +
        std::to_string(on.port()) + "\r\n\r\n";
    const auto open = [&] {
        sockets.push_back(on.connect());
        sockets.back().send(request);
        if (sockets.back().read_answer().status != 101) throw std::runtime_error("no upgrade");
        sockets.back().read_text();
        sockets.back().send_text("4x");
        if (sockets.back().read_text() != "4x") throw std::runtime_error("no echo");
    };
    const long per_session = heap_of_each(open, other);
    MESSAGE("bytes per idle websocket session: ", per_session);
    CHECK(per_session > 200);
    CHECK(per_session <= 2048);
}

TEST_CASE("release: a polling session with a waiting poll takes at most 3 KiB of heap") {
    maker above;
    server_under_test on({}, [&](transports::engine_server& server) { server.handler(above); });
    raw_client other = on.connect();
    std::vector<raw_client> polls;
    polls.reserve(clients + 8);
    const std::string headers =
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 "
        "Safari/537.36\r\n"
        "Accept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n"
        "Connection: keep-alive\r\nReferer: http://localhost:3000/\r\n";
    const auto open = [&] {
        polls.push_back(on.connect());
        const std::string sid = sid_in(polls.back().get(v4_polling, headers).body);
        polls.back().send(raw_client::head("GET", of(v4_polling, sid), headers));
    };
    const long per_session = heap_of_each(open, other);
    CHECK(on.server.clients_count() == clients + 8);
    MESSAGE("bytes per polling session with a waiting poll: ", per_session);
    CHECK(per_session > 200);
    CHECK(per_session <= 3072);
}

TEST_CASE("release: what a POST that was too large took is given back, though its session lives") {
    maker above;
    transports::server_options options;
    options.engine.max_http_buffer_size = 100'000;
    server_under_test on(options, [&](transports::engine_server& server) { server.handler(above); });
    raw_client other = on.connect();
    const std::string large =
        "1869f\r\n4" + std::string(99'998, 'x') + "\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
    const auto open = [&] {
        raw_client one = on.connect();
        const std::string sid = sid_in(one.get(v4_polling).body);
        one.send("POST " + of(v4_polling, sid) +
                 " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + large);
        if (one.read_answer().status != 413) throw std::runtime_error("not refused");
    };
    const long per_session = heap_of_each(open, other);
    CHECK(on.server.clients_count() == clients + 8);
    MESSAGE("bytes per polling session behind such a POST: ", per_session);
    CHECK(per_session <= 4096);
}

TEST_CASE("release: of messages that come behind the server's close frame nothing is kept") {
    maker above;
    server_under_test on({}, [&](transports::engine_server& server) { server.handler(above); });
    raw_client other = on.connect();
    std::vector<raw_client> sockets;
    sockets.reserve(clients + 8);
    const auto open = [&] {
        sockets.push_back(on.connect());
        raw_client& one = sockets.back();
        if (one.upgrade(v4_websocket).status != 101) throw std::runtime_error("no upgrade");
        one.read_text();
        one.send_text("no packet");
        one.send_frame(0x01, std::string(50'000, 'x'));
        if (one.read_frame().opcode != 8) throw std::runtime_error("no close frame");
    };
    const long per_socket = heap_of_each(open, other);
    MESSAGE("bytes per websocket that closes: ", per_socket);
    CHECK(per_socket > 200);
    CHECK(per_socket <= 4096);
}

#endif
