#pragma once

#include <cstdint>

namespace kedge::transports {

/// What a descriptor is ready for; a set of flags.
enum class ready : std::uint8_t {
    nothing = 0,
    read = 1,
    write = 2,
    hang_up = 4,  ///< the peer closed its side, or the socket failed: a short read does not mean drained
};
constexpr ready operator|(ready a, ready b) noexcept {
    return static_cast<ready>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool has(ready set, ready which) noexcept {
    return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(which)) != 0;
}

/// Something with a descriptor in a poll_set: a stream, a listener.
class pollable {
  public:
    /// Readiness changed. An edge comes once: what is left undone is remembered by the receiver.
    virtual void on_ready(ready what) = 0;

  protected:
    ~pollable() = default;
};

/// Who is told by a poll_set: the worker.
class poll_sink {
  public:
    /// Something is ready, and no host said so: begin a turn and call poll_set::dispatch() in it.
    virtual void on_wake() = 0;
    virtual void on_ready(pollable& which, ready what) noexcept = 0;

  protected:
    ~poll_sink() = default;
};

/// How readiness is learnt. Belongs to the worker's thread.
class poll_set {
  public:
    virtual ~poll_set() = default;

    /// Reports readiness of the descriptor until remove(). Throws std::system_error when the system refuses.
    virtual void add(int descriptor, pollable& who) = 0;
    /// Lets `to` take over the place of `from`; what is ready now is reported to it again. False when the
    /// system refuses: then the descriptor is watched for nobody any more.
    virtual bool replace(int descriptor, pollable& from, pollable& to) noexcept = 0;
    /// After this nothing is reported to `who` any more, not even from the batch under way.
    virtual void remove(int descriptor, pollable& who) noexcept = 0;
    /// Asks for the next report of this kind, after the descriptor was drained or refused bytes. An
    /// edge-triggered set reports by itself, and does nothing here.
    virtual void want(int descriptor, ready what) noexcept = 0;

    /// Reports one batch to the sink, without blocking.
    virtual void dispatch() = 0;
    /// Waits for the next batch, at the end of each turn. Nothing is waited for while the set is empty, so
    /// that an application's io_context can run out of work.
    virtual void arm() = 0;
    virtual bool empty() const noexcept = 0;
};

}  // namespace kedge::transports
