#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/loop/poll_set.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/detached_stream.hpp>
#include <kedge/transports/net/socket_io.hpp>

namespace kedge::transports {

struct stream_buffers;

/// Who is told what happens to a stream: the HTTP connection first, a websocket after the upgrade.
class stream_owner {
  public:
    /// Bytes arrived (already decrypted). They lie in the worker's read buffer: valid, and writable, during
    /// the call only, the one byte behind their end included. What is incomplete must be kept by the owner.
    virtual void on_bytes(std::span<char> bytes) = 0;
    /// Nothing more will come: the peer closed or the socket failed. Called once, when all that came was
    /// given to on_bytes(); also while reading is paused, unless bytes wait unread then and the peer only
    /// half-closed. Writing may still succeed; close() or abort() is expected sooner or later. Called again
    /// when writing fails and on_drain() was asked for.
    virtual void on_end() = 0;
    /// All bytes given to write() are with the kernel: the answer to want_drain().
    virtual void on_drain() {}
    /// Memory ran out in one of these calls, or in the stream: it is aborted, and the last that is heard of
    /// it.
    virtual void on_fault() noexcept = 0;

  protected:
    ~stream_owner() = default;
};

/// One TCP or UNIX socket, plain or TLS, on one worker; or bytes that somebody else carries (stream_outlet).
/// Bytes written during a turn leave at its end in one call. Closing is never destroying: the owner is
/// destroyed at the end of the turn, and the stream with it; what close() has yet to do is then finished by
/// the worker.
class stream final : public mortal, private engine::turn_work, private pollable {
  public:
    /// What `from` holds unread is given to the owner in a turn to come, never during the construction.
    stream(worker& home, detached_stream from, stream_owner& owner);
    ~stream() override;
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    void owner(stream_owner& who) noexcept { owner_ = &who; }
    worker& home() noexcept { return *home_; }
    const engine::origin& from() const noexcept { return from_; }
    /// What is known of the node at the other end; null when it is none.
    peer_line* peer() const noexcept { return peer_.get(); }

    /// Appends to what leaves at the end of the turn. Copied.
    void write(std::string_view bytes);
    /// The same for bytes of a message. They are copied only where they are small and must wait.
    void write(std::string_view bytes, const engine::message_ptr& keep);
    /// The turn's output buffer, to append to in place (frames, response heads); flushed like write(). The
    /// reference is good until the next call to this stream or the end of the turn.
    std::string& output();
    /// Bytes written and not yet taken by the kernel.
    std::size_t unsent() const noexcept;
    /// True unless the kernel refused bytes in an earlier turn that still wait.
    bool writable() const noexcept { return !blocked_; }

    /// From within on_bytes(): gives back what the owner leaves for a turn to come. Others come first.
    void put_back(std::span<char> rest);

    /// Asks for one on_drain(): at the end of this turn, or later, when the kernel has taken all.
    void want_drain();

    /// Stops reading; the peer's going away is still noticed. What arrives waits in the kernel.
    void pause() noexcept { paused_ = true; }
    /// Reads on, in a turn to come.
    void resume();
    bool paused() const noexcept { return paused_; }

    /// Ends the stream when what was written has left: half-closes, then waits shortly for the peer (so that
    /// it is not reset before it has read the answer). on_end() does not follow.
    void close() noexcept;
    /// Ends the stream now and forgets unsent bytes. on_end() does not follow.
    void abort() noexcept;
    /// After close(), abort() or release().
    bool closed() const noexcept { return closed_; }

    /// Lets go of a stream: it ends now unless it is closing, and is destroyed when the turn ends, since it
    /// may be what called.
    struct burial {
        void operator()(stream* dead) const noexcept;
    };

    // Of a stream without a descriptor, whose outlet takes what is written. The owner is called at once,
    // unless this is within such a call or reading is paused.

    /// Bytes arrived, and are copied. How many wait for the owner now.
    std::size_t feed(std::string_view bytes);
    /// Nothing more will arrive. One that is paused is told, too, unless bytes wait for it.
    void feed_end();
    /// The outlet takes bytes again.
    void feed_drained();

    /// Takes everything out, to be moved to another worker. `unread` is what the owner has read and not used.
    detached_stream release(std::string_view unread);

  private:
    void on_ready(ready what) override;
    void end_turn() override;

    bool fed() const noexcept;
    void pour();
    void take_fed();
    void fail() noexcept;
    void hear(ready what);
    void send();
    void read();
    void read_ahead();
    void end_if_finished();
    bool read_once(std::size_t most);
    void drained() noexcept;
    void deliver_unread();
    bool left_over() const noexcept;
    void receive_bytes(std::span<char> bytes);
    std::span<char> open_sealed(std::string_view sealed);
    void give(std::span<char> plain);
    void on_established();
    void end();
    void write_later() noexcept;
    void wake() noexcept;
    bool nothing_waits() const noexcept;
    bool slow() const noexcept;
    flushed flush_lent();
    void copy_lent();
    void on_flushed();
    void on_failed();
    void carry();
    void part();
    stream_buffers& buffers();
    void return_buffers() noexcept;

    worker* home_;
    int descriptor_ = -1;
    bool closed_ : 1 = false;  // close(), abort() or release() was called
    bool ended_ : 1 = false;   // nothing more will come, and the owner knows
    bool paused_ : 1 = false;
    bool readable_ : 1 = false;  // an edge came and its bytes were not all read
    bool hung_up_ : 1 = false;   // an edge said that the peer has closed: read until 0 or EAGAIN
    bool finished_ : 1 = false;  // end of file was read ahead; the owner learns it after the bytes before it
    bool blocked_ : 1 = false;   // the kernel refused bytes
    bool woken_ : 1 = false;     // it may take some again
    bool carried_ : 1 = false;   // is in the worker's list of things left undone
    bool drain_wanted_ : 1 = false;
    bool poured_out_ : 1 = false;  // nothing more is given to the outlet
    bool taking_ : 1 = false;      // the owner is given what had waited
    std::unique_ptr<tls_state> tls_;
    std::unique_ptr<stream_buffers> buffers_;
    std::string_view lent_;  // goes out before the buffers; the worker keeps it alive until it is flushed
    stream_owner* owner_;
    std::unique_ptr<connection_permit> permit_;
    std::unique_ptr<peer_line> peer_;
    engine::origin from_;
};

/// Who has one of these cannot destroy the stream that is calling.
using stream_ptr = std::unique_ptr<stream, stream::burial>;
stream_ptr make_stream(worker& home, detached_stream from, stream_owner& owner);

}  // namespace kedge::transports
