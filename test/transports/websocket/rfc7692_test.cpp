// What RFC 7692 asks of a server: every agreement, with messages of all sizes, against zlib itself.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <kedge/transports/websocket/ws_extensions.hpp>

#include <test/transports/websocket/ws_echo.hpp>
#include <test/transports/ws_client.hpp>
#include <test/transports/zlib_codec.hpp>

namespace rfc7692_test {

using namespace kedge::test;
using namespace std::string_literals;
using namespace std::string_view_literals;
using kedge::transports::client_frame;
using kedge::transports::ws_deflate;
using kedge::transports::ws_deflate_options;
using kedge::transports::ws_deflate_terms;

namespace {

constexpr std::size_t largest = 1'000'000;

/// What is agreed on when a client offers this.
ws_deflate_terms agreed(std::string_view offer, const ws_deflate_options& options) {
    const auto verdict = kedge::transports::accept_ws_deflate(offer, options);
    REQUIRE(verdict.acceptable);
    REQUIRE(verdict.terms);
    return *verdict.terms;
}

/// A client, and a server that echoes, on terms that they agreed on.
class pair_of {
  public:
    explicit pair_of(std::string_view offer, const ws_deflate_options& options = {.threshold = 0})
        : pair_of(agreed(offer, options), options) {}

    /// Says a message in compressed fragments of this size, and whether it comes back, compressed.
    bool echoes(unsigned opcode, std::string_view message, std::size_t fragment) {
        const std::string sent = zlib_.deflated(message);
        for (std::size_t at = 0; at == 0 || at < sent.size(); at += fragment) {
            const bool last = sent.size() - at <= fragment;
            const unsigned kind = at == 0 ? 0x40u | opcode : 0u;
            server_.say(
                client_frame((last ? 0x80u : 0u) | kind, std::string_view(sent).substr(at, fragment)));
        }
        const auto heard = server_.take();
        if (heard.size() != 1) return false;
        return heard.back().first == (0xC0 | opcode) && zlib_.inflated(heard.back().payload) == message;
    }

  private:
    pair_of(const ws_deflate_terms& terms, const ws_deflate_options& options)
        : zlib_({.out_window_bits = terms.client_max_window_bits.value_or(15),
                 .in_window_bits = terms.server_max_window_bits.value_or(15),
                 .out_forgets = terms.client_no_context_takeover,
                 .in_forgets = terms.server_no_context_takeover}),
          server_(largest, std::make_unique<ws_deflate>(options, terms, largest)) {}

    zlib_codec zlib_;
    ws_echo server_;
};

/// Text that repeats itself at every distance.
std::string words(std::size_t size) {
    std::string text;
    unsigned state = 1;
    while (text.size() < size) {
        state = state * 1103515245u + 12345u;
        text += "word" + std::to_string(state >> 22) + " ";
    }
    text.resize(size);
    return text;
}

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    unsigned state = 7;
    for (char& c : bytes) {
        state = state * 1103515245u + 12345u;
        c = static_cast<char>(state >> 16);
    }
    return bytes;
}

const std::vector<std::string_view> offers{
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=15",
    "permessage-deflate; client_max_window_bits=9",
    "permessage-deflate; client_max_window_bits=15; server_max_window_bits=15",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=15; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=9, permessage-deflate; server_no_context_takeover",
    "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits=\"10\"",
};

}  // namespace

TEST_CASE("RFC 7692: messages of all sizes come back compressed, on every agreement") {
    for (const auto offer : offers) {
        CAPTURE(offer);
        pair_of both(offer);
        for (const std::size_t size : {0, 1, 64, 1024, 8192, 65536}) {
            CAPTURE(size);
            CHECK(both.echoes(1, words(size), largest));
            CHECK(both.echoes(1, words(size), size / 16 + 7));
            CHECK(both.echoes(2, noise(size / 4), largest));
        }
        for (const std::size_t size : {300, 301, 302, 303}) CHECK(both.echoes(1, words(size), largest));
    }
}

TEST_CASE("RFC 7692: what the server wishes is kept to by both") {
    for (int bits = 9; bits <= 15; ++bits) {
        CAPTURE(bits);
        const ws_deflate_options options{.threshold = 0,
                                         .server_no_context_takeover = bits % 2 == 0,
                                         .client_no_context_takeover = bits % 3 == 0,
                                         .server_max_window_bits = bits,
                                         .client_max_window_bits = bits};
        pair_of both("permessage-deflate; client_max_window_bits", options);
        for (int i = 0; i < 2; ++i) CHECK(both.echoes(1, words(70'000), 10'000));
    }
}

TEST_CASE("RFC 7692: the answer names what was agreed on, and nothing that was not offered") {
    const auto answer = [](std::string_view offer) { return agreed(offer, {}).header(); };
    CHECK(answer("permessage-deflate") == "permessage-deflate");
    CHECK(answer("permessage-deflate; client_max_window_bits") == "permessage-deflate");
    CHECK(answer("permessage-deflate; server_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover");
    CHECK(answer("permessage-deflate; server_max_window_bits=9") ==
          "permessage-deflate; server_max_window_bits=9");
    const ws_deflate_options narrow{.client_max_window_bits = 10};
    CHECK_FALSE(kedge::transports::accept_ws_deflate("permessage-deflate", narrow).terms);
}

TEST_CASE("RFC 7692: only the first frame of a data message may be marked as compressed") {
    const auto ends = [](const std::string& said, unsigned code) {
        ws_echo server(largest,
                       std::make_unique<ws_deflate>(ws_deflate_options{}, ws_deflate_terms{}, largest));
        const auto heard = server.say(said).take();
        REQUIRE(heard.size() == 1);
        CHECK(heard[0].first == 0x88);
        CHECK(heard[0].payload == std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)});
    };
    const std::string hello = zlib_codec().deflated("Hello");
    ends(client_frame(0x41, hello.substr(0, 2)) + client_frame(0xC0, hello.substr(2)), 1002);
    ends(client_frame(0x01, "a") + client_frame(0xC0, "b"), 1002);
    ends(client_frame(0xC9, ""), 1002);
    ends(client_frame(0xC8, ""), 1002);
    ends(client_frame(0xE1, hello), 1002);
    ends(client_frame(0xC1, "\xff\xff\xff"), 1007);
    ends(client_frame(0xC1, zlib_codec().deflated("\xf4\x90\x80\x80")), 1007);
    ends(client_frame(0xC2, zlib_codec().deflated(std::string(largest + 1, 'x'))), 1009);
}

TEST_CASE("RFC 7692: messages that are not compressed may come between those that are") {
    zlib_codec client;
    ws_echo server(largest, std::make_unique<ws_deflate>(ws_deflate_options{.threshold = 0},
                                                         ws_deflate_terms{}, largest));
    server.say(client_frame(0xC1, client.deflated("one")) + client_frame(0x81, "two") +
               client_frame(0x41, client.deflated("three").substr(0, 2)) + client_frame(0x89, "ping"));
    auto heard = server.take();
    REQUIRE(heard.size() == 3);
    CHECK(client.inflated(heard[0].payload) == "one");
    CHECK(client.inflated(heard[1].payload) == "two");
    CHECK(heard[2].payload == "ping");
}

}  // namespace rfc7692_test
