#pragma once

#include <cstdint>
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
#include <kedge/transports/engineio/intake.hpp>
#include <kedge/transports/engineio/lobby.hpp>
#include <kedge/transports/http/responder.hpp>

namespace kedge::transports {

struct compression_options;
class connection;
class engine_share;
enum class answer_rank : std::uint8_t;
enum class content_coding : std::uint8_t;

/// The polling transport: GETs that wait for packets, and by its intake POSTs that bring some. Serves XHR and
/// JSONP alike.
class polling final : public engine::transport,
                      private responder,
                      private engine::turn_work,
                      private intake::taker,
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
    bool receiving() const noexcept override { return intake_.receiving(); }
    void want_drain() override;
    bool base64() const noexcept override { return codec_.base64(); }
    void close() override;
    void discard() override;
    void abort() noexcept override;

  private:
    struct answer_form;

    bool take(engine::packet& received, const engine::request& via) override;
    void on_garbage() override;
    void on_post_error(std::string_view description) override;
    void on_post_lost() override { fail(); }
    void answer_post(connection& post) override;
    void on_body(connection&, std::string_view) override {}  // nobody asks for a poll's body
    void on_body_end(connection&) override {}
    void on_gone(connection& from) override;
    void fail() noexcept;
    void end_turn() override;
    void on_evicted() override;
    void on_close_timeout(engine::time_point now);

    void park(connection* poll) noexcept;
    void admit_poll(connection& from);
    void on_close_packet();
    void answer_poll(std::span<const engine::outbound> packets);
    void answer_poll(connection& to, std::span<const engine::outbound> packets);
    void answer_with(engine::packet_type only);
    void respond(connection& to, const answer_form& form, content_coding coding, answer_rank rank,
                 std::string_view body);
    content_coding compress_body(connection& to, std::string& body, const compression_options& how) const;
    void finish_close();

    engine_share& home_;
    engine::payload_codec codec_;
    std::unique_ptr<std::string> jsonp_index_;  // null for XHR
    connection* poll_ = nullptr;                // the GET that waits
    intake intake_;
    engine::timer close_timer_;
    bool greeted_ : 1 = false;  // the handshake's answer is given
    bool closing_ : 1 = false;  // close() waits for a poll
    bool closed_ : 1 = false;   // nothing is said to the owner any more
};

}  // namespace kedge::transports
