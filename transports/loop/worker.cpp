#include <kedge/transports/loop/worker.hpp>

#include <algorithm>
#include <cassert>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/mailbox.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t read_buffer_size = 64 * 1024;
constexpr engine::duration leeway{64};  // of heartbeats: ten thousand idle clients wake it 16 times a second
constexpr engine::duration longest_wait = std::chrono::hours(24);
constexpr std::size_t carried_per_turn = 128;
constexpr unsigned handshakes_per_turn = 8;  // about 0.3 ms each
constexpr unsigned rounds_per_turn = 16;     // of flushing, when drained streams are written to at once
constexpr std::chrono::milliseconds longest_turn{2};  // for one who has more to do

thread_local worker* current_worker = nullptr;

}  // namespace

struct worker::state final : poll_sink, host_guest {
    state(worker& w, unsigned number, std::unique_ptr<transports::host> loop,
          std::shared_ptr<boost::asio::io_context> asio)
        : self(w),
          index(number),
          host(std::move(loop)),
          context(std::move(asio)),
          poll(host->make_poll_set(*this)),
          read_buffer(std::make_unique<char[]>(read_buffer_size + 1)) {
        host->guest(this);
    }

    // Beginnings of a turn.
    void on_wake() override { on_readable(); }
    void on_readable() override {
        turn([this] { poll->dispatch(); });
    }
    void on_ready(pollable& which, ready what) noexcept override {
        self.guarded([&] { which.on_ready(what); });
    }
    void on_alarm() override {
        alarm_at.reset();
        turn([this] { self.guarded([this] { wheel.run(now); }); });
    }
    void on_woken() override {
        scheduled = false;
        turn([this] {
            mail.take([this](engine::task& work) { self.guarded(work); });
            if (carried.empty()) return;
            poll->dispatch();  // who has just come waits for less than who left something undone
            run_carried();
        });
    }

    template <class Body>
    void turn(Body&& body) {
        if (in_turn) return void(missed = true);  // the application polls within a handler: end() sees to it
        begin();
        run_timers();
        body();
        end();
        // Last of all: it may own this.
        const std::unique_ptr<mortal> over = stays == 0 ? std::move(owner) : nullptr;
    }
    void count_time(engine::histogram& of) noexcept;
    void begin();
    void run_timers() noexcept;
    void end() noexcept;
    void run_carried();
    void run_ends();
    void run_sessions();
    void flush_streams();
    bool bury_dead() noexcept;
    void arm_alarm();
    void schedule() noexcept;

    worker& self;
    const unsigned index;
    std::unique_ptr<transports::host> host;
    const std::shared_ptr<boost::asio::io_context> context;  // null on a host that is not Asio's
    std::atomic<std::thread::id> thread{std::this_thread::get_id()};
    error_hook hook;

    mailbox mail;
    engine::timer_wheel wheel{wheel_time(os().now()), leeway};
    std::unique_ptr<poll_set> poll;
    std::optional<engine::time_point> alarm_at;

    std::chrono::steady_clock::time_point turned = os().now();  // when the turn began, or ended
    engine::time_point now = wheel_time(turned);
    worker* outer_worker = nullptr;
    std::uint64_t turns = 0;
    bool in_turn = false;
    unsigned stays = 0;
    bool missed = false;  // a beginning within a turn
    bool writing = false;
    bool scheduled = false;
    unsigned handshakes_left = handshakes_per_turn;
    engine::turn_queue sessions;
    engine::turn_queue streams;
    std::vector<engine::message_ptr> kept;      // lent since streams were last flushed
    std::vector<engine::message_ptr> flushing;  // lent before
    std::vector<pollable*> carried;
    engine::owned_list<mortal> dead;
    std::unique_ptr<mortal> owner;  // of this worker, when it goes with the turn
    engine::owned_list<mortal> living;

    std::unique_ptr<char[]> read_buffer;
    std::shared_ptr<stream_share> shared_by_streams;
};

/// What has passed since a turn began or ended.
void worker::state::count_time(engine::histogram& of) noexcept {
    const auto moment = os().now();
    of.add(moment - std::exchange(turned, moment));
}

void worker::state::begin() {
    in_turn = true;
    ++turns;
    self.work_ = 0;
    outer_worker = std::exchange(current_worker, &self);
    if (const auto here = std::this_thread::get_id(); thread.load(std::memory_order_relaxed) != here)
        thread.store(here, std::memory_order_relaxed);
    count_time(self.times_.waits);
    now = wheel_time(turned);
    handshakes_left = handshakes_per_turn;
}

/// Timers that are due come first in any turn, not only in the one that the alarm makes.
void worker::state::run_timers() noexcept {
    if (!alarm_at || now < *alarm_at) return;
    alarm_at.reset();
    self.guarded([this] { wheel.run(now); });
}

/// Whatever fails here, the worker must hear of what comes next.
void worker::state::end() noexcept {
    do run_ends();
    while (bury_dead());
    in_turn = false;
    // A wake-up that was missed is not repeated: letters lie in the mailbox of which nobody tells again.
    if (std::exchange(missed, false) || !carried.empty() || !sessions.empty() || !streams.empty()) schedule();
    if (!self.within_memory([this] { arm_alarm(); })) {
        alarm_at.reset();
        schedule();
    }
    if (!self.within_memory([this] { poll->arm(); })) schedule();
    count_time(self.times_.turns);
    current_worker = outer_worker;
}

/// What was left undone in earlier turns, one at the least, and others while there is time; what is left
/// undone again waits for the next.
void worker::state::run_carried() {
    const std::size_t most = std::min(carried.size(), carried_per_turn);
    std::size_t count = 0;
    do
        if (pollable* const which = std::exchange(carried[count], nullptr)) on_ready(*which, ready::nothing);
    while (++count < most && !self.busy());
    carried.erase(carried.begin(), carried.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Sessions write to their connections first, then each connection is flushed. Being drained may make
/// sessions write again: until quiet, but not for ever, since others wait for their turn.
void worker::state::run_ends() {
    for (unsigned round = 0; round < rounds_per_turn; ++round) {
        run_sessions();
        flush_streams();
        if (sessions.empty() && streams.empty() && kept.empty()) return;
    }
}

void worker::state::run_sessions() {
    sessions.run([this](engine::turn_work& work) { self.guarded([&work] { work.end_turn(); }); });
}

/// Who was lent a message is queued: it is not needed behind this round. What is lent during it is. Also of a
/// worker that has fallen silent: what was written leaves, and nobody is told.
void worker::state::flush_streams() {
    writing = true;
    flushing.swap(kept);
    streams.run([this](engine::turn_work& work) {
        try {
            work.end_turn();
        } catch (...) {
            self.report(std::current_exception());
        }
    });
    flushing.clear();
    writing = false;
}

/// Returns true when the burial left more to do.
bool worker::state::bury_dead() noexcept {
    if (dead.empty()) return false;
    dead.clear();
    return !sessions.empty() || !streams.empty();
}

void worker::state::arm_alarm() {
    // The alarm that is set is early enough, unless it should be cancelled.
    if (!wheel.take_armed() && alarm_at && !poll->empty()) return;
    const auto next = wheel.next();
    if (!next) {
        // An alarm in vain costs less than cancelling it, unless it keeps an application from running out of
        // work.
        if (alarm_at && poll->empty()) {
            alarm_at.reset();
            host->cancel_alarm();
        }
        return;
    }
    if (alarm_at && *alarm_at <= *next) return;
    // Hosts count in nanoseconds, in which the wheel's latest moments do not exist.
    const engine::time_point at = std::min(*next, engine::later(now, longest_wait));
    alarm_at = at;
    host->alarm(at);
}

/// Makes another turn, from the worker's own thread.
void worker::state::schedule() noexcept {
    if (!std::exchange(scheduled, true)) host->wake();
}

worker::worker(unsigned index, readiness_source how) {
    own_asio_host made = make_asio_host(how);
    state_ = std::make_unique<state>(*this, index, std::move(made.under), std::move(made.context));
}

worker::worker(unsigned index, boost::asio::io_context& of_application, readiness_source how)
    : state_(std::make_unique<state>(
          *this, index, make_asio_host(of_application, how),
          std::shared_ptr<boost::asio::io_context>(std::shared_ptr<void>(), &of_application))) {}

worker::worker(unsigned index, std::unique_ptr<host> under)
    : state_(std::make_unique<state>(*this, index, std::move(under), nullptr)) {}

worker::~worker() {
    state_->host->guest(nullptr);
    state_->in_turn = true;  // what the destructors below ask for happens here, or not at all
    while (!state_->living.empty() || !state_->dead.empty()) {
        state_->living.clear();
        state_->bury_dead();
    }
}

worker* worker::current() noexcept {
    return current_worker;
}

void worker::run() {
    assert(state_->host->own() && "a worker on the application's loop is run by the application");
    state_->thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
    state_->host->run([this](std::exception_ptr error) { report(std::move(error)); });
}

void worker::stop() {
    if (state_->host->own()) post([this] { state_->host->stop(); });
}

boost::asio::io_context& worker::context() noexcept {
    assert(state_->context && "this worker does not run on Asio");
    return *state_->context;
}

std::shared_ptr<boost::asio::io_context> worker::share_context() const noexcept {
    return state_->context;
}

std::uint64_t worker::turn() const noexcept {
    return state_->turns;
}

unsigned worker::index() const noexcept {
    return state_->index;
}

engine::time_point worker::now() const noexcept {
    return state_->in_turn ? state_->now : wheel_time(os().now());
}

engine::timer_wheel& worker::timers() noexcept {
    // A timer armed outside of a turn needs one, so that the alarm is set for it.
    if (!state_->in_turn) state_->schedule();
    return state_->wheel;
}

void worker::at_end_of_turn(engine::turn_work& work) noexcept {
    state_->sessions.push(work);
    if (!state_->in_turn) state_->schedule();
}

void worker::forget(engine::turn_work& work) noexcept {
    state_->sessions.remove(work);
}

void worker::flush_at_end_of_turn(engine::turn_work& work) noexcept {
    state_->streams.push(work);
    if (!state_->in_turn) state_->schedule();
}

void worker::forget_flush(engine::turn_work& work) noexcept {
    state_->streams.remove(work);
}

// Who is drained may ask for it, while the others' turn is still to come.
void worker::flush() noexcept {
    if (!state_->writing) state_->flush_streams();
}

void worker::post(engine::task work) {
    if (!state_->mail.push(std::move(work))) return;
    if (current_worker == this)
        state_->schedule();
    else
        state_->host->wake();
}

bool worker::on_this_thread() const noexcept {
    return current_worker == this ||
           state_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void worker::on_error(error_hook hook) {
    state_->hook = std::move(hook);
}

void worker::report(std::exception_ptr error) noexcept {
    if (silent_ || !state_->hook) return;
    engine::guarded([&] { state_->hook(std::move(error)); }, [](const std::exception_ptr&) {});
}

bool worker::entered() const noexcept {
    return state_->in_turn || state_->stays > 0;
}

void worker::enter() noexcept {
    ++state_->stays;
}

/// A server that was destroyed meanwhile gets its last turn here, for what was written.
void worker::leave() noexcept {
    if (--state_->stays == 0 && state_->owner && !state_->in_turn) state_->turn([] {});
}

void worker::fall_silent() noexcept {
    silent_ = true;
    state_->wheel.halt();
}

void worker::end_with_turn(std::unique_ptr<mortal> owner) noexcept {
    assert(entered());
    state_->owner = std::move(owner);
}

void worker::bury(std::unique_ptr<mortal> dead) noexcept {
    if (!dead) return;
    state_->dead.add(std::move(dead));
    if (!state_->in_turn) state_->schedule();
}

mortal& worker::own(std::unique_ptr<mortal> living) noexcept {
    return state_->living.add(std::move(living));
}

void worker::bury(mortal& owned) noexcept {
    bury(engine::owned_list<mortal>::take(owned));
}

void worker::count_connection(bool comes) noexcept {
    if (comes)
        connections_.fetch_add(1, std::memory_order_relaxed);
    else
        connections_.fetch_sub(1, std::memory_order_relaxed);
}

poll_set& worker::poll() noexcept {
    return *state_->poll;
}

std::span<char> worker::read_buffer() noexcept {
    return {state_->read_buffer.get(), read_buffer_size};
}

std::shared_ptr<stream_share>& worker::streams() noexcept {
    return state_->shared_by_streams;
}

bool worker::late() noexcept {
    if (!state_->in_turn || os().now() - state_->turned < longest_turn) return false;
    work_ = std::max(work_, work_per_turn);
    return true;
}

bool worker::take_handshake() noexcept {
    if (state_->handshakes_left == 0) return false;
    --state_->handshakes_left;
    return true;
}

void worker::keep(const engine::message_ptr& lent) {
    // A broadcast lends the same one to many streams, one after another.
    if (state_->kept.empty() || state_->kept.back() != lent) state_->kept.push_back(lent);
}

void worker::carry(pollable& which) {
    state_->carried.push_back(&which);
    if (!state_->in_turn) state_->schedule();
}

void worker::drop_carried(pollable& which) noexcept {
    std::replace(state_->carried.begin(), state_->carried.end(), &which, static_cast<pollable*>(nullptr));
}

}  // namespace kedge::transports
