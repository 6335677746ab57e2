#pragma once

#include <memory>
#include <span>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>

namespace kedge::transports {

class ws_group;

/// A websocket whose close frame is sent and whose owner is gone: waits for the peer's close frame, so that
/// the peer sees an orderly end, but not for ever.
class ws_closing final : public resident, private stream_owner {
  public:
    ws_closing(ws_group& home, stream_ptr of, ws_decoder decoder, std::unique_ptr<ws_deflate> deflate);

    /// Reads on in a buffer in the middle of which the websocket closed.
    void read(std::span<char> bytes) { on_bytes(bytes); }
    void wind_up() override;

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_fault() noexcept override;
    void on_timeout(engine::time_point now);
    void leave() noexcept;

    ws_group& home_;
    stream_ptr stream_;
    std::unique_ptr<ws_deflate> deflate_;
    ws_decoder decoder_;
    engine::timer timer_;
};

}  // namespace kedge::transports
