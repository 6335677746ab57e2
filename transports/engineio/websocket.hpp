#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/packet.hpp>
#include <kedge/engine/transport.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>

namespace kedge::transports {

class parting;
class engine_share;

/// What a websocket is told about its client when it is made.
struct websocket_terms {
    engine::revision protocol = engine::revision::v4;
    bool base64 = false;                  ///< the client cannot take binary
    std::unique_ptr<ws_deflate> deflate;  ///< null unless compression was negotiated
};

/// The websocket transport: a stream behind its 101. A packet is written as a frame straight into the
/// stream's output and leaves at the end of the turn.
class websocket final : public engine::transport, private stream_owner {
  public:
    websocket(engine_share& home, std::unique_ptr<stream> on, websocket_terms terms);
    ~websocket() override;

    /// Reads what came behind the upgrade request.
    void read(std::span<char> bytes) { on_bytes(bytes); }

    engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
    bool streams() const noexcept override { return true; }
    bool writable() const noexcept override;
    void send(std::span<const engine::outbound> packets) override;
    std::size_t unsent() const noexcept override;
    void want_drain() override;
    bool base64() const noexcept override { return base64_; }
    void close() override;
    void discard() override;

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_drain() override;

    void on_event(const ws_event& what, std::span<char> rest);
    void on_message(const ws_event& what, std::span<char> rest);
    void on_close_frame(const ws_event& what);
    void on_violation(const ws_event& what);
    void pong(std::span<const char> data);
    void send_one(const engine::outbound& what);
    void send_shared(const engine::message_ptr& shared);
    void send_deflated(const engine::outbound& what);
    void part();
    bool open() const noexcept { return stream_ && !stream_->closed(); }

    engine_share& home_;
    std::unique_ptr<stream> stream_;  // null when a parting has taken it over
    std::unique_ptr<ws_deflate> deflate_;
    engine::revision protocol_;
    bool base64_;
    parting* heir_ = nullptr;  // reads on when we close in the middle of a buffer
    ws_decoder decoder_;
};

}  // namespace kedge::transports
