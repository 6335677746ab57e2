#pragma once

#include <memory>
#include <string>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

class worker;
class stream_outlet;  // in the place of a descriptor (rope.hpp)
class tls_context;
class tls_state;          // one connection's TLS: an SSL object without buffers of its own (tls_state.hpp)
class connection_permit;  // its share of the limits (connection_limits.hpp)
struct peer_line;         // what a connection of another node is known by (peer_guard.hpp)

/// A place taken among a worker's connections, so that a burst is spread before the first of it has arrived.
class seat {
  public:
    seat() noexcept = default;
    explicit seat(worker& at) noexcept;
    seat(seat&& other) noexcept;
    seat& operator=(seat&& other) noexcept;
    ~seat();

  private:
    worker* at_ = nullptr;
};

/// A connected socket between two workers, or fresh from a listener: everything that must travel.
struct detached_stream {
    detached_stream();
    detached_stream(detached_stream&&) noexcept;
    detached_stream& operator=(detached_stream&&) noexcept;
    ~detached_stream();  ///< closes the descriptor if it still has one

    int descriptor = -1;
    std::unique_ptr<stream_outlet> outlet;  ///< null when there is a descriptor
    std::unique_ptr<tls_state> tls;         ///< null when plain
    engine::origin from;
    /// Bytes that were read but not consumed: decrypted ones, or, when TLS has yet to begin, the first of it.
    std::string unread;
    std::string unsent;  ///< bytes (before encryption) that were written and that the kernel has not taken
    std::unique_ptr<connection_permit> permit;
    std::unique_ptr<peer_line> peer;  ///< null unless another node of the fleet is at the other end
    seat place;
};

/// Makes a detached stream of a connected socket that somebody else accepted, and owns it from here on.
/// `read` is what was read from it already. With `tls` a handshake is expected, which `read` may begin.
/// Throws std::system_error when it is no socket that can be served.
detached_stream adopt(int descriptor, std::string read = {}, std::shared_ptr<tls_context> tls = {});

/// Makes a detached stream of what somebody else carries; `read` is what came of it already.
detached_stream carried_by(std::unique_ptr<stream_outlet> outlet, std::string read = {});

/// Lets TLS begin on a stream that was plain so far (behind a PROXY header): its unread bytes begin the
/// handshake.
void start_tls(detached_stream& plain, std::shared_ptr<tls_context> context);

}  // namespace kedge::transports
