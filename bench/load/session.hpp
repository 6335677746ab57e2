#pragma once

#include <bench/common/framing.hpp>
#include <bench/load/connection.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

class session;

/// What a run does with its sessions.
class session_owner {
  public:
    virtual ~session_owner() = default;
    /// The namespace is connected: messages may be sent.
    virtual void on_connected(session& who) = 0;
    /// Bytes of the stream of incoming items (see framing), heartbeats included.
    virtual void on_stream(session& who, std::string_view bytes) = 0;
};

/// One Socket.IO client of protocol 5, connected to the main namespace.
class session {
  public:
    session(std::size_t number, session_owner& owner) : number_(number), owner_(owner) {}
    virtual ~session() = default;
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    std::size_t number() const noexcept { return number_; }
    virtual const framing& how() const noexcept = 0;
    /// Sends packets that are framed already.
    virtual void send(std::string_view outgoing) = 0;

  protected:
    /// Takes incoming items apart until the namespace is connected; hands them on from there.
    void on_items(std::string_view bytes);
    [[noreturn]] void on_surprise(std::string_view what, std::string_view bytes) const;

  private:
    virtual void on_open(std::string_view sid) = 0;

    std::size_t number_;
    session_owner& owner_;
    bool connected_ = false;
    std::string incomplete_;
};

enum class transport { websocket, polling };

/// A session that has begun to connect.
std::unique_ptr<session> open_session(transport over, poller& poll, const target& where, std::size_t number,
                                      session_owner& owner);
const framing& framing_of(transport over);

}  // namespace bench
