#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/heard_log.hpp>
#include <kedge/cluster/adapters/ordered_events.hpp>
#include <kedge/cluster/messages/classic_form.hpp>
#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/loop.hpp>

namespace kedge::cluster {

/// The order of the events of a classic fleet, whose messages have no numbers: what is heard gets its place
/// by what was heard before, and is kept for clients that return from whatever node. On the first worker,
/// unless it is said otherwise.
class shared_order {
  public:
    using pieces = std::vector<heard_log::piece>;
    /// What another node has kept, and which one that is.
    using answer = engine::unique_function<void(std::optional<pieces>, const std::string& whom)>;
    /// What it needs of the adapter.
    struct hooks {
        /// A name that nobody else gives.
        std::function<std::string()> new_name{};
        /// Publishes something that counts, to a room that nobody has.
        std::function<void(const std::string& room)> signal{};
        /// Delivers what has no place.
        std::function<void(const node_message&)> on_unplaced{};
        std::function<void()> on_nonsense{};
        /// Asks what lies behind one place, up to another: all other nodes, or the one named.
        std::function<void(const std::string& whom, const std::string& from, const std::string& until,
                           answer then)>
            look_back{};
    };

    shared_order(adapter_host& host, const classic_form& form, ordered_events& events,
                 const recovery_options& limits, hooks to);

    /// What is published is heard from now on; what was published before may not have been. When something
    /// was heard already, the others are asked for what came between, and who stayed gets it in its place:
    /// what is heard until then waits for that.
    void on_listening();
    void on_broadcast(std::string_view room, std::string_view message);
    /// Does what another node wants done to sockets, behind what was heard before.
    void in_order(engine::task what);
    bool in_gap() const noexcept { return gap_ != nullptr; }
    /// Nothing is heard any more.
    void end();

    /// Somebody returns: until this is called with false as often, all that is heard is noted for him, be it
    /// for a room that is not here.
    void expect_return(bool more) noexcept { returning_ += more ? 1 : -1; }
    /// The one of two places that lies behind the other; the first if they are not both kept.
    std::string later_of(const std::string& one, const std::string& other) const;
    using verdict = engine::unique_function<void(bool)>;
    /// Tells whether all behind a place that some node has named is here, or has been got from another one.
    void when_kept(const std::string& from, verdict then);
    /// Adds what concerns a session, from the place that it names up to another; tells whether that is all.
    void collect(std::shared_ptr<ordered_events::recording> who, stream_id until, std::vector<packet_ptr>& to,
                 verdict then);
    /// For another node, the beginning of what it lacks.
    std::optional<pieces> look_back(std::string_view from, std::string_view until) const;

    // On any thread.

    std::string name_of(stream_id at) const { return log_.name_of(at); }

  private:
    struct waiter {
        std::uint64_t token;
        engine::time_point until;
        verdict then;
    };
    /// Of a session that has come back, while there is a gap.
    struct returned {
        std::string from;
        verdict then;
    };
    struct reading;
    struct fetching;
    /// Something that another node wants done to sockets, and what was heard before it.
    struct order {
        std::optional<stream_id> behind;
        engine::task what;
    };
    /// Between what was delivered and what is heard.
    struct gap {
        std::string from;                  // what was delivered last
        std::vector<std::string> early{};  // heard before the mark: another node has it behind `from`, too
        std::size_t bytes = 0;
        int denied = 0;  // how often nobody knew
        std::deque<order> orders{};
    };
    static constexpr std::size_t most_in_a_turn = 256;

    void begin_gap();
    void on_first_mark();
    static void do_orders(gap& of, stream_id before);
    void close_gap();
    void doubt_gap();
    void on_gap_closed(std::size_t at_once);
    void deliver_on(stream_id from, std::size_t at_once);
    void end_gap();
    bool hold(std::string_view message);
    bool hold_logged();
    void make_room(std::size_t bytes);
    void mark();
    void on_mark(std::string_view name);
    void send_token();
    void deliver(std::string_view room, std::string_view message, std::optional<stream_id> at);
    bool read(std::string_view message, node_message& to);
    void when_all_is_heard(verdict then);
    void on_token(std::string_view text);
    void on_time(engine::time_point now);
    void wait_on();
    void look_for(const std::string& from, verdict then);
    void tell_returned(bool kept);
    void fetch_next();
    void fetch(std::shared_ptr<fetching> what);
    void on_fetched(std::shared_ptr<fetching> what, std::optional<pieces> more, const std::string& whom);
    void read_on(std::shared_ptr<reading> what);

    adapter_host& host_;
    const classic_form& form_;
    ordered_events& events_;
    const std::size_t most_bytes_;
    hooks hooks_;
    heard_log log_;
    std::shared_ptr<gap> gap_;  // while something is between what was delivered and what is heard
    std::vector<returned> returned_;
    message_reader reader_;
    const std::string own_tokens_;
    std::uint64_t last_token_ = 0;
    std::deque<waiter> waiters_;
    std::optional<engine::time_point> mark_due_;  // when it is published once more
    engine::timer late_;
    std::deque<std::shared_ptr<fetching>> fetching_;  // the first is under way
    int returning_ = 0;
    bool ended_ = false;
};

}  // namespace kedge::cluster
