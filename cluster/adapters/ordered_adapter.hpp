#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/fleet_adapter.hpp>
#include <kedge/cluster/adapters/ordered_events.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge::cluster {

/// An adapter whose events come back in one order for all servers of the fleet. With recovery, clients may
/// return to whichever of them: sessions wait in Redis, and what was missed is found by its place in that
/// order. Where events are kept is for those that derive from it.
class ordered_adapter : public fleet_adapter {
  public:
    struct settings {
        engine::duration requests_timeout{5000};
        std::string session_key_prefix{};
        /// How long this server's own clients wait for the place of an event, when it recovers. On a busy
        /// machine Redis may well take some dozens of milliseconds: who then gets an event without its place
        /// may get it twice.
        engine::duration patience{200};
        /// By what all know this server.
        events_under_way::own_name own{};
        ordered_events::place_namer name = &stream_id::text;
    };

    ordered_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const settings& how);

    void broadcast(packet_ptr packet, broadcast_options to) override;
    void close(completion<> done) override;

    bool recovers() const noexcept override { return host().recovery().has_value(); }
    void unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) override;
    void hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms) override {
        events_.hurry(id, rooms);
    }
    std::string position() override;
    std::vector<std::string> told_early(const std::string& id) override { return events_.told_early(id); }
    void enrol(const std::string& pid, const std::string& id) override;
    void withdraw(const std::string& pid, const std::string& id) override;
    void persist_session(stored_session session) override;
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override;
    void missed_packets(const stored_session& session,
                        completion<std::optional<std::vector<packet_ptr>>> done) override;

  protected:
    ordered_events& events() noexcept { return events_; }

    /// A session that returns to a worker: what was missed up to where the worker is, and what it delivers
    /// meanwhile.
    struct catching_up {
        std::shared_ptr<ordered_events::recording> all;
        stream_id until;
        std::vector<packet_ptr> found{};
    };
    using verdict = engine::unique_function<void(bool)>;

    // On the first worker.

    /// The command that says an event to all, this server included.
    virtual std::string command_in_order(const outgoing_message& message, std::uint64_t ticket) const = 0;
    /// Tells whether all that follows a place is still kept. The place has its name from whichever server.
    virtual void when_kept(const std::string& from, verdict then) = 0;
    /// The one of two places that lies behind the other; the first if that cannot be told.
    virtual std::string later_of(const std::string& one, const std::string& other) const = 0;
    /// Finds what a session has missed, and tells whether that is all.
    virtual void collect(std::shared_ptr<catching_up> who, verdict then) = 0;
    /// Asks the servers of this kind.
    virtual void ask_kin(outgoing_message message, std::unique_ptr<question> what,
                         engine::duration timeout) = 0;
    /// Answers one of them.
    virtual void answer_kin(const outgoing_message& message) = 0;
    /// Somebody begins to return, or has.
    virtual void expect_return(bool more) { (void)more; }

    void on_recall(const node_message& asked);

  private:
    struct address {
        std::string id;
        unsigned worker;
    };
    struct claim;
    struct returning;

    void send_in_order(packet_ptr packet, broadcast_options to, std::string only);
    void deliver_in_line(packet_ptr packet, broadcast_options to);
    std::optional<address> connected(const std::string& pid) const;
    void take(std::shared_ptr<claim> who);
    bool too_early(const std::shared_ptr<claim>& who);
    void on_time(engine::time_point now);
    void end();
    void on_taken(std::shared_ptr<claim> who);
    std::string beginning_of(const stored_session& session, const std::string& offset) const;
    std::vector<std::string> had_early(const stored_session& session, const std::string& offset) const;
    void recall(std::shared_ptr<claim> who);
    void catch_up(std::shared_ptr<returning> who);

    settings how_;
    ordered_events events_;
    bool reached_ = false;                       // Redis, for the first time
    std::vector<std::shared_ptr<claim>> early_;  // until it is, or for a while
    engine::timer again_;
    mutable std::mutex lock_;
    engine::keyed_map<std::string, address> connected_;  // by pid
};

}  // namespace kedge::cluster
