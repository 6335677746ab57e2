#include <kedge/socketio/core/recovering_adapter.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/face/conn.hpp>
#include <kedge/socketio/rooms/recovery.hpp>

namespace kedge {
namespace {

// What a worker delivers before it looks after other things.
constexpr int most_at_once = 1024;

std::uint64_t milliseconds_since_1970() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

/// Forgets what is too old, by a timer on the first worker that runs only while something is kept.
class recovering_adapter::purger : public std::enable_shared_from_this<purger> {
  public:
    purger(std::shared_ptr<recovery> kept, desk& home, engine::duration pause)
        : kept_(std::move(kept)),
          home_(home),
          pause_(std::clamp<engine::duration>(pause, std::chrono::seconds(1), std::chrono::minutes(1))),
          next_(engine::timer::calls<&purger::purge, purger>(), this) {}

    void start() {
        if (!stopped_ && !running_.exchange(true)) home_.run([self = shared_from_this()] { self->arm(); });
    }
    void stop() {
        stopped_ = true;
        home_.run([self = shared_from_this()] { self->next_.disarm(); });
    }

  private:
    void arm() {
        if (!stopped_) home_.loop().timers().arm(next_, home_.loop().now() + pause_);
    }
    void purge(engine::time_point now) {
        running_ = false;
        if (kept_->purge(now) && !running_.exchange(true)) arm();
    }

    std::shared_ptr<recovery> kept_;
    desk& home_;
    engine::duration pause_;
    std::atomic<bool> running_ = false;
    std::atomic<bool> stopped_ = false;
    engine::timer next_;
};

/// A client that has come back, and where it waits for its session.
struct recovering_adapter::return_of {
    std::shared_ptr<nsp_state> nsp;
    desk& at;
    std::string pid;
    std::string offset;
    completion<std::optional<stored_session>> done;
    bool took_over = false;
};

recovering_adapter::recovering_adapter(nsp_state& above, const recovery_options& settings)
    : local_adapter(above),
      kept_(std::make_shared<recovery>(settings, above.owner().desks().size(), milliseconds_since_1970())),
      delivering_(above.owner().desks().size()),
      purger_(std::make_shared<purger>(kept_, *above.owner().desks().front(),
                                       settings.max_disconnection_duration)) {}

recovering_adapter::~recovering_adapter() {
    purger_->stop();
}

void recovering_adapter::close(completion<> done) {
    purger_->stop();
    done();
}

desk& recovering_adapter::here() const noexcept {
    return *above().owner().here();
}

// --- events

std::string recovering_adapter::make_offset() {
    return kept_->make_offset();
}

void recovering_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    if (packet->offset().empty()) return local_adapter::broadcast(std::move(packet), std::move(to));
    desk& at = here();
    const auto others = kept_->keep(std::move(packet), std::move(to), at.loop().now(), at.index());
    for (const auto each : others) catch_up_soon(*above().owner().desks()[each]);
    purger_->start();
    if (!catch_up(at)) catch_up_soon(at);
}

void recovering_adapter::unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags) {
    desk& at = to.home();
    kept_->keep(std::move(packet), {{to.id()}, {}, flags}, at.loop().now(), at.index(),
                to.shared_from_this());
    purger_->start();
    if (!catch_up(at)) catch_up_soon(at);
}

// An event that is emitted by whoever looks at what is being delivered comes after it.
bool recovering_adapter::catch_up(desk& at) {
    auto& busy = delivering_[at.index()];
    if (busy) return true;
    struct guard {
        char& flag;
        ~guard() { flag = 0; }
    };
    const guard leaving{busy = 1};
    auto& share = above().share(at);
    for (int left = most_at_once; left > 0; --left) {
        const auto one = kept_->next(at.index());
        if (!one) return true;
        const auto& [kept, only] = *one;
        only ? only->deliver(*kept->packet, kept->to.flags) : share.deliver(*kept->packet, kept->to);
    }
    return false;
}

void recovering_adapter::catch_up_soon(desk& at) {
    at.post([this, &at, keep = above().shared_from_this()] {
        if (!catch_up(at)) catch_up_soon(at);
    });
}

// --- sessions

std::string recovering_adapter::position() {
    return std::to_string(kept_->position(here().index()));
}

void recovering_adapter::enrol(socket_state& who) {
    kept_->enrol(who);
}

void recovering_adapter::del_all(socket_state& who) {
    local_adapter::del_all(who);
    if (!who.pid().empty()) kept_->withdraw(who);
}

void recovering_adapter::persist_session(stored_session session) {
    kept_->persist(std::move(session), here().loop().now());
    purger_->start();
}

void recovering_adapter::restore_session(std::string pid, std::string offset,
                                         completion<std::optional<stored_session>> done) {
    restore(std::make_shared<return_of>(
        return_of{above().shared_from_this(), here(), std::move(pid), std::move(offset), std::move(done)}));
}

// A socket that the server still believes connected is taken over: the end of its session, on its own worker,
// makes it one that is waited for.
void recovering_adapter::restore(std::shared_ptr<return_of> asked) {
    auto found = kept_->find(asked->pid, asked->offset, asked->at.loop().now());
    if (!found.connected || std::exchange(asked->took_over, true))
        return asked->done(std::move(found.session));
    found.connected->home().run([this, ghost = found.connected, asked = std::move(asked)] {
        conn(ghost).close(true);
        asked->at.run([this, asked] { restore(asked); });
    });
}

void recovering_adapter::missed_packets(const stored_session& session,
                                        completion<std::optional<std::vector<packet_ptr>>> done) {
    collect(here(), session, std::move(done));
}

// What the worker has delivered and what it will are parted here: nothing may be delivered between the last
// look at the log and the return of `done`.
void recovering_adapter::collect(desk& at, stored_session session,
                                 completion<std::optional<std::vector<packet_ptr>>> done) {
    const session_filter who(session);
    std::vector<packet_ptr> missed;
    std::uint64_t from = 0;
    std::from_chars(session.from.data(), session.from.data() + session.from.size(), from);
    for (;;) {
        switch (kept_->collect(at.index(), from, who, missed)) {
            case recovery::progress::more:
                break;
            case recovery::progress::done:
                return done(std::move(missed));
            case recovery::progress::lost:
                return done(std::nullopt);
            case recovery::progress::behind:
                if (delivering_[at.index()] || !catch_up(at)) {
                    return at.post([this, &at, keep = above().shared_from_this(),
                                    session = std::move(session), done = std::move(done)]() mutable {
                        collect(at, std::move(session), std::move(done));
                    });
                }
        }
    }
}

}  // namespace kedge
