#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/registry.hpp>
#include <kedge/socketio/core/client.hpp>
#include <kedge/socketio/core/namespaces.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/nsp.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/wire/codec.hpp>
#include <test/engine/fake_loop.hpp>
#include <test/engine/fake_transport.hpp>

namespace kedge::testing {

/// Bytes that can be foretold: the ids made of them are "AAAAAAAAAAAAAAAAAAAA", "…B" and so on.
class foretold_random final : public engine::random_source {
  public:
    void fill(std::span<std::byte> bytes) override { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }
};

using lines = std::vector<std::string>;

/// A client whose wire is the test's: what it sends is given, what it got is looked at.
template <class Transport>
class basic_peer {
  public:
    basic_peer(fake_loop& loop, engine::session* session, Transport* transport,
               std::shared_ptr<transport_record> record, engine::revision protocol)
        : loop_(loop),
          session_(session),
          transport_(transport),
          record_(std::move(record)),
          protocol_(protocol) {}

    /// Sends an Engine.IO packet, as text, in a turn of its own.
    void send(std::string packet) {
        if (record_->destroyed) return;
        loop_.turn([&] { transport_->receive(std::move(packet), protocol_); });
    }
    /// Several in one turn.
    void send(std::initializer_list<std::string> packets) {
        loop_.turn([&] {
            for (const auto& each : packets)
                if (!record_->closed && !record_->discarded) transport_->receive(each, protocol_);
        });
    }
    /// What came since the last look, the open packet left out.
    lines got() {
        lines fresh(record_->sent.begin() + static_cast<std::ptrdiff_t>(seen_), record_->sent.end());
        seen_ = record_->sent.size();
        return fresh;
    }
    void ignore() { got(); }
    bool closed() const { return record_->closed || record_->discarded; }
    void vanish() {
        if (!record_->destroyed) loop_.turn([&] { transport_->owner()->on_close(*transport_); });
    }
    transport_record& record() { return *record_; }
    Transport& transport() { return *transport_; }
    engine::session& session() { return *session_; }

  private:
    fake_loop& loop_;
    engine::session* session_;
    Transport* transport_;
    std::shared_ptr<transport_record> record_;
    engine::revision protocol_;
    std::size_t seen_ = 1;
};
using peer = basic_peer<fake_websocket>;
using polling_peer = basic_peer<fake_polling>;

inline hub_settings test_settings(foretold_random& random) {
    hub_settings made;
    made.parser = json_parser();
    made.random = &random;
    return made;
}

/// A whole Socket.IO side on one worker whose clock is turned by hand.
class world {
  public:
    world() : world([](hub_settings&) {}) {}
    template <class Change>
    explicit world(Change&& change) {
        auto made = test_settings(random);
        change(made);
        above = std::make_shared<namespaces>(std::move(made));
        std::array<engine::loop*, 1> loops{&loop};
        above->attach(loops);
        sessions = std::make_unique<engine::registry>(loop, settings, *above);
    }
    ~world() {
        sessions.reset();
        above->shut();
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    nsp of(std::string_view name = "/") { return nsp(above->of(name)); }

    template <class Transport = fake_websocket>
    basic_peer<Transport> open(engine::revision protocol = engine::revision::v4) {
        auto made = std::make_unique<Transport>();
        auto* transport = made.get();
        auto record = made->record();
        engine::session* session = nullptr;
        loop.turn([&] {
            session =
                &sessions->open("session" + std::to_string(++opened_), protocol, first, std::move(made));
        });
        return {loop, session, transport, std::move(record), protocol};
    }
    /// One that has entered "/".
    peer join(const std::string& connect = "40") {
        auto made = open();
        made.send(connect);
        made.ignore();
        return made;
    }

    foretold_random random;
    fake_loop loop;
    engine::options settings;
    engine::request_ptr first = std::make_shared<engine::request>();
    std::shared_ptr<namespaces> above;
    std::unique_ptr<engine::registry> sessions;

  private:
    unsigned opened_ = 0;
};

}  // namespace kedge::testing
