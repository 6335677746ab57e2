#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/handshake.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/payload.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/engine/transport.hpp>
#include <kedge/transports/engineio/lobby.hpp>
#include <kedge/transports/http/responder.hpp>

namespace kedge::transports {

struct compression_options;
class connection;
class engine_share;

/// The polling transport: GETs that wait for packets, POSTs that bring some. Serves XHR and JSONP alike.
class polling final : public engine::transport,
                      private responder,
                      private engine::turn_work,
                      private lobby::guest {
  public:
    /// `first` is what the handshake's request tells: whether the client takes binary, whether it polls by
    /// script. `from`: whom the session is counted under.
    polling(engine_share& home, const engine::request_facts& first, const lobby::opener& from);
    ~polling() override;

    /// Takes a request of this session.
    void admit(connection& from);

    engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
    bool streams() const noexcept override { return false; }
    bool writable() const noexcept override { return poll_ != nullptr; }
    void send(std::span<const engine::outbound> packets) override;
    std::size_t unsent() const noexcept override { return 0; }
    void want_drain() override;
    bool base64() const noexcept override { return codec_.base64(); }
    void close() override;
    void discard() override;
    void abort() noexcept override;

  private:
    void on_body(connection& from, std::string_view bytes) override;
    void on_body_end(connection& from) override;
    void on_gone(connection& from) override;
    void fail() noexcept;
    void end_turn() override;
    void on_evicted() override;
    void on_close_timeout(engine::time_point now);

    void park(connection* poll) noexcept;
    void admit_poll(connection& from);
    void admit_post(connection& from);
    void too_large(connection& from);
    void receive(std::string body, engine::payload_format format, const engine::request& via);
    bool receive_one(engine::payload_reader& reader, const engine::request& via);
    void on_close_packet();
    void answer_poll(std::span<const engine::outbound> packets);
    void answer_poll(connection& to, std::span<const engine::outbound> packets);
    void answer_with(engine::packet_type only);
    void answer_post(connection& from);
    void add_common_headers(connection& to, std::string_view content_type) const;
    void compress_body(connection& to, std::string& body, const compression_options& how) const;
    void finish_close();

    engine_share& home_;
    engine::payload_codec codec_;
    std::unique_ptr<std::string> jsonp_index_;  // null for XHR
    connection* poll_ = nullptr;                // the GET that waits
    connection* post_ = nullptr;                // the POST whose body arrives
    std::string body_;
    engine::timer close_timer_;
    bool greeted_ : 1 = false;    // the handshake's answer is given
    bool closing_ : 1 = false;    // close() waits for a poll
    bool closed_ : 1 = false;     // nothing is said to the owner any more
    bool receiving_ : 1 = false;  // packets of a POST are being delivered
};

}  // namespace kedge::transports
