#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/redis/stream_id.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>

namespace kedge::cluster {

/// What was heard on the channels of a namespace, in the one order in which Redis tells it to all who listen.
///
/// Messages have no numbers of their own. A node that begins to listen publishes a *mark*, a name that nobody
/// else has given; whoever hears it counts from there, so that all give a message the same place: the mark,
/// and how many came since. Here a place is a pair of numbers, which are this node's own (the mark's number
/// and the count); name_of() makes of it what the others understand.
class heard_log {
  public:
    /// Something that was heard: a message, or a mark by its name.
    struct piece {
        bool mark = false;
        std::string text{};
    };

    explicit heard_log(const recovery_options& limits) : limits_(limits) {}

    // On one thread.

    void on_mark(std::string_view name, engine::time_point now);
    /// Its place: nothing when no mark was heard yet.
    std::optional<stream_id> on_message(std::string_view message, engine::time_point now);
    /// Whether one more message of that size has no room, or takes that of another.
    bool is_full(std::size_t bytes, engine::time_point now) const noexcept;
    /// Something may not have been heard: places begin anew with the next mark.
    void forget();

    /// Behind this place all is kept, up to last().
    std::optional<stream_id> begin() const noexcept { return begin_; }
    std::optional<stream_id> last() const noexcept { return last_; }
    /// A place by its name, if it was heard and all behind it is kept.
    std::optional<stream_id> find(std::string_view name) const;
    /// Calls `take` with place and text of the messages behind `from`, up to `until`, so many at most.
    /// Returns how far it came.
    template <class Take>
    stream_id each(stream_id from, stream_id until, std::size_t most, Take&& take) const {
        for (auto next = behind(from); next != kept_.end() && next->at <= until; ++next) {
            if (most-- == 0) return from;
            from = next->at;
            if (!next->is_mark()) take(from, std::string_view(next->text));
        }
        return until;
    }

    // What another node has kept for longer.

    /// What lies behind one place, up to another, or the beginning of it: some bytes of it at least.
    std::optional<std::vector<piece>> copy(std::string_view from, std::string_view until,
                                           std::size_t bytes) const;
    /// Puts what lies behind `from` before what is kept; it ends where that begins. False when it does not
    /// fit.
    bool prepend(std::string_view from, std::vector<piece> pieces, engine::time_point now);

    /// The name of the place behind such pieces.
    static std::string name_behind(std::string_view from, const std::vector<piece>& pieces);

    // On any thread.

    /// What all nodes call a place; empty when it is forgotten.
    std::string name_of(stream_id at) const;

  private:
    struct entry {
        stream_id at;
        std::string text;
        engine::time_point since;
        bool is_mark() const noexcept { return at.sequence == 0; }
    };
    using entries = std::deque<entry>;

    entries::const_iterator behind(stream_id place) const;
    std::optional<std::uint64_t> number_of(std::string_view mark) const;
    bool meets(const std::vector<std::string_view>& marks, std::uint64_t count) const;
    void keep(entry made);
    bool too_much(engine::time_point now) const noexcept;
    void drop_first();
    static std::size_t size_of(const entry& which) noexcept;

    const recovery_options limits_;
    entries kept_;
    std::size_t bytes_ = 0;
    std::optional<stream_id> begin_;
    std::optional<stream_id> last_;
    std::uint64_t next_number_ = std::uint64_t{1} << 32;  // there is room below for what is put before
    std::uint64_t forgotten_before_ = 0;                  // such numbers have a name, and no place any more

    mutable std::mutex lock_;
    std::map<std::uint64_t, std::string> marks_;  // by their numbers
};

}  // namespace kedge::cluster
