#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/error.hpp>
#include <kedge/engine/graveyard.hpp>
#include <kedge/engine/handler.hpp>
#include <kedge/engine/heartbeat.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/outbox.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/engine/transport.hpp>
#include <kedge/engine/upgrade.hpp>

namespace kedge::engine {

class session_home;

enum class session_state : std::uint8_t { opening, open, closing, closed };

/// One Engine.IO client. Lives on one worker from its handshake to its end; everything here belongs to that
/// thread.
///
/// A failed allocation on its way ends the session (transport error, "out of memory") and nothing else: what
/// it is told to send or to receive does not throw std::bad_alloc at others.
class session final : public departed, private transport_owner, private upgrade_owner, private turn_work {
  public:
    using sent_callback = unique_function<void()>;

    /// Made by the registry only.
    session(session_home& home, std::string id, engine::revision protocol, request_ptr first,
            std::unique_ptr<transport> on);
    ~session() override;

    std::string_view id() const noexcept { return id_; }
    engine::revision revision() const noexcept { return protocol_; }
    session_state state() const noexcept { return state_; }
    const transport& current_transport() const noexcept { return *transport_; }
    transport& current_transport() noexcept { return *transport_; }
    transport_kind kind() const noexcept { return transport_->kind(); }
    bool upgrading() const noexcept { return upgrade_ != nullptr; }
    bool upgraded() const noexcept { return upgraded_; }
    const request_ptr& first_request() const noexcept { return first_; }
    engine::loop& loop() noexcept;
    /// What lives on this session. Not to be asked for while on_connection() is making it.
    session_handler& handler() noexcept { return *handler_; }
    /// Tells `who` of what happens inside, in the place of who was told before; null: nobody. It must live as
    /// long as the session, or until another takes its place.
    void observe(session_observer* who) noexcept { observer_ = who; }

    /// Sends a message packet. `data` is used during the call only. Dropped unless the session is open.
    /// `sent` runs when the kernel has taken it, never if the session closes first.
    void send(content_kind content, std::string_view data, bool compress = true, sent_callback sent = {});
    /// Sends a shared message.
    void send(const message_ptr& shared);
    /// Whether what is sent now leaves at the end of this turn: the rule for volatile messages.
    bool writable() const noexcept;
    /// Bytes that wait in this session: for a poll, or for the kernel.
    std::size_t unsent() const noexcept;
    /// The same, and what its handler keeps.
    std::size_t held() const noexcept;

    /// Closes the session with reason `forced close`. Without `discard` what is buffered is delivered first,
    /// and a polling client is told in its next poll; with it nothing is waited for.
    void close(bool discard = false);

    // For the registry.
    /// Sends the open packet and starts the heartbeat.
    void open();
    /// Takes what shall live here; tells it if the session has closed meanwhile.
    void live_on(std::unique_ptr<session_handler> made);
    void upgrade_to(std::unique_ptr<transport> to);
    /// Closes it since too much waits for it, or in all; what waits is dropped at once.
    void shed();
    /// Closes without a word to anybody, since the registry is about to be destroyed.
    void fall_silent() noexcept;
    /// The transport of a closed session, if it is still busy closing.
    std::unique_ptr<transport> take_closing_transport() noexcept override;

  private:
    /// In what way the session parts from its transport.
    enum class farewell : std::uint8_t {
        none,     ///< the transport has closed
        discard,  ///< the transport has failed
        close,    ///< the transport is well
    };
    /// Why the session ends with this turn: somebody may be in the middle of a broadcast.
    enum class doom : std::uint8_t { none, unsent, memory };
    struct callbacks;

    template <class F>
    void attempt(F&& f);
    void condemn(doom why) noexcept;

    void on_packet(transport& from, packet& received, const request* via) override;
    void on_garbage(transport& from) override;
    void on_error(transport& from, std::string_view description) override;
    void on_close(transport& from) override;
    void on_writable(transport& from) override;
    void on_drain(transport& from) override;

    void on_probe(transport& probing) override;
    void on_poll_to_end() override;
    void on_upgraded(std::unique_ptr<transport> to) override;
    void on_upgrade_failed(std::unique_ptr<transport> to_close) override;

    void end_turn() override;
    void arm_heartbeat(time_point deadline) noexcept;
    void on_heartbeat_due(time_point now);
    void on_noop_due(time_point now);

    void send_packet(packet_type type);
    bool submit(const outbound& what);
    bool has_room_for(std::size_t bytes);
    void keep(sent_callback sent);
    void give(std::span<const outbound> packets);
    void give_noop();
    void deliver_drain();
    void flush();
    void flush_part();
    void deliver(packet& received, const request* via);
    void close_transport();
    void end(close_reason reason, std::string_view description, farewell how);
    void part(farewell how) noexcept;
    void tell_closed(close_reason reason, std::string_view description);
    void finish_upgrade();

    // First what a delivery looks at: a broadcast finds every session cold, and each line of memory counts.
    session_home& home_;
    std::unique_ptr<transport> transport_;
    std::unique_ptr<outbox> outbox_;  // null when empty
    session_observer* observer_ = nullptr;
    session_state state_ = session_state::opening;
    doom doomed_ = doom::none;
    bool upgraded_ = false;
    bool transport_closing_ = false;
    engine::revision protocol_;
    std::unique_ptr<session_handler> handler_;
    std::unique_ptr<callbacks> callbacks_;
    std::string id_;
    request_ptr first_;
    std::unique_ptr<engine::upgrade> upgrade_;
    std::unique_ptr<timer> noop_timer_;
    heartbeat heartbeat_;
    timer heartbeat_timer_;
};

}  // namespace kedge::engine
