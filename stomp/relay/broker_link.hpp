#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/loop.hpp>
#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/frames/frame_parser.hpp>
#include <kedge/stomp/frames/frame_writer.hpp>
#include <kedge/stomp/relay/broker_wire.hpp>

namespace kedge::stomp {

/// Who uses a link.
class broker_link_user {
  public:
    /// The broker has let it in.
    virtual void on_ready() = 0;
    /// MESSAGE or RECEIPT.
    virtual void on_frame(frame& got) = 0;
    /// The connection is no more, or was not made: the broker's words (an ERROR's), or what became of it.
    /// Once for each start().
    virtual void on_lost(const frame& why) = 0;
    /// The broker takes frames again, of which it had too many.
    virtual void on_room() = 0;

  protected:
    ~broker_link_user() = default;
};

/// How a link introduces itself, and what it bears.
struct link_terms {
    std::string virtual_host{};
    std::string login{};  ///< empty: none
    std::string passcode{};
    version speaks = version::v1_2;
    engine::duration heart_beat{10'000};
    unsigned heart_beat_tolerance = 3;
    engine::duration connect_timeout{10'000};
    frame_limits limits{};
    std::size_t max_unsent = std::size_t{1} << 20;  ///< bytes; beyond, it is congested
};

/// The client's side of STOMP on one connection to a broker: greeting, heart-beats both ways, frames. Knows
/// no socket and no clock.
class broker_link final {
  public:
    broker_link(engine::loop& home, broker_wire& to, link_terms terms, broker_link_user& user);
    broker_link(const broker_link&) = delete;
    broker_link& operator=(const broker_link&) = delete;

    /// Who comes; before start().
    void introduce(std::string login, std::string passcode, version speaks);
    void start();
    bool ready() const noexcept { return state_ == state::ready; }
    bool off() const noexcept { return state_ == state::off; }
    /// Whether the last connection was made, whatever came of it.
    bool reached() const noexcept { return reached_; }

    /// Sends a frame, when it is ready.
    void send(std::string_view command, std::span<const header_view> headers, std::string_view body = {});
    /// Whether the broker has not taken what was sent before: on_room() follows.
    bool congested() const noexcept { return congested_; }
    std::size_t unsent() const { return wire_.unsent(); }
    /// Reads nothing until it is taken back. What arrived before is heard all the same.
    void hold(bool held);
    /// Ends the connection behind what was sent. The user is told nothing.
    void stop();

    // What the wire tells.
    void on_connected();
    void on_bytes(std::string_view bytes);
    void on_drained();
    void on_lost(std::string_view why);

  private:
    enum class state : std::uint8_t { off, connecting, greeting, ready };

    void on_frame(frame& got);
    void on_greeting(const frame& got);
    void lose(frame why);
    void lose(std::string_view why);
    void write(std::string_view command, std::span<const header_view> headers, std::string_view body = {});
    void note_life();
    void on_silence(engine::time_point now);
    void on_beat(engine::time_point now);
    void rest() noexcept;

    engine::loop& home_;
    broker_wire& wire_;
    link_terms terms_;
    broker_link_user& user_;
    state state_ = state::off;
    frame_parser parser_;
    bool congested_ = false;
    bool held_ = false;
    bool reached_ = false;
    bool left_ = false;  // DISCONNECT was said
    engine::duration send_every_{0};
    engine::duration hear_every_{0};
    engine::time_point last_sent_{};
    engine::timer silence_;
    engine::timer beat_;
    std::string out_;
};

}  // namespace kedge::stomp
