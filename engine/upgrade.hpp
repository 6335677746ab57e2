#pragma once

#include <memory>

#include <kedge/engine/graveyard.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

/// Who is told how an upgrade goes: the session.
class upgrade_owner {
  public:
    /// The client's probe was answered on the new transport.
    virtual void on_probe(transport& probing) = 0;
    /// A waiting poll is to be ended, so that the client can leave polling.
    virtual void on_poll_to_end() = 0;
    /// The client has changed over to the new transport. The upgrade is finished.
    virtual void on_upgraded(std::unique_ptr<transport> to) = 0;
    /// The upgrade failed and is finished. `to_close` is the new transport, still to be closed; null when it
    /// has ended by itself.
    virtual void on_upgrade_failed(std::unique_ptr<transport> to_close) = 0;

  protected:
    ~upgrade_owner() = default;
};

/// One attempt of a polling client to change over to a websocket: 2probe, 3probe, 5.
class upgrade final : public departed, private transport_owner {
  public:
    upgrade(upgrade_owner& owner, loop& home, const options& settings, std::unique_ptr<transport> to);

    /// The session has ended: gives the new transport back, to be closed; null when it has ended.
    std::unique_ptr<transport> abandon() noexcept;

  private:
    void on_packet(transport& from, packet& received, const request* via) override;
    void on_garbage(transport& from) override;
    void on_error(transport& from, std::string_view description) override;
    void on_close(transport& from) override;
    void on_writable(transport&) override {}
    void on_drain(transport&) override {}

    void on_timeout(time_point now);
    void on_cadence(time_point now);
    void answer_probe();
    void fail();
    void stop() noexcept;

    upgrade_owner& owner_;
    loop& home_;
    std::unique_ptr<transport> to_;
    bool ended_ = false;
    timer timeout_;
    timer cadence_;
};

}  // namespace kedge::engine
