#pragma once

#include <cstddef>
#include <string_view>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/graveyard.hpp>
#include <kedge/engine/handler.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/outbox.hpp>
#include <kedge/engine/session_counters.hpp>

namespace kedge::engine {

class session;

/// What the sessions of one worker stand on, and what they tell when they end. The registry is one.
class session_home : private turn_work {
  public:
    session_home(const session_home&) = delete;
    session_home& operator=(const session_home&) = delete;

    loop& home() noexcept { return home_; }
    const options& settings() const noexcept { return settings_; }
    graveyard& dead() noexcept { return dead_; }
    session_counters& counting() noexcept { return counters_; }
    outbox_pool& outboxes() noexcept { return outboxes_; }
    /// Whether nobody above is told of anything any more.
    bool silent() const noexcept { return silent_; }
    /// Tells above, when this turn ends, if too much waits in the whole process.
    void look_at_total() {
        const std::size_t most = settings_.max_buffered_bytes_total;
        if (most != 0 && buffered_bytes::total() > most) home_.at_end_of_turn(*this);
    }
    /// A session has closed: it is out of reach at once, whatever happens next.
    virtual void remove(session& closed) noexcept = 0;
    /// Tells what stands above of it.
    virtual void tell_closed(session& closed, close_reason why, std::string_view description) = 0;

  protected:
    session_home(loop& home, const options& settings, handler& above)
        : home_(home), settings_(settings), above_(above), dead_(home) {}
    ~session_home() { home_.forget(*this); }

    const session_counters& counters() const noexcept { return counters_; }
    handler& above() noexcept { return above_; }
    void set_silent() noexcept { silent_ = true; }

  private:
    void end_turn() override { above_.on_too_much_waits(); }

    loop& home_;
    const options& settings_;
    handler& above_;
    session_counters counters_;
    outbox_pool outboxes_;
    bool silent_ = false;
    graveyard dead_;
};

}  // namespace kedge::engine
