// What large messages make a server allocate, in bytes.
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>

#include <test/faults/fault_stage.hpp>

#include <kedge/server.hpp>

namespace large_messages_test {

namespace {

using namespace kedge;
using namespace kedge::test;

constexpr std::string_view websocket = "/socket.io/?EIO=4&transport=websocket";
using spans = std::vector<std::span<const std::byte>>;

struct relaying_server {
    relaying_server() : io(context, terms()) {
        io.on_event("echo", [](const kedge::socket& one, const spans& all) { one.emit("echo", all); });
        io.on_event("all", [this](const kedge::socket&, const spans& all) { io.emit("echo", all); });
        io.on_event("sink", [](const kedge::socket& one) { one.emit("sunk"); });
    }
    static server_options terms() {
        server_options given;
        given.max_http_buffer_size = 2'000'000;
        return given;
    }

    const transports::kernel table = with_hand_turned_clock();
    const transports::kernel_override clock{table};
    boost::asio::io_context context;
    server io;
    fault_stage stage{context, io.engine()};
};

/// Says all of it, piece by piece where the socket is full, and hears all that comes back.
std::string tell(fault_stage& on, far_end& by, std::string_view bytes) {
    std::string heard;
    constexpr std::size_t piece = 64 * 1024;
    for (std::size_t at = 0; at < bytes.size(); at += piece) heard += on.ask(by, bytes.substr(at, piece));
    for (std::string more = on.hear(by); !more.empty(); more = on.hear(by)) heard += more;
    return heard;
}

far_end enter(fault_stage& on) {
    far_end made = on.connect();
    tell(on, made, upgrade(websocket));
    tell(on, made, text_frame("40"));
    return made;
}

constexpr std::size_t size = 900 * 1024;

std::string packet(std::string_view name) {
    return text_frame("453-[\"" + std::string(name) +
                      "\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1},"
                      "{\"_placeholder\":true,\"num\":2}]]");
}

}  // namespace

TEST_CASE("binaries that are sent on as they came are copied nowhere") {
    for (const std::string_view name : {"echo", "all"}) {
        CAPTURE(name);
        relaying_server at;
        far_end client = enter(at.stage);
        std::string binaries;
        for (const char each : {'x', 'y', 'z'}) binaries += binary_frame(std::string(size, each));
        const std::string_view last = std::string_view(binaries).substr(binaries.size() - 1000);
        std::string heard = tell(at.stage, client, packet(name));
        heard += tell(at.stage, client, std::string_view(binaries).substr(0, binaries.size() - 1000));
        CHECK(heard.empty());
        const failing_allocations counting(0, failing::once);
        heard += tell(at.stage, client, last);
        // The last of the three is copied once, when it is whole.
        CHECK(failing_allocations::bytes() < size + 128 * 1024);
        CHECK(heard.size() > 3 * size);
        for (const char each : {'x', 'y', 'z'})
            CHECK(heard.find(std::string(size, each)) != std::string::npos);
    }
}

TEST_CASE("a message with many values reserves for those that it has") {
    relaying_server at;
    far_end client = enter(at.stage);
    std::string many = "42[\"sink\",[1.5";
    for (int i = 0; i < 70'000; ++i) many += ",2";
    const std::string rest = "],\"" + std::string(1'000'000, 'x') + "\"]";
    const failing_allocations counting(0, failing::once);
    CHECK(tell(at.stage, client, text_frame(many + rest)).find("sunk") != std::string::npos);
    // What comes in pieces, which grows, and the tape, which grows to 65 536 tokens of 16 bytes before it is
    // reserved.
    CHECK(failing_allocations::bytes() < 12'000'000);
}

}  // namespace large_messages_test
