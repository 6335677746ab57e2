#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <engine/loop.hpp>
#include <engine/request.hpp>

namespace kedge::transports {

class worker;
class tls_state;  // one connection's TLS: an SSL object without buffers of its own (tls.hpp)

/// Who is told what happens to a stream: the HTTP connection first, a websocket after the upgrade.
class stream_owner {
  public:
    /// Bytes arrived (already decrypted). They lie in the worker's read buffer: valid, and writable, during the call
    /// only, the one byte behind their end included. What is incomplete must be kept by the owner.
    virtual void on_bytes(std::span<char> bytes) = 0;
    /// Nothing more will come: the peer closed or the socket failed. Called once, also while reading is paused.
    virtual void on_end() = 0;
    /// All bytes given to write() are with the kernel. Called at the end of a turn in which bytes were written.
    virtual void on_drain() = 0;

  protected:
    ~stream_owner() = default;
};

/// A connected socket between two workers, or fresh from a listener: everything that must travel.
struct detached_stream {
    detached_stream() = default;
    detached_stream(detached_stream&&) noexcept;
    detached_stream& operator=(detached_stream&&) noexcept;
    ~detached_stream();  ///< closes the descriptor if it still has one

    int descriptor = -1;
    std::unique_ptr<tls_state> tls;  ///< null when plain
    engine::origin from;
    std::string unread;  ///< bytes (decrypted) that were read but not consumed
};

/// One TCP or UNIX socket, plain or TLS, on one worker. Bytes written during a turn leave at its end in one call.
/// Closing is never destroying: the owner is destroyed at the end of the turn, and the stream with it.
class stream final : private engine::turn_work {
  public:
    stream(worker& home, detached_stream from, stream_owner& owner);
    ~stream();

    void owner(stream_owner& who) noexcept;
    worker& home() noexcept;
    const engine::origin& from() const noexcept;

    /// Appends to what leaves at the end of the turn. Copied.
    void write(std::string_view bytes);
    /// The same without a copy for large bytes that `keep` holds alive.
    void write(std::string_view bytes, std::shared_ptr<const void> keep);
    /// The turn's output buffer, to append to in place (frames, response heads); flushed like write().
    std::string& output();
    /// Bytes written and not yet taken by the kernel.
    std::size_t unsent() const noexcept;
    /// True unless the kernel refused bytes in an earlier turn that still wait.
    bool writable() const noexcept;

    /// Stops reading; the peer's going away is still noticed. What arrives waits in the kernel.
    void pause() noexcept;
    void resume();
    bool paused() const noexcept;

    /// Ends the stream when what was written has left: half-closes, then waits shortly for the peer (so that it is not
    /// reset before it has read the answer). on_end() does not follow.
    void close();
    /// Ends the stream now and forgets unsent bytes. on_end() does not follow.
    void abort() noexcept;
    bool closed() const noexcept;

    /// Takes everything out, to be moved to another worker. `unread` is what the owner has read and not used.
    detached_stream release(std::string_view unread);

  private:
    void end_turn() override;
    // (what the worker needs follows; see stream.cpp)
};

}  // namespace kedge::transports
