#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::transports {

/// A connection to another node, between two requests or with one under way.
struct peer_connection {
    stream_ptr stream{};
    std::array<std::byte, 16> nonce{};  ///< its name in claims
    std::uint64_t count = 0;            ///< claims made on it
    /// Of the stream while it is not closed, for questions to the kernel alone.
    int descriptor = -1;
};

/// The connections of one worker to other nodes that carry no request now. They are kept for a moment, less
/// long than the other side keeps them.
class peer_pool {
  public:
    static constexpr engine::duration patience{5'000};
    static constexpr std::size_t most_idle = 64;  // of one node

    explicit peer_pool(worker& home) noexcept;
    ~peer_pool();
    peer_pool(const peer_pool&) = delete;
    peer_pool& operator=(const peer_pool&) = delete;

    /// The one that was used last and is good still, as far as is known here; without a stream when there is
    /// none. Who takes it becomes its owner.
    peer_connection take(std::uint8_t node);
    void give_back(std::uint8_t node, peer_connection which);
    /// Ends those of a node that is no more, or is elsewhere now.
    void drop(std::uint8_t node);
    void clear();
    std::size_t idle(std::uint8_t node) const;

  private:
    class idler;
    using idlers = std::vector<std::unique_ptr<idler>>;

    void lose(idler& which) noexcept;
    void sweep(engine::time_point now);
    void bury(std::unique_ptr<idler> which) noexcept;

    worker& home_;
    std::map<std::uint8_t, idlers> idle_;  // those that were used last come last
    engine::timer timer_;
};

}  // namespace kedge::transports
