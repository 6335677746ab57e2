#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>

#include <test/transports/ws_client.hpp>

namespace ws_deflate_test {

using namespace kedge::transports;
using namespace std::string_view_literals;
using outcome = ws_deflate::outcome;

namespace {

/// The same terms seen from the other end.
ws_deflate_terms mirrored(ws_deflate_terms terms) {
    std::swap(terms.server_no_context_takeover, terms.client_no_context_takeover);
    std::swap(terms.server_max_window_bits, terms.client_max_window_bits);
    return terms;
}

std::string deflated(ws_deflate& from, std::string_view message) {
    std::string out;
    REQUIRE(from.deflate(message, out));
    return out;
}

outcome inflated(ws_deflate& by, std::string_view bytes, std::string& message) {
    const outcome first = by.inflate(bytes, message);
    return first == outcome::ok ? by.finish(message) : first;
}

std::string random_text(std::size_t size) {
    std::string text(size, '\0');
    unsigned state = 12345;
    for (char& c : text) {
        state = state * 1103515245u + 12345u;
        c = static_cast<char>('a' + (state >> 16) % 16);
    }
    return text;
}

}  // namespace

TEST_CASE("ws_deflate: the examples of RFC 7692") {
    ws_deflate both({}, {}, 1000);
    std::string message;
    CHECK(inflated(both, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, message) == outcome::ok);
    CHECK(message == "Hello");
    message.clear();
    CHECK(inflated(both, "\xf2\x00\x11\x00\x00"sv, message) == outcome::ok);  // out of the window
    CHECK(message == "Hello");
    message.clear();
    CHECK(inflated(both, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv, message) == outcome::ok);
    CHECK(message == "Hello");
    message.clear();
    CHECK(inflated(both, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv, message) == outcome::ok);  // a last block
    CHECK(message == "Hello");
    message.clear();
    CHECK(inflated(both, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv, message) == outcome::ok);
    CHECK(message == "Hello");
    CHECK(deflated(both, "Hello") == "\xf2\x48\xcd\xc9\xc9\x07\x00"sv);
    CHECK(deflated(both, "Hello") == "\xf2\x00\x11\x00\x00"sv);
    CHECK(deflated(both, "") == "\x00"sv);
}

TEST_CASE("ws_deflate: a last block with nothing behind it ends its message and no more") {
    ws_deflate both({}, {}, 1000);
    for (int i = 0; i < 3; ++i) {
        std::string message;
        CHECK(inflated(both, "\xf3\x48\xcd\xc9\xc9\x07\x00"sv, message) == outcome::ok);
        CHECK(message == "Hello");
        message.clear();
        CHECK(inflated(both, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, message) == outcome::ok);
        CHECK(message == "Hello");
    }
}

TEST_CASE("ws_deflate: there and back, with every agreement") {
    const std::vector<std::string> messages{"",
                                            "a",
                                            "",
                                            "hello hello hello",
                                            random_text(100'000),
                                            "hello hello hello",
                                            std::string(300'000, 'x'),
                                            ""};
    for (const bool keeps : {true, false}) {
        for (const int bits : {8, 9, 11, 15}) {
            ws_deflate_terms terms;
            terms.server_no_context_takeover = !keeps;
            terms.server_max_window_bits = bits;
            ws_deflate server({}, terms, 1'000'000);
            ws_deflate client({}, mirrored(terms), 1'000'000);
            for (const std::string& sent : messages) {
                std::string received;
                CHECK(inflated(client, deflated(server, sent), received) == outcome::ok);
                CHECK(received == sent);
            }
        }
    }
}

TEST_CASE("ws_deflate: without takeover each message stands alone") {
    ws_deflate_terms terms;
    terms.server_no_context_takeover = true;
    ws_deflate server({}, terms, 1000);
    CHECK(deflated(server, "Hello") == deflated(server, "Hello"));
}

TEST_CASE("ws_deflate: inflation stops at the limit") {
    ws_deflate sender({}, {}, 0);
    const std::string bomb = deflated(sender, std::string(10'000'000, 'x'));
    CHECK(bomb.size() < 20'000);
    ws_deflate receiver({}, {}, 100'000);
    std::string message;
    CHECK(inflated(receiver, bomb, message) == outcome::too_big);
    CHECK(message.size() <= 100'000);

    ws_deflate exact({}, {}, 5);
    message.clear();
    CHECK(inflated(exact, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, message) == outcome::ok);
    ws_deflate short_of_it({}, {}, 4);
    message.clear();
    CHECK(inflated(short_of_it, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, message) == outcome::too_big);
}

TEST_CASE("ws_deflate: what is not deflate is told, in zlib's words") {
    ws_deflate_terms terms;
    for (const bool anew : {false, true}) {
        terms.client_no_context_takeover = anew;
        ws_deflate receiver({}, terms, 1000);
        CHECK(receiver.fault() == "invalid compressed data");
        std::string message;
        CHECK(inflated(receiver, "\xFF\xFF\xFF\xFF", message) == outcome::invalid);
        CHECK(receiver.fault() == "invalid block type");
    }
}

TEST_CASE("ws_deflate: the threshold counts only where no context is taken over") {
    ws_deflate_terms terms;
    CHECK(ws_deflate({}, terms, 0).worthwhile(1));
    terms.server_no_context_takeover = true;
    CHECK_FALSE(ws_deflate({}, terms, 0).worthwhile(1023));
    CHECK(ws_deflate({}, terms, 0).worthwhile(1024));
}

namespace {

std::vector<std::string> decode(const std::string& input, std::size_t size, std::size_t limit) {
    std::vector<std::string> events;
    ws_deflate deflate({}, {}, limit);
    ws_decoder decoder(limit, &deflate);
    for (std::size_t at = 0; at < input.size(); at += size) {
        std::string piece = input.substr(at, size);
        std::span<char> bytes(piece.data(), piece.size());
        for (ws_event event = decoder.next(bytes); event.what != ws_event::kind::need_more;
             event = decoder.next(bytes)) {
            events.emplace_back(event.data.begin(), event.data.end());
            if (event.what == ws_event::kind::error) events.back() = std::to_string(event.code);
        }
    }
    return events;
}

}  // namespace

TEST_CASE("ws_deflate: compressed messages in frames, whole and fragmented, beside plain ones") {
    ws_deflate client({}, {}, 0);
    const std::string one = deflated(client, "hello \xE2\x82\xAC hello");
    const std::string two = deflated(client, std::string(5000, 'y'));
    const std::string input = client_frame(0xC1, one) + client_frame(0x81, "plain") +
                              client_frame(0x41, two.substr(0, 3)) + client_frame(0x89, "p") +
                              client_frame(0x00, two.substr(3, 1)) + client_frame(0x80, two.substr(4));
    for (std::size_t size = 1; size <= input.size(); ++size)
        CHECK(decode(input, size, 5000) ==
              std::vector<std::string>{"hello \xE2\x82\xAC hello", "plain", "p", std::string(5000, 'y')});
    CHECK(decode(input, 7, 4999).back() == "1009");
}

TEST_CASE("ws_deflate: RSV1 on a continuation, bad data, bad text") {
    ws_deflate client({}, {}, 0);
    CHECK(decode(client_frame(0x41, "\xf2\x48") + client_frame(0xC0, "x"), 100, 100).back() == "1002");
    CHECK(decode(client_frame(0xC9, "x"), 100, 100).back() == "1002");
    CHECK(decode(client_frame(0xC2, "\xFF\xFF\xFF"), 100, 100).back() == "1007");
    CHECK(decode(client_frame(0xC1, deflated(client, "\xC0\xAF")), 100, 100).back() == "1007");
}

TEST_CASE("ws_deflate: what inflates to much is taken in shares, within a message too") {
    constexpr std::size_t limit = 1'000'000;
    ws_deflate client({}, {}, 0);
    const std::string even(900'000, 'z');
    std::string uneven;
    for (int i = 0; uneven.size() < 900'000; ++i) uneven += std::to_string(i * 7919);
    const std::string two = deflated(client, uneven);
    const std::string all = client_frame(0xC1, deflated(client, even)) + client_frame(0x89, "p") +
                            client_frame(0x41, two.substr(0, 1000)) + client_frame(0x80, two.substr(1000)) +
                            client_frame(0x81, "plain");
    for (const std::size_t piece : {all.size(), std::size_t{1500}, std::size_t{7}}) {
        ws_deflate deflate({}, {}, limit);
        ws_decoder decoder(limit, &deflate);
        std::vector<std::string> events;
        std::size_t enough = 0;
        for (std::size_t at = 0; at < all.size(); at += piece) {
            std::string part = all.substr(at, piece);
            std::span<char> bytes(part);
            decoder.begin_share();
            for (ws_event event = decoder.next(bytes); event.what != ws_event::kind::need_more;
                 event = decoder.next(bytes)) {
                if (event.what != ws_event::kind::enough) {
                    events.emplace_back(event.data.begin(), event.data.end());
                    continue;
                }
                CHECK_FALSE(bytes.empty());
                CHECK(decoder.next(bytes).what == ws_event::kind::enough);
                decoder.begin_share();
                ++enough;
            }
        }
        CHECK(events == std::vector<std::string>{even, "p", uneven, "plain"});
        if (piece == all.size()) CHECK(enough >= 2 * 900'000 / (ws_decoder::inflated_at_once + 65'536));
    }
}

TEST_CASE("ws_deflate: a share ends between small fragments as well") {
    constexpr std::size_t limit = 4'000'000;
    ws_deflate client({}, {}, 0);
    const std::string even(limit, 'z');
    const std::string packed = deflated(client, even);
    std::string all;
    for (std::size_t at = 0; at < packed.size(); at += 16)
        all += client_frame(at == 0 ? 0x41 : 0x00, packed.substr(at, 16));
    all += client_frame(0x80, "");
    ws_deflate deflate({}, {}, limit);
    ws_decoder decoder(limit, &deflate);
    std::span<char> bytes(all);
    std::size_t shares = 1;
    decoder.begin_share();
    ws_event event = decoder.next(bytes);
    for (; event.what == ws_event::kind::enough; event = decoder.next(bytes)) {
        decoder.begin_share();
        ++shares;
    }
    CHECK(std::string_view(event.data.data(), event.data.size()) == even);
    CHECK(shares >= limit / (ws_decoder::inflated_at_once + 65'536));
}

}  // namespace ws_deflate_test
