#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/arrivals.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>

namespace kedge::transports {

class ws_closing;
class ws_group;
class ws_peer;

/// How a websocket ended that its owner did not end.
struct ws_end {
    enum class kind : std::uint8_t {
        closed,     ///< the peer sent its close frame: `code` and `reason` are the peer's
        lost,       ///< the connection ended without one
        violation,  ///< the peer broke the rules and was told so by `code`
        flooded,    ///< the peer asks and does not read: nothing was closed yet, abort() is expected
        starved,    ///< memory ran out on the way: the connection is cut
    };
    kind how = kind::lost;
    std::uint16_t code = 1006;  ///< 1005 when the close frame had none
    std::string_view reason;    ///< of a violation: what is wrong, in words. Valid during the call.
};

/// Who is told what a websocket's peer says. A call may close the websocket; nothing is destroyed before the
/// turn ends.
class ws_owner {
  public:
    /// A whole message, of valid UTF-8. It may be written to until this returns, the one byte behind its end
    /// included. What is thrown is reported, and costs no message behind this one.
    virtual void on_text(ws_peer& from, std::span<char> text) = 0;
    virtual void on_binary(ws_peer& from, std::span<char> data) = 0;
    /// The peer has broken the rules. What is sent in this call still reaches it, before it is told.
    virtual void on_breach(ws_peer&) {}
    /// The last call but for on_drain(). Does not follow close() and abort().
    virtual void on_close(ws_peer& which, const ws_end& end) = 0;
    /// All that was sent is with the kernel: the answer to want_drain().
    virtual void on_drain(ws_peer&) {}
    /// It is answered already.
    virtual void on_ping(ws_peer&, std::span<const char>) {}
    virtual void on_pong(ws_peer&, std::span<const char>) {}

  protected:
    ~ws_owner() = default;
};

/// The server's side of one websocket (RFC 6455, RFC 7692), on a stream behind its 101. What is sent is
/// written straight into the stream's output and leaves at the end of the turn. Pings are answered, and a
/// close frame is, before the owner is told.
class ws_peer final : private stream_owner, private engine::arrival_owner {
  public:
    /// `deflate`: null unless compression was negotiated.
    ws_peer(ws_group& home, stream_ptr on, std::unique_ptr<ws_deflate> deflate, ws_owner& owner);
    /// The same on a stream of its own; what was read of it before is read in a turn to come.
    ws_peer(ws_group& home, detached_stream on, std::unique_ptr<ws_deflate> deflate, ws_owner& owner);
    ~ws_peer();
    ws_peer(const ws_peer&) = delete;
    ws_peer& operator=(const ws_peer&) = delete;

    /// Reads what came behind the upgrade request; one spare byte lies behind it.
    void read(std::span<char> bytes) { on_bytes(bytes); }

    bool open() const noexcept { return stream_ && !stream_->closed(); }
    /// Whether something can still be sent.
    bool sends() const noexcept { return open() && !shut_; }
    /// Whom it talks to. Only while it is open.
    const engine::origin& from() const noexcept { return stream_->from(); }

    /// Sends a message of one frame.
    void text(std::string_view text);
    void binary(std::string_view data);
    /// Sends a message that many share: its frame is built once, and compressed for nobody.
    void send(const engine::message_ptr& shared);
    /// Sends a frame that was built before, and that `keep` holds alive. Not for who compresses.
    void send_frame(std::string_view frame, const engine::message_ptr& keep) { stream_->write(frame, keep); }
    /// Sends a message of one frame, `before` and then `data`, which `keep` holds alive: large ones are not
    /// copied, not even into a frame. Not for who compresses.
    void send_lent(ws_opcode kind, std::string_view before, std::string_view data,
                   const engine::message_ptr& keep);
    /// Sends bytes that are no frame: what belongs before the first one.
    void send_raw(std::string_view bytes) { stream_->write(bytes); }
    /// Sends a message that `fill(std::string& to)` appends, exactly `size` bytes of it. Only while it is
    /// open.
    template <class Fill>
    void send(ws_opcode kind, std::size_t size, Fill&& fill) {
        if (deflate_ && may_deflate(size)) {
            std::string plain;
            plain.reserve(size);
            fill(plain);
            return send_deflated(kind, plain);
        }
        std::string& out = stream_->output();
        append_frame_head(out, kind, size);
        fill(out);
    }
    void ping(std::string_view data = {});

    bool compresses() const noexcept { return deflate_ != nullptr; }
    /// Whether the kernel has taken all earlier bytes.
    bool writable() const noexcept { return open() && stream_->writable(); }
    std::size_t unsent() const noexcept { return open() ? stream_->unsent() : 0; }
    /// Asks for one on_drain(): when this turn ends, or later, when the kernel has taken what is unsent.
    void want_drain() {
        if (open()) stream_->want_drain();
    }
    /// What arrived of a stream that somebody else carries: see stream::feed().
    std::size_t feed(std::string_view bytes) { return open() ? stream_->feed(bytes) : 0; }
    void feed_end() {
        if (open()) stream_->feed_end();
    }
    void feed_drained() {
        if (open()) stream_->feed_drained();
    }
    /// Stops reading, and reads on: for owners that are not done with what came.
    void pause() noexcept {
        if (open()) stream_->pause();
    }
    void resume() {
        if (open()) stream_->resume();
    }

    /// Sends a close frame, without a code, behind what is unsent. The rest of the handshake is the group's
    /// affair.
    void close();
    void close(std::uint16_t code, std::string_view reason = {});
    /// Sends a close frame, and reads on: the owner is told what comes until the peer's own close frame, for
    /// which nobody but the owner sets a time. With code 0 the frame has none.
    void shut(std::uint16_t code, std::string_view reason = {});
    /// Ends the connection behind what is unsent, without a close frame.
    void hang_up() noexcept;
    /// Ends the connection now, without a word.
    void abort() noexcept;

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_drain() override;
    void on_fault() noexcept override;
    void on_cut() noexcept override;

    void take(std::span<char> bytes);
    void count_arriving();
    void on_event(const ws_event& what, std::span<char> rest);
    void on_message(const ws_event& what, std::span<char> rest);
    void on_close_frame(const ws_event& what);
    void on_violation(const ws_event& what);
    bool pong(std::span<const char> data);
    bool may_deflate(std::size_t size) noexcept;
    void send_deflated(ws_opcode kind, std::string_view plain);
    void say_goodbye(std::uint16_t code, std::string_view reason);
    void part();
    void fail() noexcept;

    ws_group& home_;
    ws_owner& owner_;
    stream_ptr stream_;  // null when a ws_closing has taken it over
    std::unique_ptr<ws_deflate> deflate_;
    ws_closing* heir_ = nullptr;  // reads on when we close in the middle of a buffer
    bool shut_ = false;           // the close frame is sent, and the owner still listens
    ws_decoder decoder_;
    std::unique_ptr<engine::arrival> arriving_;  // once much of a message is held
};

}  // namespace kedge::transports
