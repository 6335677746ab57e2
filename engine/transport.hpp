#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <kedge/engine/message.hpp>
#include <kedge/engine/owned_list.hpp>
#include <kedge/engine/packet.hpp>

namespace kedge::engine {

class request;
class transport;

enum class transport_kind : std::uint8_t { polling, websocket };
std::string_view to_string(transport_kind kind) noexcept;

/// Who is told what happens to a transport: the session. A call may end the session; the transport then hears
/// close() or discard() during the call and must expect it. No transport is destroyed before the turn ends.
class transport_owner {
  public:
    /// `via` is the head of the POST that brought the packet, null on a websocket. Polling keeps close
    /// packets to itself: it answers a waiting poll with a noop, reads no further, and calls on_close().
    virtual void on_packet(transport& from, packet& received, const request* via) = 0;
    /// What came is not a packet of this protocol.
    virtual void on_garbage(transport& from) = 0;
    /// The transport failed or the peer broke its rules; `description` is the reference's text. The owner
    /// discards it.
    virtual void on_error(transport& from, std::string_view description) = 0;
    /// The peer closed in an orderly way, or the close that close() began is complete.
    virtual void on_close(transport& from) = 0;
    /// A poll arrived: packets can be sent now.
    virtual void on_writable(transport& from) = 0;
    /// All bytes given to send() are with the kernel: the answer to want_drain().
    virtual void on_drain(transport& from) = 0;

  protected:
    ~transport_owner() = default;
};

/// The port to a transport object: polling or websocket, as a session sees it.
class transport : public list_link {
  public:
    virtual ~transport() = default;

    virtual transport_kind kind() const noexcept = 0;
    /// True for a websocket: packets may be given at any time while it is open, one by one. False for
    /// polling: packets are given only while writable(), and all that wait go in one call, which is one
    /// answer. Polling that answers a request for a new session is writable from the beginning.
    virtual bool streams() const noexcept = 0;
    /// Whether what is given now goes to the kernel at once: a poll waits; the kernel has taken all earlier
    /// bytes.
    virtual bool writable() const noexcept = 0;
    /// Does not call the owner back; what goes wrong is told later.
    virtual void send(std::span<const outbound> packets) = 0;
    /// Bytes taken by send() and not yet by the kernel.
    virtual std::size_t unsent() const noexcept = 0;
    /// Whether packets that came whole are still to be told to the owner.
    virtual bool receiving() const noexcept { return false; }
    /// Asks for one on_drain(): when this turn ends, or later, when the kernel has taken what is unsent.
    virtual void want_drain() = 0;
    /// Whether the peer said that it cannot take binary (b64).
    virtual bool base64() const noexcept = 0;

    /// Ends the transport as the reference does: a websocket sends a close frame after what is unsent;
    /// polling answers a waiting poll, or the next one, with a close packet, for which it waits at most 30 s.
    /// on_close() follows, at once or later, until when the transport is kept. A second call does nothing.
    virtual void close() = 0;
    /// Ends the transport without waiting for anything: what can be said in this turn is said (a waiting poll
    /// is answered with a close packet). No call to the owner follows, and the transport is destroyed when
    /// the turn is over; bytes on their way out are then its stream's affair. Also what a transport hears
    /// that was replaced by an upgrade, or that has reported an error.
    virtual void discard() = 0;
    /// The same without a word to the peer, which cannot fail: for want of memory to say one.
    virtual void abort() noexcept = 0;

    void owner(transport_owner* who) noexcept { owner_ = who; }
    transport_owner* owner() const noexcept { return owner_; }

  private:
    transport_owner* owner_ = nullptr;
};

/// Discards a transport, or aborts it when there is no memory for a last word.
void discard(transport& which) noexcept;

}  // namespace kedge::engine
