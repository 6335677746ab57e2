#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/engine/session_home.hpp>

namespace kedge::engine {

/// Owns the sessions of one worker; the only place that creates or ends one. A session that has closed is out
/// of reach at once and destroyed at the end of the turn.
class registry final : public session_home {
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
    /// Closes sessions that hold more than `above` bytes, those with most first, until no more than `down_to`
    /// wait in the whole process. Returns how many were closed.
    std::size_t shed(std::size_t above, std::size_t down_to);
    /// Calls visit(session&) for all sessions; it may close any.
    template <class Visit>
    void each(Visit&& visit) {
        for (session* which : snapshot()) visit(*which);
    }
    using session_home::counters;
    /// Nobody above hears of any session any more, not even of its end. The registry is about to be
    /// destroyed.
    void fall_silent() noexcept;

  private:
    void remove(session& closed) noexcept override;
    void tell_closed(session& closed, close_reason why, std::string_view description) override;
    std::vector<session*> snapshot() const;

    keyed_map<std::string_view, std::unique_ptr<session>> sessions_;  // the keys lie in the sessions
};

}  // namespace kedge::engine
