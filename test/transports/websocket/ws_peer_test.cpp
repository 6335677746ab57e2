#include <doctest/doctest.h>

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/message.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

#include <test/faults/hand_turned.hpp>
#include <test/transports/loopback.hpp>
#include <test/transports/ws_client.hpp>

namespace ws_peer_test {

using namespace kedge::transports;
using namespace std::string_literals;
using namespace std::string_view_literals;
using kedge::test::hand_turned;
using kedge::test::peer;

namespace {

/// A websocket on one end of a socket pair, the test on the other; keeps what the owner is told.
class pair_of final : private ws_owner {
  public:
    explicit pair_of(const ws_limits& limits = {}, std::string came_before = {})
        : group(turned.worker, limits, [this](const kedge::engine::origin&) { ++overdue; }) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        client = peer(ends[1]);
        peer_ = std::make_unique<ws_peer>(group, adopt(ends[0], std::move(came_before)), nullptr,
                                          static_cast<ws_owner&>(*this));
    }

    ws_peer& ours() { return *peer_; }
    template <class Condition>
    bool until(Condition&& condition) {
        return turned.until(std::forward<Condition>(condition));
    }
    bool got(std::string_view bytes) {
        return until([&] { return client.read().got() == bytes; });
    }

    hand_turned turned;
    ws_group group;
    peer client;
    std::vector<std::string> told;
    int drains = 0;
    int overdue = 0;
    std::function<void(std::string_view)> react;
    std::function<void()> breached;

  private:
    void on_text(ws_peer&, std::span<char> text) override {
        const std::string said(text.begin(), text.end());
        text.data()[text.size()] = '!';  // the spare byte is ours
        told.push_back("text " + said);
        if (react) react(said);
    }
    void on_binary(ws_peer&, std::span<char> data) override {
        told.push_back("binary " + std::string(data.begin(), data.end()));
    }
    void on_breach(ws_peer&) override {
        if (breached) breached();
    }
    void on_close(ws_peer&, const ws_end& end) override {
        constexpr std::array names{"closed", "lost", "violation", "flooded"};
        told.push_back(names[static_cast<std::size_t>(end.how)] + " "s + std::to_string(end.code) + " " +
                       std::string(end.reason));
    }
    void on_drain(ws_peer&) override { ++drains; }
    void on_pong(ws_peer&, std::span<const char> data) override {
        told.push_back("pong " + std::string(data.begin(), data.end()));
    }

    std::unique_ptr<ws_peer> peer_;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("ws_peer: messages come whole, from frames and fragments; pings are answered between them") {
    pair_of it;
    it.client.send(client_frame(0x81, "one") + client_frame(0x01, "t") + client_frame(0x89, "p") +
                   client_frame(0x80, "wo") + client_frame(0x82, "three") + client_frame(0x8A, "q"));
    CHECK(it.until([&] { return it.told.size() == 4; }));
    CHECK(it.told == lines{"text one", "text two", "binary three", "pong q"});
    CHECK(it.got("\x8A\x01p"));
}

TEST_CASE("ws_peer: what came before it is read first") {
    pair_of it({}, client_frame(0x81, "early"));
    CHECK(it.until([&] { return it.told == lines{"text early"}; }));
}

TEST_CASE("ws_peer: what is sent in one turn leaves as frames in order, and the owner hears when it left") {
    pair_of it;
    const auto shared = kedge::engine::message::make(kedge::engine::content_kind::text, "for all");
    it.turned.worker.post([&] {
        it.ours().text("a");
        it.ours().binary("b");
        it.ours().send(shared);
        it.ours().ping("c");
        it.ours().want_drain();
        CHECK(it.ours().unsent() == 3 + 3 + 9 + 3);
    });
    CHECK(
        it.got("\x81\x01"
               "a\x82\x01"
               "b\x81\x07"
               "for all\x89\x01"
               "c"));
    CHECK(it.until([&] { return it.drains == 1; }));
    CHECK(it.ours().unsent() == 0);
}

TEST_CASE("ws_peer: of many messages that take long some are heard in turns to come, in their order") {
    const kernel table = kedge::test::with_hand_turned_clock();
    const kernel_override clock(table);
    for (const int milliseconds : {0, 1}) {
        pair_of it;
        std::map<std::uint64_t, int> in_turn;
        it.react = [&](std::string_view) {
            ++in_turn[it.turned.worker.turn()];
            kedge::test::hand_turned_now() += std::chrono::milliseconds(milliseconds);
        };
        std::string said;
        lines expected;
        for (int i = 100; i < 200; ++i) {
            said += client_frame(0x81, std::to_string(i));
            expected.push_back("text " + std::to_string(i));
        }
        it.client.send(said);
        CHECK(it.until([&] { return it.told.size() == expected.size(); }));
        CHECK(it.told == expected);
        CHECK(in_turn.size() == (milliseconds == 0 ? 1 : 7));
        CHECK(in_turn.begin()->second == (milliseconds == 0 ? 100 : 16));
    }
}

TEST_CASE("ws_peer: a handler's exception costs no message behind it") {
    pair_of it;
    it.react = [](std::string_view said) {
        if (said == "bad") throw std::runtime_error("a handler");
    };
    it.client.send(client_frame(0x81, "bad") + client_frame(0x81, "good"));
    CHECK(it.until([&] { return it.told == lines{"text bad", "text good"}; }));
}

TEST_CASE("ws_peer: the peer's close frame is answered with its code before the owner is told") {
    pair_of it;
    it.client.send(client_frame(0x88,
                                "\x0F\xA0"
                                "bye"));
    CHECK(it.until([&] { return it.told == lines{"closed 4000 bye"}; }));
    CHECK(
        it.got("\x88\x05\x0F\xA0"
               "bye"));
    CHECK(it.until([&] { return it.client.read().ended(); }));
    CHECK_FALSE(it.ours().open());
}

TEST_CASE("ws_peer: a close frame without a code, and a connection that ends without one") {
    pair_of without;
    without.client.send(client_frame(0x88, ""));
    CHECK(without.until([&] { return without.told == lines{"closed 1005 "}; }));
    pair_of lost;
    lost.client.close();
    CHECK(lost.until([&] { return lost.told == lines{"lost 1006 "}; }));
}

TEST_CASE("ws_peer: who breaks the rules is told by a code, and the owner in words") {
    struct row {
        std::string bytes;
        std::string told;
        std::string answer;
    };
    const std::vector<row> rows{
        {client_frame(0x81, "\xFF"), "violation 1007 Invalid WebSocket frame: invalid UTF-8 sequence",
         "\x88\x02\x03\xEF"},
        {client_frame(0x82, std::string(11, 'x')), "violation 1009 Max payload size exceeded",
         "\x88\x02\x03\xF1"},
        {"\x81\x01y", "violation 1002 Invalid WebSocket frame: MASK must be set", "\x88\x02\x03\xEA"}};
    for (const row& each : rows) {
        pair_of it({.max_message = 10});
        it.client.send(each.bytes);
        CHECK(it.until([&] { return !it.told.empty(); }));
        CHECK(it.told == lines{each.told});
        CHECK(it.got(each.answer));
    }
}

TEST_CASE(
    "ws_peer: what is sent before the peer hears that he broke the rules reaches him, and the owner may end "
    "it") {
    pair_of it;
    it.breached = [&] { it.ours().text("reply"); };
    it.client.send("\x81\x01y");
    CHECK(it.got("\x81\x05reply\x88\x02\x03\xEA"s));
    CHECK(it.told == lines{"violation 1002 Invalid WebSocket frame: MASK must be set"});

    pair_of cut;
    cut.breached = [&] { cut.ours().abort(); };
    cut.client.send("\x81\x01y");
    CHECK(cut.until([&] { return cut.client.read().ended(); }));
    CHECK(cut.client.got() == "");
    CHECK(cut.told.empty());
}

TEST_CASE(
    "ws_peer: our close waits for the peer's close frame, past what is in between, and no owner hears") {
    pair_of it;
    it.react = [&](std::string_view) { it.ours().close(4001, "enough"); };
    it.client.send(client_frame(0x81, "first") + client_frame(0x81, "second"));
    CHECK(
        it.got("\x88\x08\x0F\xA1"
               "enough"));
    CHECK_FALSE(it.group.empty());
    CHECK(it.told == lines{"text first"});
    it.client.send(client_frame(0x81, "third") + client_frame(0x88, "\x0F\xA1"));
    CHECK(it.until([&] { return it.group.empty(); }));
    CHECK(it.until([&] { return it.client.read().ended(); }));
    CHECK(it.told == lines{"text first"});
    CHECK(it.overdue == 0);
}

TEST_CASE("ws_peer: the peer's close frame is not waited for for ever") {
    pair_of it({.close_frame_timeout = kedge::engine::duration{20}});
    it.turned.worker.post([&] { it.ours().close(); });
    CHECK(it.got("\x88\x00"sv));
    CHECK(it.until([&] { return it.client.read().ended(); }));
    CHECK(it.overdue == 1);
    CHECK(it.group.empty());
}

TEST_CASE("ws_peer: who pings and never reads is given up") {
    pair_of it({.max_unsent = 64 * 1024});
    const std::string ping = client_frame(0x89, std::string(125, 'p'));
    CHECK(it.until([&] {
        it.client.send(ping + ping + ping + ping + ping + ping + ping + ping);
        return !it.told.empty();
    }));
    CHECK(it.told.front() == "flooded 1008 too much unsent data");
    it.turned.worker.post([&] { it.ours().abort(); });
    CHECK(it.until([&] { return !it.ours().open(); }));
}

TEST_CASE("ws_peer: a paused one leaves bytes in the kernel, and after its end sends nothing") {
    pair_of it;
    it.turned.worker.post([&] { it.ours().pause(); });
    it.turned.settle();
    it.client.send(client_frame(0x81, "later"));
    it.turned.settle();
    CHECK(it.told.empty());
    it.turned.worker.post([&] { it.ours().resume(); });
    CHECK(it.until([&] { return it.told == lines{"text later"}; }));
    it.turned.worker.post([&] {
        it.ours().abort();
        it.ours().text("in vain");
        it.ours().close();
        it.ours().ping();
        CHECK(it.ours().unsent() == 0);
        CHECK_FALSE(it.ours().writable());
    });
    CHECK(it.until([&] { return it.client.read().ended() || it.client.reset(); }));
    CHECK(it.client.got().empty());
}

TEST_CASE(
    "ws_peer: one that is shut says goodbye once, sends nothing more, and hears the peer until its own close "
    "frame") {
    pair_of it;
    it.turned.worker.post([&] {
        it.ours().text("a");
        it.ours().shut(4000, "bye");
        it.ours().text("too late");
        it.ours().ping();
        CHECK(it.ours().open());
        CHECK(!it.ours().sends());
    });
    const std::string said =
        "\x81\x01"
        "a\x88\x05\x0F\xA0"
        "bye";
    CHECK(it.got(said));
    it.client.send(client_frame(0x81, "one") + client_frame(0x89, "asked") + client_frame(0x88, "\x0F\xA0"));
    CHECK(it.until([&] { return it.told.size() == 2; }));
    CHECK(it.told == lines{"text one", "closed 4000 "});
    CHECK(it.until([&] { return it.client.read().ended(); }));
    CHECK(it.client.got() == said);
}

TEST_CASE("ws_peer: one that hangs up sends what waits, and no close frame") {
    pair_of it;
    it.turned.worker.post([&] {
        it.ours().text("a");
        it.ours().hang_up();
    });
    CHECK(it.until([&] { return it.client.read().ended(); }));
    CHECK(it.client.got() ==
          "\x81\x01"
          "a");
    CHECK(it.told.empty());
}

}  // namespace ws_peer_test
