#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/early_place.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/socketio/rooms/adapter_host.hpp>
#include <kedge/socketio/rooms/packet_log.hpp>

namespace kedge::cluster {

/// Events of this server from the call that says them until they have their place in the order of all, on
/// every worker. A socket that cannot wait so long, since it leaves or is told something that must not come
/// first, is given before that what was said to it. It is kept in mind what it was given so.
class events_under_way {
  public:
    class event;
    using event_ptr = std::shared_ptr<event>;
    /// What this server's events are known by among those of all.
    using own_name = std::function<std::string_view()>;

    events_under_way(adapter_host& by, own_name own);

    enum class kind : std::uint8_t {
        placed,     ///< it gets a place
        placeless,  ///< it only waits for those before it
    };

    // From any thread.

    /// `only`: the socket of `worker` that it is for alone.
    event_ptr add(packet_ptr packet, broadcast_options to, std::string only, unsigned worker,
                  kind what = kind::placed);
    bool empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }

    // On a worker, which is `here`. `behind` names the place where it is; it is empty when there is none.

    using names = std::vector<std::string>;
    /// Delivers an event that has its place, in this form, to all who have not got it, these aside.
    void deliver(unsigned here, event& which, const broadcast_packet& packet, const names& aside);
    /// Delivers one that has none.
    void deliver_early(unsigned here, event& which, const std::string& behind, const names& aside);
    /// It has its place now, or never will.
    void settle(unsigned here, event& which);
    /// Delivers to one socket of this worker all that is for it.
    void hurry(unsigned here, const std::string& id, function_ref<names()> rooms,
               function_ref<std::string()> behind);
    /// What a socket was given so far ahead of its place.
    names told_early(unsigned here, const std::string& id) const;
    /// A client has come back and says itself what it has: what its socket was given counts no more.
    void forget(unsigned here, const std::string& id);

  private:
    /// How far who was there was, and which events it had besides.
    struct mark {
        std::string behind;
        std::uint64_t up_to;
    };
    using marks = std::vector<mark>;
    struct hurried {
        std::uint64_t seen = 0;  // the ticket up to which it has got all
        marks told{};
    };
    /// Each is its worker's own.
    struct share {
        std::deque<event_ptr> all{};  // in the order of their tickets
        std::uint64_t known = 0;      // the ticket of the last that was among them
        unsigned readers = 0;
        engine::keyed_map<std::string, hurried> sockets{};
        std::size_t sweep_at = 64;
        marks everybody{};  // told to all who were there
    };

    void look(unsigned here);
    void remember(marks& where, const std::string& behind, std::uint64_t up_to) const;
    void sweep(share& mine) const;

    adapter_host& by_;
    const own_name own_;
    std::mutex lock_;
    std::deque<event_ptr> events_;
    std::uint64_t last_ticket_ = 0;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::uint64_t> first_{1};  // the ticket of the first that has not its place everywhere
    std::vector<share> shares_;
};

class events_under_way::event {
  public:
    event(packet_ptr what, broadcast_options whom, std::string one, unsigned at, unsigned workers, kind which)
        : packet(std::move(what)),
          to(std::make_shared<const broadcast_options>(std::move(whom))),
          only(std::move(one)),
          worker(at),
          placeless(which == kind::placeless),
          parts_(workers),
          left_(workers) {}

    const packet_ptr packet;
    const std::shared_ptr<const broadcast_options> to;
    const std::string only;
    const unsigned worker;
    const bool placeless;
    std::uint64_t ticket() const noexcept { return ticket_; }

  private:
    friend class events_under_way;
    /// Each is its worker's own.
    struct part {
        bool delivered = false;
        bool settled = false;
        std::vector<std::string> early{};  // sockets that have got it
        std::string behind{};              // of `form`
        packet_ptr form{};                 // as it is told early
    };

    packet_ptr early_form(part& mine, const std::string& behind, std::string_view own,
                          const adapter_host& by) const;
    void deliver(unsigned here, const broadcast_packet& form, const names& aside, adapter_host& by);

    std::uint64_t ticket_ = 0;
    std::vector<part> parts_;
    std::atomic<unsigned> left_;  // workers on which it has not its place
};

}  // namespace kedge::cluster
