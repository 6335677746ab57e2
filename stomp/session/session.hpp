#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/frames/frame_parser.hpp>
#include <kedge/stomp/frames/frame_writer.hpp>
#include <kedge/stomp/session/options.hpp>
#include <kedge/stomp/session/receipts.hpp>
#include <kedge/stomp/session/transactions.hpp>

namespace kedge::stomp {

class session;

/// Which deliveries a client acknowledges.
enum class ack_mode : std::uint8_t {
    automatic,   ///< none: what was sent counts
    client,      ///< one, and with it all before it of the subscription
    individual,  ///< each for itself
};

/// What a client listens to.
struct subscription {
    std::string id;  ///< by which the client knows it; of one without a name, the destination
    std::string destination;
    bool named = true;  ///< in 1.0 it may have no name
    ack_mode ack = ack_mode::automatic;
};

/// The way to the client: a websocket, or a SockJS session.
class wire {
  public:
    /// Sends one message that holds one frame, or a heart-beat.
    virtual void send(std::string_view message) = 0;
    /// Ends the connection behind what was sent.
    virtual void close() = 0;
    /// Heart-beats go both ways from now on: no others are needed.
    virtual void on_heart_beats() {}
    /// Reads nothing from the client until that is taken back, where there is a way not to read.
    virtual void hold(bool) {}

  protected:
    ~wire() = default;
};

/// Who decides what a session's client may do, and does it. What it refuses ends the session.
class session_owner {
  public:
    /// A client wants to come in: to be answered by accept() or refuse(), now or later.
    virtual void on_connect(session& from, const frame& asked) = 0;
    virtual std::optional<refusal> on_subscribe(session& from, const subscription& made,
                                                const frame& asked) = 0;
    virtual void on_unsubscribe(session& from, const subscription& ended, const frame& asked) = 0;
    /// Whether a SEND would be taken. Of a transaction all frames are asked for before the first is
    /// performed.
    virtual std::optional<refusal> may_send(session& from, const frame& sent) = 0;
    /// Performs a SEND that may_send() has let pass.
    virtual std::optional<refusal> on_send(session& from, frame& sent) = 0;
    /// The same for ACK and NACK: a delivery was taken, or was not. `id`: what the client calls it.
    virtual std::optional<refusal> may_ack(session& from, std::string_view id, const frame& asked) = 0;
    virtual std::optional<refusal> on_ack(session& from, std::string_view id, const frame& asked) = 0;
    /// The frames of a transaction are performed from here on, or were performed.
    virtual void on_commit(session&, std::string_view /*transaction*/, bool /*begins*/) {}
    /// The client wants to leave: its receipt waits for what is expected here.
    virtual void on_disconnect(session&) {}
    /// Once, whoever ended it.
    virtual void on_close(session& which) = 0;

  protected:
    ~session_owner() = default;
};

/// One client's side of the protocol: versions, heart-beats, subscriptions, transactions, receipts and
/// errors. Belongs to its worker's thread.
class session final {
  public:
    session(engine::loop& home, const options& terms, wire& to, session_owner& owner);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Bytes of the client, cut anywhere.
    void receive(std::string_view bytes);
    /// The same up to the end of a frame, which are taken from the front. False when nothing is left to do.
    bool receive_frame(std::string_view& bytes);
    /// The client has gone.
    void lose();

    /// The answer to on_connect(): the client is in, with these headers beside the protocol's own.
    void accept(std::string_view id, std::span<const header_view> more = {});
    /// Tells the client why its connection ends, and ends it.
    void fail(const refusal& why);

    /// What the frame under way asks for is done elsewhere; its receipt, and those behind, wait until
    /// settle() is given the number that this returns. Only from within a call to the owner.
    std::uint64_t expect() { return receipts_.begin(receipt_wanted_); }
    void settle(std::uint64_t errand, const std::optional<refusal>& why = std::nullopt);
    /// Whether the client wants a receipt for the frame under way.
    bool wants_receipt() const noexcept { return !receipt_wanted_.empty(); }

    /// Sends a MESSAGE. `headers` are the user's; `ack`: by which the client acknowledges it, or empty. False
    /// when the client hears nothing any more.
    bool deliver(const subscription& to, std::string_view destination, std::string_view message_id,
                 std::string_view ack, std::span<const header_view> headers, std::string_view body);
    /// Sends a MESSAGE as another server of the same version has written it.
    void pass(const frame& message);
    /// Reads nothing from the client until that is taken back: its silence says nothing meanwhile.
    void hold(bool held);

    version spoken() const noexcept { return version_; }
    bool connecting() const noexcept { return state_ == state::connecting; }
    bool connected() const noexcept { return state_ == state::connected; }
    /// Whether it ended with an ERROR.
    bool failed() const noexcept { return failed_; }
    const subscription* find(std::string_view id) const noexcept;
    const std::vector<subscription>& subscriptions() const noexcept { return subscriptions_; }

  private:
    enum class state : std::uint8_t { fresh, connecting, connected, leaving, over };
    void on_frame(frame& got);
    void on_connect(frame& got);
    bool agree_version(const frame& got);
    bool agree_heart_beat(const frame& got);
    std::optional<refusal> act(frame& got);
    std::optional<refusal> perform(frame& got);
    std::optional<refusal> permit(const frame& got);
    std::optional<refusal> subscribe(const frame& got);
    std::optional<refusal> unsubscribe(const frame& got);
    std::optional<refusal> acknowledge(const frame& got);
    std::string_view delivery_name() const noexcept;
    std::optional<refusal> begin(const frame& got);
    std::optional<refusal> commit(const frame& got);
    std::optional<refusal> abort(const frame& got);
    void disconnect(const frame& got);
    void give_receipt(std::string_view receipt);
    void give_receipts();
    void fail(const refusal& why, std::string_view receipt);

    void write(std::string_view command, std::span<const header_view> headers, std::string_view body = {});
    void note_life();
    void on_silence(engine::time_point now);
    void on_beat(engine::time_point now);
    void end();

    engine::loop& home_;
    const options& terms_;
    wire& wire_;
    session_owner& owner_;
    frame_parser parser_;
    state state_ = state::fresh;
    version version_ = version::v1_2;
    engine::duration send_every_{0};
    engine::duration hear_every_{0};
    engine::time_point last_sent_{};
    engine::timer silence_;
    engine::timer beat_;
    std::vector<subscription> subscriptions_;
    transactions transactions_;
    receipts receipts_;
    std::string_view receipt_wanted_;  // by the frame under way
    bool failed_ = false;
    bool held_ = false;
    std::string out_;
};

}  // namespace kedge::stomp
