#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/responder.hpp>
#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/relay/peer_pool.hpp>
#include <kedge/transports/syntax/request_framing.hpp>
#include <kedge/transports/syntax/response_reader.hpp>

namespace kedge::transports {

class relay_core;

/// One request on its way to the node where its session lives, and the answer on its way back, byte for byte.
/// Neither side is read faster than the other takes it. An answer that switches protocols joins the two
/// streams. A connection that was used before may have been closed meanwhile: then the request goes by
/// another one, unless somebody may have read it whom it would tell something twice.
class passing final : public mortal, private responder, private answer_writer, private stream_owner {
  public:
    /// How long a connection to a node may take.
    static constexpr engine::duration reached_within{500};
    /// How long a node may leave a whole request that is no poll without an answer, or take none of its body.
    static constexpr engine::duration answered_within{2'000};
    /// Of a longer request nothing is kept to be sent once more.
    static constexpr std::size_t most_kept = std::size_t{64} * 1024;

    passing(relay_core& of, connection& at, std::uint8_t node, std::string_view sid);
    ~passing() override;

    void begin();
    std::uint8_t node() const noexcept { return node_; }
    /// Gives up: if nothing was answered yet, the request is refused here.
    void fail(std::string_view why);

  private:
    // The client's side.
    void on_body(connection& from, std::string_view bytes) override;
    void on_body_end(connection& from) override;
    void on_drain(connection& to) override;
    void on_gone(connection& from) override;
    // The node's side.
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_drain() override;
    void on_fault() noexcept override;

    void dial();
    void on_dialed(detached_stream made, const std::string& why);
    bool begin_again();
    void keep(std::string_view sent);
    void introduce();
    void hold_body_back();
    void await_answer();
    void pass_back(std::string_view bytes);
    void on_answered(std::string_view unused);
    void switch_over(std::string_view unused);
    void on_silence(engine::time_point now);
    void depart() noexcept;

    relay_core& relay_;
    connection* at_;  // null when the client has left, or was answered
    const std::uint8_t node_;
    const std::string sid_;
    const body_framing framing_;
    const bool harmless_;                 // it may be asked twice
    const bool waits_long_;               // it is a poll
    std::string request_;                 // what could not be sent yet
    std::string again_;                   // what was sent, while it may have to be sent once more
    std::optional<std::uint64_t> taken_;  // of the connection before that
    std::string held_;                    // of the answer's head
    dialer dialer_;
    peer_connection peer_;
    response_reader answer_;
    engine::timer timer_;
    bool sent_ : 1 = false;   // all of the request is on its way
    bool begun_ : 1 = false;  // the client has some of the answer
    bool used_ : 1 = false;   // the connection is not fresh, and has said nothing to this
    bool gone_ : 1 = false;
};

}  // namespace kedge::transports
