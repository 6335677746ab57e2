#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/events_under_way.hpp>
#include <kedge/cluster/adapters/session_recording.hpp>
#include <kedge/cluster/redis/stream_id.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge::cluster {

struct event_placing;
struct ordered_state;

/// Delivers the events of a namespace to all workers in the order of the stream, and knows how far each of
/// them is. An event of this server waits until it comes back from the stream, which gives it its place; when
/// nothing comes from there for longer than `patience`, it is delivered without one, and so is at once what
/// follows until something comes: nobody waits for Redis. What gets no place waits for what was said before.
class ordered_events {
  public:
    using packet_ptr = kedge::packet_ptr;
    using sender = event_sender;
    using recording = session_recording;
    /// What clients are told as the offset of an event at that place.
    using place_namer = std::function<std::string(stream_id)>;

    ordered_events(adapter_host& host, engine::duration patience, events_under_way::own_name own,
                   place_namer name = &stream_id::text);
    ~ordered_events();

    /// Where events of this server are from the moment when they are said.
    events_under_way& under_way() noexcept { return under_way_; }

    // On the first worker.

    /// An event of this server on its way into the stream.
    std::uint64_t expect(events_under_way::event_ptr what);
    /// One of them has come back. Those that were sent before it and have not, never will.
    void on_own(std::uint64_t ticket, stream_id at);
    /// The same, while there are no places.
    void on_own_unplaced(std::uint64_t ticket);
    /// One of another server.
    void on_others(const event_data& data, const broadcast_options& to, stream_id at, const sender& by);
    /// Servers of another kind give clients back what they missed, too, and know places alone: from here on
    /// clients are told nothing else.
    void keep_company() noexcept { in_company_.store(true, std::memory_order_relaxed); }
    void on_position(stream_id at);
    /// Something may have been missed: nobody is anywhere until on_position(), and who returns just now has
    /// not all.
    void lose_place();
    /// What waits is delivered now: Redis is not there.
    void stop_waiting();
    /// The same for good.
    void end();

    // On any worker.

    /// How far this worker is: all up to there that concerns the namespace was delivered.
    std::optional<stream_id> position() const;
    /// Another one after each loss of places.
    std::uint64_t era() const noexcept;
    /// What was said to a socket of this worker and waits is delivered now.
    void hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms);
    /// What it was given so, as early_place says it.
    std::vector<std::string> told_early(const std::string& id) const;

    /// What gets its place from now on, for one session that returns to this worker, as long as the recording
    /// is kept.
    std::shared_ptr<recording> record(stored_session session);
    /// Calls `then` with true when all that this worker has delivered has its place, at once if that is so:
    /// whoever enters then has missed nothing but what was recorded. With false when that takes too long.
    void when_all_is_placed(engine::unique_function<void(bool)> then);

  private:
    struct waiting {
        std::uint64_t ticket;
        engine::time_point since;  // it waits, or it was delivered without its place
        events_under_way::event_ptr what;
        bool delivered = false;  // without its place
    };
    void place(std::shared_ptr<const event_placing> what);
    void place_here(unsigned here, const event_placing& what);
    void settle_here(unsigned here, const events_under_way::event_ptr& own);
    void deliver_unplaced(waiting& which);
    bool bring_to_front(std::uint64_t ticket);
    void give_up_first();
    void let_go_placeless();
    std::string place_here_named() const;
    std::vector<std::string> who_has(unsigned here, const sender& what);
    void on_heard();
    std::deque<waiting>::iterator first_undelivered();
    engine::time_point due(const waiting& which) const;
    void on_time(engine::time_point now);
    void wait_on();

    adapter_host& host_;
    engine::duration patience_;
    events_under_way::own_name own_;
    place_namer name_;
    events_under_way under_way_;
    std::deque<waiting> waiting_;
    engine::timer late_;
    engine::time_point alarm_{};  // when late_ is due
    engine::time_point heard_{};  // from the stream
    bool silent_ = false;         // nothing came for too long
    bool excused_ = false;        // this process was late itself
    bool ended_ = false;
    std::atomic<bool> in_company_{false};
    std::shared_ptr<ordered_state> state_;
};

}  // namespace kedge::cluster
