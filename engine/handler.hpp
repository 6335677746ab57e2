#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <kedge/engine/error.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

class session;
class request;

/// The port for what lives on a session: one object per session, owned by it. All calls come on the session's
/// thread.
class session_handler {
  public:
    virtual ~session_handler() = default;

    /// A message arrived. The bytes may be written to until this returns, one byte behind their end included
    /// (see packet). `via` is the head of the POST that brought it, or null. May close the session.
    virtual void on_text(session& from, std::span<char> text, const request* via) = 0;
    virtual void on_binary(session& from, std::span<char> data, const request* via) = 0;
    /// Bytes of what came that wait here: of a message that has not come whole, or kept for the program.
    virtual std::size_t kept() const noexcept { return 0; }
    /// The last call. The session is destroyed at the end of this turn.
    virtual void on_close(session& which, close_reason reason, std::string_view description) = 0;
};

/// The port for who watches the inside of a session. All calls come on the session's thread; a session that
/// nobody watches spends nothing on them.
class session_observer {
  public:
    /// Any packet was received.
    virtual void on_packet(session&, const packet&) {}
    /// A packet is about to be buffered or written.
    virtual void on_packet_create(session&, const outbound&) {}
    /// Packets were given to the transport.
    virtual void on_flush(session&) {}
    /// The kernel took all that was sent.
    virtual void on_drain(session&) {}
    virtual void on_heartbeat(session&) {}
    virtual void on_upgrading(session&, transport&) {}
    virtual void on_upgrade(session&, transport&) {}

  protected:
    ~session_observer() = default;
};

/// The port for what stands above the engine: told of every new session, on the session's thread.
class handler {
  public:
    virtual ~handler() = default;
    /// A session has opened; its open packet is on its way. Returns what shall live on it (never null).
    virtual std::unique_ptr<session_handler> on_connection(session& opened) = 0;
    /// A session has closed; what lives on it is told next.
    virtual void on_closed(session&, close_reason, std::string_view) {}
    /// More than max_buffered_bytes_total waits; told at the end of a turn, again and again while it does.
    virtual void on_too_much_waits() {}
};

}  // namespace kedge::engine
