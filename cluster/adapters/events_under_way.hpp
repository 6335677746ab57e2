#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kedge/socketio/rooms/adapter_host.hpp>
#include <kedge/socketio/rooms/packet_log.hpp>

namespace kedge::cluster {

/// Events of this server from the call that says them until all workers have delivered them. A socket that
/// cannot wait so long, since it leaves or is told something that must not come first, is given before that
/// what was said to it.
class events_under_way {
  public:
    class event;
    using event_ptr = std::shared_ptr<event>;

    explicit events_under_way(unsigned workers) noexcept : workers_(workers) {}

    // From any thread.

    /// `only`: the socket of `worker` that it is for alone.
    event_ptr add(packet_ptr packet, broadcast_options to, std::string only, unsigned worker);
    bool empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }

    // On a worker.

    /// Delivers an event to all who have not got it, in the form that it has by now.
    void deliver(unsigned here, event& which, const broadcast_packet& packet, adapter_host& by);
    /// Delivers to one socket of this worker all that is for it.
    void hurry(unsigned here, const stored_session& who, adapter_host& by);

  private:
    const unsigned workers_;
    std::mutex lock_;
    std::deque<event_ptr> events_;
    std::atomic<std::size_t> size_{0};
};

class events_under_way::event {
  public:
    event(packet_ptr what, broadcast_options whom, std::string one, unsigned at, unsigned workers)
        : packet(std::move(what)),
          to(std::make_shared<const broadcast_options>(std::move(whom))),
          only(std::move(one)),
          worker(at),
          parts_(workers),
          left_(workers) {}

    const packet_ptr packet;
    const std::shared_ptr<const broadcast_options> to;
    const std::string only;
    const unsigned worker;

  private:
    friend class events_under_way;
    /// Each is its worker's own.
    struct part {
        bool delivered = false;
        std::vector<std::string> early{};  // sockets that have got it
    };

    void deliver_early(unsigned here, const session_filter& who, const std::string& id, adapter_host& by);
    void deliver(unsigned here, const broadcast_packet& form, adapter_host& by);

    std::vector<part> parts_;
    std::atomic<unsigned> left_;  // workers that have not delivered it
};

}  // namespace kedge::cluster
