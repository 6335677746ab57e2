#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <kedge/engine/function.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

class worker;

/// Whom to connect to: a host and port, or a UNIX socket.
struct dial_address {
    std::string host{};
    std::uint16_t port = 0;
    std::string path{};  ///< of a UNIX socket; then host and port are not looked at
};

/// Makes outgoing connections for one worker, one at a time. Never blocks: names are looked up elsewhere.
class dialer {
  public:
    /// A connected stream, or one without a descriptor and why.
    using done = engine::unique_function<void(detached_stream stream, std::string why)>;

    explicit dialer(worker& home) noexcept : home_(home) {}
    ~dialer() { cancel(); }
    dialer(const dialer&) = delete;
    dialer& operator=(const dialer&) = delete;

    /// Connects to the first address of the host that can be reached. `told` is called in a turn to come.
    /// What was under way is given up. How long it may take is for the caller to say, with cancel().
    void dial(const dial_address& whom, done told);
    /// Gives up; nobody is told.
    void cancel() noexcept;
    bool dialing() const noexcept { return attempt_ != nullptr; }

  private:
    class attempt;

    worker& home_;
    std::shared_ptr<attempt> attempt_;
};

}  // namespace kedge::transports
