#pragma once

#include <string>

namespace kedge::transports {

/// Where the bytes of a stream without a descriptor leave: somebody else's stream (TLS of the host, a pipe of
/// the program's own). What comes in is given to the stream by stream::feed() and its sisters.
class stream_outlet {
  public:
    virtual ~stream_outlet() = default;
    /// Takes all. False when no more should follow until stream::feed_drained().
    virtual bool write(std::string bytes) = 0;
    /// The last call: nothing more will be written.
    virtual void end() noexcept = 0;
};

}  // namespace kedge::transports
