#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>

namespace kedge {

/// What is kept of the clients that may come back, by their pids. Each is given back once.
class session_store {
  public:
    explicit session_store(const recovery_options& settings) noexcept : settings_(settings) {}

    /// Keeps a session. Above the limit the one that left first goes.
    void put(stored_session session, engine::time_point now);
    /// Takes a session out; nothing if it is not there or the client was away for too long.
    std::optional<stored_session> take(std::string_view pid, engine::time_point now);
    void purge(engine::time_point now);
    std::size_t size() const noexcept { return kept_.size(); }

  private:
    struct kept_session {
        stored_session session;
        engine::time_point since;
    };
    using position = std::list<kept_session>::iterator;

    bool too_old(const kept_session& which, engine::time_point now) const noexcept;
    void remove(position which);

    const recovery_options& settings_;
    std::list<kept_session> kept_;  // who left first comes first
    std::unordered_map<std::string_view, position> by_pid_;
};

}  // namespace kedge
