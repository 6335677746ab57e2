#pragma once

#include <cstddef>
#include <span>

#include <kedge/engine/packet.hpp>
#include <kedge/engine/packet_codec.hpp>
#include <kedge/engine/transport.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

namespace kedge::transports {

class engine_share;

/// What a websocket is told about its client when it is made.
struct websocket_terms {
    engine::revision protocol = engine::revision::v4;
    bool base64 = false;  ///< the client cannot take binary
};

/// The websocket transport: Engine.IO's packets as the messages of a websocket.
class websocket final : public engine::transport, private ws_owner {
  public:
    websocket(engine_share& home, ws_accepted& on, const websocket_terms& terms);

    /// Reads what came behind the upgrade request.
    void read(std::span<char> bytes) { peer_.read(bytes); }

    engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
    bool streams() const noexcept override { return true; }
    bool writable() const noexcept override { return peer_.writable(); }
    void send(std::span<const engine::outbound> packets) override;
    std::size_t unsent() const noexcept override { return peer_.unsent(); }
    void want_drain() override { peer_.want_drain(); }
    bool base64() const noexcept override { return base64_; }
    void close() override;
    void discard() override;
    void abort() noexcept override { peer_.abort(); }

  private:
    void on_text(ws_peer& from, std::span<char> text) override;
    void on_binary(ws_peer& from, std::span<char> data) override;
    void on_close(ws_peer& which, const ws_end& end) override;
    void on_drain(ws_peer&) override { owner()->on_drain(*this); }

    void receive(engine::decoded came, engine::packet& received);
    void send_one(const engine::outbound& what);
    void send_shared(const engine::message_ptr& shared);
    void send_large(const engine::message_ptr& shared);

    engine::revision protocol_;
    bool base64_;
    ws_peer peer_;
};

}  // namespace kedge::transports
