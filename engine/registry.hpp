#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <kedge/engine/counter.hpp>
#include <kedge/engine/graveyard.hpp>
#include <kedge/engine/handler.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/outbox.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/session.hpp>

namespace kedge::engine {

/// What happened to the sessions of one worker, and how many there are. Any thread may read it.
struct registry_counters {
    counter opened;
    counter upgraded;
    counter packets_in;
    counter packets_out;
    std::array<counter, 5> closed;  ///< by close_reason

    /// Sessions that are open now.
    const counter& live(transport_kind kind, revision protocol) const noexcept {
        return live_[place(kind, protocol)];
    }
    counter& live(transport_kind kind, revision protocol) noexcept { return live_[place(kind, protocol)]; }
    std::uint64_t live() const noexcept { return live_[0] + live_[1] + live_[2] + live_[3]; }

  private:
    static std::size_t place(transport_kind kind, revision protocol) noexcept {
        return static_cast<std::size_t>(kind) * 2 + static_cast<std::size_t>(protocol) - 3;
    }
    std::array<counter, 4> live_;
};

/// Owns the sessions of one worker; the only place that creates or ends one. A session that has closed is out
/// of reach at once and destroyed at the end of the turn.
class registry {
  public:
    registry(loop& home, const options& settings, handler& above);
    /// Destroys the sessions that are left without a word to their handlers.
    ~registry();
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;

    /// Opens a session on a transport: sends the open packet (and initial_packet), then tells the handler,
    /// which may close it at once. A session that has this sid already is closed.
    /// When the handler throws, the session is closed and the exception goes on.
    session& open(std::string sid, revision protocol, request_ptr first, std::unique_ptr<transport> on);
    /// The session of that name, closing ones included.
    session* find(std::string_view sid) noexcept;
    /// Gives a session a websocket to upgrade to. Closes the websocket at once when the session is already
    /// upgrading, upgraded, on a websocket, or closed.
    void upgrade(session& which, std::unique_ptr<transport> to);
    std::size_t size() const noexcept { return sessions_.size(); }
    /// The names of all, closing ones included.
    std::vector<std::string> ids() const;
    /// Calls close(discard) on all sessions.
    void close_all(bool discard);
    /// Calls visit(session&) for all sessions; it may close any.
    template <class Visit>
    void each(Visit&& visit) {
        for (session* which : snapshot()) visit(*which);
    }
    const registry_counters& counters() const noexcept { return counters_; }
    /// Nobody above hears of any session any more, not even of its end. The registry is about to be
    /// destroyed.
    void fall_silent() noexcept;
    bool silent() const noexcept { return silent_; }

    // For sessions.
    loop& home() noexcept { return home_; }
    const options& settings() const noexcept { return settings_; }
    graveyard& dead() noexcept { return dead_; }
    registry_counters& counting() noexcept { return counters_; }
    outbox_pool& outboxes() noexcept { return outboxes_; }
    /// A session has closed: it is out of reach at once, whatever happens next.
    void remove(session& closed) noexcept;
    /// Tells what stands above of it.
    void tell_closed(session& closed, close_reason why, std::string_view description);

  private:
    std::vector<session*> snapshot() const;

    loop& home_;
    const options& settings_;
    handler& above_;
    registry_counters counters_;
    outbox_pool outboxes_;
    bool silent_ = false;
    graveyard dead_;
    std::unordered_map<std::string_view, std::unique_ptr<session>> sessions_;  // the keys lie in the sessions
};

}  // namespace kedge::engine
