// A STOMP client and the broker behind a relay, both of which say what they like, in any order; a network
// that is slow, and time. What goes out is a whole frame each, nothing follows the end, and time alone ends a
// client that was never let in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/relayed.hpp>
#include <test/engine/fake_loop.hpp>

using namespace kedge::stomp;
using namespace std::chrono_literals;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// One frame and nothing else, or a heart-beat.
void check_message(std::string_view bytes, version by) {
    if (bytes == heart_beat) return;
    frame_parser parser({.head = 1 << 20, .headers = 1'000, .body = 1 << 20});
    parser.speak(by);
    check(parser.feed(bytes) == frame_parser::outcome::frame);
    check(bytes.empty());
}

/// The way to the broker.
struct broker_network final : broker_wire {
    void connect() override { dialled = true; }
    void send(std::string_view bytes) override {
        check(dialled);
        check_message(bytes, by);
    }
    std::size_t unsent() const override { return stuck; }
    void want_drain() override {}
    void pause() override {}
    void resume() override {}
    void hang_up() override { dialled = false; }
    void finish() override { dialled = false; }

    bool dialled = false;
    std::size_t stuck = 0;
    version by = version::v1_2;
};

struct stage final : wire, session_owner, relayed_owner {
    void send(std::string_view message) override {
        check(!closed);
        check_message(message, client.spoken());
    }
    void close() override { closed = true; }
    void hold(bool held) override { not_read = held; }

    static bool is_far(const frame& asked) { return !asked.value("destination").starts_with("/app"); }

    void on_connect(session&, const frame&) override {
        net.by = client.spoken();
        far.start({"login", "passcode"});
    }
    std::optional<refusal> on_subscribe(session&, const subscription&, const frame& asked) override {
        far.forward(asked);
        return std::nullopt;
    }
    void on_unsubscribe(session&, const subscription&, const frame& asked) override { far.forward(asked); }
    std::optional<refusal> may_send(session&, const frame& sent) override {
        if (sent.value("destination") == "/no") return refusal{.message = "no", .details = sent.body};
        return std::nullopt;
    }
    std::optional<refusal> on_send(session&, frame& sent) override {
        if (is_far(sent))
            far.forward(sent);
        else
            errands.push_back(client.expect());
        return std::nullopt;
    }
    std::optional<refusal> may_ack(session&, std::string_view, const frame&) override { return std::nullopt; }
    std::optional<refusal> on_ack(session&, std::string_view, const frame& asked) override {
        far.forward(asked);
        return std::nullopt;
    }
    void on_commit(session&, std::string_view name, bool begins) override { far.on_commit(name, begins); }
    void on_disconnect(session&) override { far.on_disconnect(); }
    void on_close(session&) override {
        check(!over);
        over = true;
        far.stop();
    }
    void on_admitted() override { client.accept("s"); }
    void on_pressure(bool held) override { client.hold(held); }
    void on_abandoned(std::string_view) override {}

    void act(unsigned what, std::string_view bytes) {
        switch (what % 8) {
            case 0:
            case 1:
                if (!over && !not_read) client.receive(bytes);
                break;
            case 2:
            case 3:
                if (net.dialled) far.link().on_bytes(bytes);
                break;
            case 4:
                if (net.dialled) bytes.empty() ? far.link().on_lost("lost") : far.link().on_connected();
                break;
            case 5:
                net.stuck = bytes.size() * 100;
                if (net.stuck == 0) far.link().on_drained();
                break;
            case 6:
                settle(!bytes.empty());
                break;
            default:
                loop.advance(bytes.size() * 1s);
        }
        loop.end_turn();
    }
    void settle(bool well) {
        if (errands.empty()) return;
        client.settle(errands.back(), well ? std::nullopt : std::optional(refusal{.message = "failed"}));
        errands.pop_back();
    }

    kedge::testing::fake_loop loop;
    options terms{.max_head_bytes = 2'000,
                  .max_headers = 20,
                  .max_name_bytes = 100,
                  .max_body_bytes = 1'000,
                  .max_subscriptions = 5,
                  .max_transactions = 3,
                  .max_transaction_bytes = 3'000};
    bool closed = false, over = false, not_read = false;
    std::vector<std::uint64_t> errands;
    relay_core core{{.max_body_bytes = 1'000, .max_unsent_bytes = 500}, terms};
    session client{loop, terms, *this, *this};
    broker_network net;
    relayed far{loop, core, net, client, *this};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    stage all;
    while (size >= 2) {
        const unsigned what = data[0];
        const std::size_t length = std::min<std::size_t>(data[1], size - 2);
        all.act(what, {reinterpret_cast<const char*>(data + 2), length});
        data += 2 + length;
        size -= 2 + length;
    }
    all.act(4, {});
    all.net.stuck = 0;
    all.far.link().on_drained();
    all.loop.advance(200s);
    check(all.over || all.client.connected());
    return 0;
}
