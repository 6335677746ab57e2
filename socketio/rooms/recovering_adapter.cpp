#include <kedge/socketio/rooms/recovering_adapter.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <new>
#include <optional>
#include <utility>

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
    purger(std::shared_ptr<recovery> kept, adapter_host& host, engine::duration pause)
        : kept_(std::move(kept)),
          host_(host),
          pause_(std::clamp<engine::duration>(pause, std::chrono::seconds(1), std::chrono::minutes(1))),
          next_(engine::timer::calls<&purger::purge, purger>(), this) {}

    void start() {
        if (!stopped_ && !running_.exchange(true)) host_.run(0, [self = shared_from_this()] { self->arm(); });
    }
    void stop() noexcept {
        stopped_ = true;
        try {
            host_.run(0, [self = shared_from_this()] { self->next_.disarm(); });
        } catch (const std::bad_alloc&) {
            if (host_.here() == 0U) next_.disarm();
        }
    }

  private:
    void arm() {
        if (!stopped_) host_.loop().timers().arm(next_, engine::later(host_.loop().now(), pause_));
    }
    void purge(engine::time_point now) {
        running_ = false;
        if (kept_->purge(now) && !running_.exchange(true)) arm();
    }

    std::shared_ptr<recovery> kept_;
    adapter_host& host_;
    engine::duration pause_;
    std::atomic<bool> running_ = false;
    std::atomic<bool> stopped_ = false;
    engine::timer next_;
};

/// A client that has come back, and where it waits for its session.
struct recovering_adapter::return_of {
    unsigned worker;
    std::string pid;
    std::string offset;
    completion<std::optional<stored_session>> done;
    bool took_over = false;
};

recovering_adapter::recovering_adapter(adapter_host& host, const recovery_options& settings)
    : local_adapter(host),
      kept_(std::make_shared<recovery>(settings, host.workers(), milliseconds_since_1970())),
      delivering_(host.workers()),
      purger_(std::make_shared<purger>(kept_, host, settings.max_disconnection_duration)) {}

recovering_adapter::~recovering_adapter() {
    purger_->stop();
}

void recovering_adapter::close(completion<> done) {
    purger_->stop();
    done();
}

// --- events

std::string recovering_adapter::make_offset() {
    return kept_->make_offset();
}

void recovering_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    if (packet->offset().empty()) return local_adapter::broadcast(std::move(packet), std::move(to));
    const auto worker = here();
    const auto others = kept_->keep(std::move(packet), std::move(to), now(), worker);
    for (const auto each : others) catch_up_soon(each);
    purger_->start();
    if (!catch_up(worker)) catch_up_soon(worker);
}

void recovering_adapter::unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) {
    const auto worker = here();
    kept_->keep_for(id, std::move(packet), flags, now(), worker);
    purger_->start();
    if (!catch_up(worker)) catch_up_soon(worker);
}

// An event that is emitted by whoever looks at what is being delivered comes after it.
bool recovering_adapter::catch_up(unsigned worker) {
    auto& busy = delivering_[worker];
    if (busy) return true;
    struct guard {
        char& flag;
        ~guard() { flag = 0; }
    };
    const guard leaving{busy = 1};
    for (int left = most_at_once; left > 0; --left) {
        const auto one = kept_->next(worker);
        if (!one) return true;
        const auto& [kept, only] = *one;
        only.empty() ? host().deliver_here(*kept->packet, kept->to)
                     : host().deliver_to(only, *kept->packet, kept->to.flags);
    }
    return false;
}

void recovering_adapter::catch_up_soon(unsigned worker) {
    host().post(worker, [this, worker] {
        if (!catch_up(worker)) catch_up_soon(worker);
    });
}

// --- sessions

std::string recovering_adapter::position() {
    return std::to_string(kept_->position(here()));
}

void recovering_adapter::enrol(const std::string& pid, const std::string& id) {
    kept_->enrol(pid, {id, here()});
}

void recovering_adapter::withdraw(const std::string& pid, const std::string& id) {
    kept_->withdraw(pid, {id, here()});
}

void recovering_adapter::persist_session(stored_session session) {
    kept_->persist(std::move(session), now());
    purger_->start();
}

void recovering_adapter::restore_session(std::string pid, std::string offset,
                                         completion<std::optional<stored_session>> done) {
    restore(
        std::make_shared<return_of>(return_of{here(), std::move(pid), std::move(offset), std::move(done)}));
}

// A socket that the server still believes connected is taken over: the end of its session, on its own worker,
// makes it one that is waited for.
void recovering_adapter::restore(std::shared_ptr<return_of> asked) {
    auto found = kept_->find(asked->pid, asked->offset, now());
    if (!found.connected || std::exchange(asked->took_over, true))
        return asked->done(std::move(found.session));
    const auto ghost = *found.connected;
    host().run(ghost.worker, [this, id = ghost.id, asked = std::move(asked)] {
        host().cut(id);
        host().run(asked->worker, [this, asked] { restore(asked); });
    });
}

void recovering_adapter::missed_packets(const stored_session& session,
                                        completion<std::optional<std::vector<packet_ptr>>> done) {
    collect(session, std::move(done));
}

// What the worker has delivered and what it will are parted here: nothing may be delivered between the last
// look at the log and the return of `done`.
void recovering_adapter::collect(stored_session session,
                                 completion<std::optional<std::vector<packet_ptr>>> done) {
    const auto worker = here();
    const session_filter who(session);
    std::vector<packet_ptr> missed;
    std::uint64_t from = 0;
    std::from_chars(session.from.data(), session.from.data() + session.from.size(), from);
    for (;;) {
        switch (kept_->collect(worker, from, who, missed)) {
            case recovery::progress::more:
                break;
            case recovery::progress::done:
                return done(std::move(missed));
            case recovery::progress::lost:
                return done(std::nullopt);
            case recovery::progress::behind:
                if (delivering_[worker] || !catch_up(worker)) {
                    return host().post(
                        worker, [this, session = std::move(session), done = std::move(done)]() mutable {
                            collect(std::move(session), std::move(done));
                        });
                }
        }
    }
}

}  // namespace kedge
