#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/packet_log.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/socketio/rooms/session_store.hpp>

namespace kedge {

/// What all workers share for the clients of a namespace that come back: the log of events, the sessions of
/// those who are away, and an inbox for each worker, from which its sockets get what is logged.
///
/// An event enters the log and the inboxes in one step, so that every worker delivers in the order of the
/// log. Hence a client that has received one event has received all before it that concern it, and a worker
/// whose inbox is empty has delivered the whole log: at that moment a client can be given what it has missed,
/// and be among the recipients of all that follows.
///
/// All may be called from any thread, unless it is said otherwise; a worker is named by its index.
class recovery {
  public:
    /// `first` is where the numbers begin that offsets are made of.
    recovery(const recovery_options& settings, std::size_t workers, std::uint64_t first);

    // Events.

    /// Something for a worker's sockets: for those that the event is addressed to, or for one alone.
    struct delivery {
        kept_ptr kept;
        std::string only;  ///< its id; empty: for all
    };
    /// A text that names an event; another one each time.
    std::string make_offset();
    /// Keeps an event and puts it into the inboxes of all workers. Those that are returned must be told.
    std::vector<unsigned> keep(packet_ptr packet, broadcast_options to, engine::time_point now,
                               std::optional<unsigned> here);
    /// Keeps an event for one socket, which lives on the worker that calls.
    void keep_for(const std::string& id, packet_ptr packet, const broadcast_flags& flags,
                  engine::time_point now, unsigned here);
    /// Takes the next event out of the inbox of the worker that calls.
    std::optional<delivery> next(unsigned here);
    /// The place behind which nothing of the log was delivered by this worker. What it is delivering counts
    /// as not delivered.
    std::uint64_t position(unsigned here) const;

    // Sessions.

    /// Where a socket lives.
    struct address {
        std::string id;
        unsigned worker = 0;
        friend bool operator==(const address&, const address&) = default;
    };
    /// From now on a client that has that pid takes the socket over.
    void enrol(const std::string& pid, address where);
    /// The socket leaves; one that has taken it over meanwhile, on another worker, has the same id and stays.
    void withdraw(const std::string& pid, const address& where);
    void persist(stored_session session, engine::time_point now);
    /// What a pid leads to: a session, taken out, whose `from` is the place of what it has missed; or a
    /// socket that is connected; or nothing.
    struct discovery {
        std::optional<stored_session> session;
        std::optional<address> connected;
    };
    discovery find(std::string_view pid, std::string_view offset, engine::time_point now);

    enum class progress : std::uint8_t {
        more,    ///< to be called again
        done,    ///< all is there, and the worker has delivered all before
        behind,  ///< the worker must deliver first
        lost     ///< some of it is no longer kept
    };
    /// Adds what concerns a session from a place on, some of it at each call, for the worker that calls.
    progress collect(unsigned here, std::uint64_t& from, const session_filter& who,
                     std::vector<packet_ptr>& into) const;

    /// Removes what is too old. False when nothing is left that will be.
    bool purge(engine::time_point now);

  private:
    struct inbox {
        std::deque<delivery> waiting;
        std::optional<std::uint64_t> current;  // the place of what is being delivered
        bool told = false;                     // the worker knows that something waits
    };

    std::optional<std::uint64_t> beginning_of(const stored_session& session, std::string_view offset) const;

    const recovery_options settings_;
    std::atomic<std::uint64_t> last_number_;
    mutable std::mutex lock_;
    packet_log log_;
    session_store sessions_;
    engine::keyed_map<std::string, address> connected_;
    std::vector<inbox> inboxes_;
};

}  // namespace kedge
