#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/loop/poll_set.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/detached_stream.hpp>
#include <kedge/transports/net/listen_socket.hpp>

namespace kedge::transports {

class worker;
class tls_context;

/// Receives each accepted connection, on the thread of the worker it shall live on. With several workers it
/// is called by several threads.
using connected = std::function<void(worker& home, detached_stream stream)>;

struct listen_options {
    listen_address where;
    std::shared_ptr<tls_context> tls;           ///< null = plain
    std::shared_ptr<connection_limits> limits;  ///< null = none
    std::size_t accepts_per_turn = 64;          ///< the rest is accepted in the next turn
    // On the worker's thread:
    std::function<void(std::string_view line)> log;  ///< out of descriptors, accepting again
    std::function<void(limit_reason why, std::string_view address)> on_refused;  ///< by a limit
};

/// What a listener has done so far. May be read from any thread.
struct listener_counters {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< by a limit
    std::uint64_t shed = 0;     ///< closed at once because no descriptors were left
};

/// Accepts on one worker and hands each connection to the worker with the fewest: unlike SO_REUSEPORT, which
/// spreads by a hash, no worker gets twice the clients of another, and unlike accepting everywhere, nobody is
/// woken in vain. With a single worker nothing passes through a mailbox.
class listener final : private pollable {
  public:
    /// Listens at once and accepts when `home` runs. Made on home's thread, or before it runs. `workers` must
    /// outlive the listener; `home` need not be among them. Throws std::system_error with what to do.
    listener(worker& home, std::vector<worker*> workers, listen_options options, connected deliver);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    std::uint16_t port() const noexcept { return socket_.port(); }
    const std::string& name() const noexcept { return socket_.name(); }
    listener_counters counters() const noexcept;

    /// Stops accepting. On home's thread, or when home no longer runs.
    void close() noexcept;

  private:
    struct tally;

    void on_ready(ready what) override;
    void accept_batch();
    bool accept_one();
    void place(detached_stream stream);
    bool refuse(detached_stream& stream);
    void out_of_descriptors(int error);
    void shed();
    void retry(engine::time_point now);

    worker& home_;
    std::vector<worker*> workers_;
    listen_options options_;
    std::shared_ptr<const connected> deliver_;
    listen_socket socket_;
    std::unique_ptr<tally> tally_;
    engine::timer retry_;
    std::size_t next_ = 0;  // where the search for the least loaded worker begins
    int reserve_ = -1;      // a descriptor kept back for shedding when there are no others
    unsigned retries_ = 0;
};

/// The worker with the fewest connections; the search begins at `first`, so that equals take turns.
worker& least_loaded(std::span<worker* const> workers, std::size_t first = 0) noexcept;
/// Hands a stream to `to`: at once when this is a turn of that worker, else by its mailbox.
void hand_over(worker& to, detached_stream stream, std::shared_ptr<const connected> deliver);

}  // namespace kedge::transports
