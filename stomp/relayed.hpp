#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/relay/broker_connection.hpp>
#include <kedge/stomp/relay/broker_link.hpp>
#include <kedge/stomp/relay_core.hpp>
#include <kedge/stomp/session/session.hpp>

namespace kedge::stomp {

/// Who is told that the broker has let its client in.
class relayed_owner {
  public:
    virtual void on_admitted() = 0;
    /// The client is not read until that is taken back: the broker takes no more.
    virtual void on_pressure(bool held) = 0;
    /// The connection to the broker is no more: the client's end.
    virtual void on_abandoned(std::string_view why) = 0;

  protected:
    ~relayed_owner() = default;
};

/// What a client has at the broker: a connection of its own, so that its order, its transactions, what it has
/// not acknowledged, and who it is, are the broker's to keep. Each frame passes with the headers that its
/// sender gave it; receipts have numbers of ours on the way.
class relayed final : private broker_link_user {
  public:
    /// `to`: a network that leads to the link().
    relayed(engine::loop& home, relay_core& of, broker_wire& to, session& client, relayed_owner& owner);
    ~relayed();
    relayed(const relayed&) = delete;
    relayed& operator=(const relayed&) = delete;

    broker_link& link() noexcept { return link_; }

    /// Makes the connection; the owner is told when the client is in, the session fails when it is not.
    void start(relay_login who);
    /// SEND, SUBSCRIBE, UNSUBSCRIBE, ACK, NACK: passed on. Within a call to the session's owner.
    void forward(const frame& from);
    /// Whether the broker has taken so little of what came that the client cannot be borne any longer.
    bool overrun() const { return link_.unsent() > of_.most_unsent; }
    void on_commit(std::string_view transaction, bool begins);
    /// The client's receipt waits for the broker's.
    void on_disconnect();
    /// The client reads nothing at this moment: the broker is not read.
    void hold(bool held) { link_.hold(held); }
    void stop();

  private:
    void on_ready() override;
    void on_frame(frame& got) override;
    void on_lost(const frame& why) override;
    void on_room() override;
    void say(std::string_view command, std::vector<header_view> headers, std::string_view body = {});
    void depart() noexcept;

    relay_core& of_;
    session& session_;
    relayed_owner& owner_;
    broker_link link_;
    std::string transaction_;  // whose frames pass now
    bool begun_ = false;       // the broker knows it
    bool counted_ = false;
};

}  // namespace kedge::stomp
