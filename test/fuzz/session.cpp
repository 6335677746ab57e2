#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include <test/engine/session_fixture.hpp>

using namespace kedge;
using namespace kedge::testing;

namespace {

// A peer of one session that acts at random: polls, packets on either transport, failures, sends, time.
class random_peer {
  public:
    explicit random_peer(engine::revision protocol) : protocol_(protocol) {
        opened_ = fixture_.open<fake_polling>(protocol);
    }

    void act(std::uint8_t choice, const std::string& text) {
        if (fixture_.sessions.size() == 0) return;
        const bool polling = !opened_.record->destroyed && opened_.transport->owner() != nullptr;
        const bool socket = socket_.record && !socket_.record->destroyed && !socket_.record->closed &&
                            !socket_.record->discarded && socket_.transport->owner() != nullptr;
        fixture_.loop.turn([&] { act_now(choice % 12, text, polling, socket); });
    }
    void wait(unsigned milliseconds) { fixture_.loop.advance(engine::duration(milliseconds)); }
    bool ended() const { return fixture_.sessions.size() == 0; }
    bool timers_left() { return !fixture_.loop.timers().empty(); }

  private:
    void act_now(unsigned choice, const std::string& text, bool polling, bool socket) {
        switch (choice) {
            case 0:
                if (polling && !opened_.transport->writable()) opened_.transport->poll();
                return;
            case 1:
                if (polling) opened_.transport->receive(text, protocol_);
                return;
            case 2:
                if (socket) socket_.transport->receive(text, protocol_);
                return;
            case 3:
                socket_ = probe();
                return;
            case 4:
                if (socket) socket_.transport->receive("2probe", protocol_);
                return;
            case 5:
                if (socket) socket_.transport->receive("5", protocol_);
                return;
            case 6:
                opened_.session->send(engine::content_kind::text, text);
                return;
            case 7:
                opened_.session->send(engine::message::make(engine::content_kind::binary, text));
                return;
            case 8:
                opened_.session->close(text.size() % 2 == 0);
                return;
            case 9:
                if (socket) socket_.transport->owner()->on_error(*socket_.transport, "broken");
                return;
            case 10:
                if (socket) socket_.transport->owner()->on_close(*socket_.transport);
                return;
            default:
                if (polling) opened_.transport->owner()->on_drain(*opened_.transport);
                return;
        }
    }
    session_fixture::opened<fake_websocket> probe() {
        auto made = std::make_unique<fake_websocket>();
        session_fixture::opened<fake_websocket> result{opened_.session, made.get(), made->record()};
        fixture_.sessions.upgrade(*opened_.session, std::move(made));
        return result;
    }

    session_fixture fixture_;
    engine::revision protocol_;
    session_fixture::opened<fake_polling> opened_{};
    session_fixture::opened<fake_websocket> socket_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    random_peer peer(data[0] % 2 == 0 ? engine::revision::v4 : engine::revision::v3);
    for (std::size_t at = 1; at + 1 < size;) {
        const std::uint8_t choice = data[at++];
        const std::size_t wanted = data[at++] % 16;
        const std::size_t length = std::min(wanted, size - at);
        std::string text;
        for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<char>(data[at + i] % 128));
        at += length;
        if (choice % 16 == 15) peer.wait(static_cast<unsigned>(length) * 3000);
        peer.act(choice, text);
    }
    // Nobody answers any more: whatever happened, the session must end by itself.
    for (int i = 0; i < 10; ++i) peer.wait(60'000);
    if (!peer.ended() || peer.timers_left()) std::abort();
    return 0;
}
