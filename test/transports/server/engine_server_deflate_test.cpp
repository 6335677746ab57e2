#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <string>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/zlib_codec.hpp>

namespace engine_server_deflate_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

constexpr std::string_view offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

transports::server_options with_deflate(std::size_t largest = 1'000'000) {
    transports::server_options options;
    options.per_message_deflate.emplace();
    options.engine.max_http_buffer_size = largest;
    return options;
}

struct deflating_client : raw_client {
    explicit deflating_client(server_under_test& on) : raw_client(on.port()) {
        if (upgrade(v4_websocket, offer).status != 101) throw std::runtime_error("no upgrade");
        sid = sid_in(read());
    }
    std::string read() {
        const frame got = read_frame();
        return got.reserved == 4 ? zlib.inflated(got.payload) : got.payload;
    }
    zlib_codec zlib;
    std::string sid;
};

/// Sends frames to a session that compresses and expects a close frame with this code and the end.
void check_ended(server_under_test& on, const std::string& frames, int code) {
    deflating_client client(on);
    client.send(frames);
    const frame got = client.read_frame();
    CHECK(got.opcode == 8);
    CHECK(got.payload == std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)});
    CHECK(client.ends());
}

}  // namespace

TEST_CASE("compressed messages, whole and in fragments with pings between, each on the context of the last") {
    server_under_test on(with_deflate());
    deflating_client client(on);
    for (int i = 0; i < 20; ++i) {
        const std::string message = "4the same words again, and number " + std::to_string(i);
        const std::string bytes = client.zlib.deflated(message);
        if (i % 2 == 0) {
            client.send_frame(0xC1, bytes);
        } else {
            client.send_frame(0x41, bytes.substr(0, 2));
            client.send_frame(0x89, "between");
            client.send_frame(0x00, bytes.substr(2, 1));
            client.send_frame(0x80, bytes.substr(3));
            CHECK(client.read_frame().payload == "between");
        }
        CHECK(client.read() == message);
    }
    client.send_text("4plain");
    CHECK(client.read() == "4plain");
    client.send_frame(0xC1, client.zlib.deflated("4the same words again"));
    CHECK(client.read() == "4the same words again");
}

TEST_CASE("a small frame that inflates to more than a message may have is refused before it is inflated") {
    server_under_test on(with_deflate(100'000));
    witness other(on);
    const std::string bomb = zlib_codec().deflated("4" + std::string(50'000'000, '\0'));
    REQUIRE(bomb.size() < 100'000);
    check_ended(on, raw_client::masked_frame(0xC1, bomb), 1009);
    CHECK(other.undisturbed());
    check_ended(
        on,
        raw_client::masked_frame(0x41, bomb.substr(0, 10)) + raw_client::masked_frame(0x80, bomb.substr(10)),
        1009);
    CHECK(other.undisturbed());
}

TEST_CASE("what may not be compressed, and what is not deflate") {
    server_under_test on(with_deflate());
    witness other(on);
    const std::string bytes = zlib_codec().deflated("4hello");
    const std::string half = raw_client::masked_frame(0x41, bytes.substr(0, 3));
    check_ended(on, half + raw_client::masked_frame(0xC0, bytes.substr(3)), 1002);
    for (const int control : {0xC8, 0xC9, 0xCA}) check_ended(on, raw_client::masked_frame(control, ""), 1002);
    check_ended(on, raw_client::masked_frame(0xA1, bytes), 1002);  // RSV2
    check_ended(on, raw_client::masked_frame(0xC1, "\xff\xff\xff\xff"), 1007);
    check_ended(on, raw_client::masked_frame(0xC1, zlib_codec().deflated("4\xff\xfe")), 1007);
    CHECK(other.undisturbed());
}

TEST_CASE("offers of compression over the wire") {
    server_under_test on(with_deflate());
    const auto answered = [&](std::string_view offers) {
        const answer got =
            on.connect().upgrade(v4_websocket, "Sec-WebSocket-Extensions: " + std::string(offers) + "\r\n");
        return std::to_string(got.status) + " " +
               (got.status == 101 ? got.header("sec-websocket-extensions") : got.body);
    };
    CHECK(answered("permessage-deflate; client_max_window_bits") == "101 permessage-deflate");
    CHECK(answered("permessage-deflate; client_max_window_bits=10") ==
          "101 permessage-deflate; client_max_window_bits=10");
    CHECK(answered("permessage-deflate; server_no_context_takeover; client_no_context_takeover") ==
          "101 permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    CHECK(answered("permessage-deflate; server_max_window_bits=8") ==
          "101 permessage-deflate; server_max_window_bits=8");
    CHECK(answered("x-other; a=1, permessage-deflate, permessage-deflate; server_max_window_bits=9") ==
          "101 permessage-deflate");
    CHECK(answered("x-other") == "101 ");
    for (const char* bad :
         {"permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; client_max_window_bits=7", "permessage-deflate; unknown",
          "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
          "permessage-deflate; server_no_context_takeover=1", "permessage-deflate;", ","})
        CHECK_MESSAGE(answered(bad) == "400 Invalid or unacceptable Sec-WebSocket-Extensions header", bad);
}

TEST_CASE("small frames that inflate to much are read few in a turn, however many come at once") {
    server_under_test on(with_deflate());
    std::mutex lock;
    std::map<std::uint64_t, std::size_t> inflated;  // by turn
    std::size_t came = 0;
    on.greet = [&](transports::session opened) {
        opened.on_message([&](const transports::received_message& message, const engine::request*) {
            const std::lock_guard guard(lock);
            inflated[transports::worker::current()->turn()] += message.data.size();
            ++came;
        });
    };
    deflating_client client(on);
    std::string frames;
    for (int i = 0; i < 50; ++i)
        frames += raw_client::masked_frame(0xC1, client.zlib.deflated("4" + std::string(990'000, '0')));
    REQUIRE(frames.size() < 64 * 1024);
    client.send(frames);
    on.greet = {};
    witness other(on);
    for (bool all = false; !all;) {
        CHECK(other.undisturbed());
        const std::lock_guard guard(lock);
        all = came == 50;
    }
    for (const auto& [turn, bytes] : inflated) CHECK(bytes <= 1'000'000);
    // Each message takes turns of its own, in which others come first.
    CHECK(inflated.rbegin()->first - inflated.begin()->first >= 49 * 3);
    client.send_frame(0xC1, client.zlib.deflated("4the last"));
    client.send_frame(0x88, "");
    CHECK(client.read_frame().opcode == 8);
    CHECK(client.ends());
}

}  // namespace engine_server_deflate_test
