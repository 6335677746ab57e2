#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <engine/handler.hpp>
#include <engine/loop.hpp>
#include <engine/options.hpp>
#include <engine/random.hpp>
#include <engine/request.hpp>
#include <engine/session.hpp>

namespace kedge::engine {

/// Owns the sessions of one worker; the only place that creates or ends one. A session that has closed is out of reach
/// at once and destroyed at the end of the turn.
class registry {
  public:
    registry(loop& home, const options& settings, handler& above);
    ~registry();

    /// Opens a session on a transport: sends the open packet (and initial_packet), then tells the handler.
    session& open(std::string sid, revision protocol, request_ptr first, std::unique_ptr<transport> on);
    session* find(std::string_view sid) noexcept;
    /// Gives a session a websocket to upgrade to. Closes the websocket at once when the session is already upgrading,
    /// upgraded, or not open.
    void upgrade(session& which, std::unique_ptr<transport> to);
    std::size_t size() const noexcept;
    /// Calls close(discard) on all sessions.
    void close_all(bool discard);
    template <class Visit>
    void each(Visit&& visit);
};

}  // namespace kedge::engine
