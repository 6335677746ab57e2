#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/server/close_options.hpp>

namespace kedge::transports {

class server_listeners;
class share_ending;
struct http_common;

/// The end of a server in good order: the notice before it, the end of each worker's share, and who wants to
/// be told. What is public may be called from any thread.
class server_ending {
  public:
    /// Both must outlive it.
    server_ending(http_common& http, server_listeners& listeners) noexcept;
    ~server_ending();
    server_ending(const server_ending&) = delete;
    server_ending& operator=(const server_ending&) = delete;

    /// The server is about to end; nothing else changes.
    void retire() noexcept { retired_.store(true, std::memory_order_relaxed); }
    bool retired() const noexcept { return retired_.load(std::memory_order_relaxed); }
    /// Calls it on one of the workers when the end is complete; at once when it is.
    void when_complete(engine::task done);
    /// Retires, and ends everything when the notice is over; a second call may cut that short.
    void begin(const close_options& how);

  private:
    // On the first worker's thread.
    void on_told(const close_options& how);
    void on_notice_over(engine::time_point now);
    void end_shares(const close_options& how);

    void on_share_ended();

    http_common& http_;
    server_listeners& listeners_;
    std::atomic<bool> retired_{false};
    engine::timer notice_;
    bool noticed_ = false;
    close_options behind_notice_;  // how it goes on then
    std::vector<std::unique_ptr<share_ending>> endings_;
    std::atomic<std::size_t> ending_shares_{0};
    std::mutex done_lock_;
    std::vector<engine::task> done_;
    bool complete_ = false;
};

}  // namespace kedge::transports
