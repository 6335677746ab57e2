#include <kedge/transports/loop/worker.hpp>

#include <cassert>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <kedge/transports/loop/mailbox.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t read_buffer_size = 64 * 1024;
constexpr engine::duration leeway{64};  // of heartbeats: ten thousand idle clients wake it 16 times a second
constexpr std::size_t carried_per_turn = 128;
constexpr unsigned handshakes_per_turn = 8;  // about 0.3 ms each
constexpr unsigned rounds_per_turn = 16;     // of flushing, when drained streams are written to at once

thread_local worker* current_worker = nullptr;

engine::time_point clock() noexcept {
    return std::chrono::time_point_cast<engine::duration>(std::chrono::steady_clock::now());
}

}  // namespace

struct worker::state final : poll_sink {
    state(worker& w, unsigned number, std::unique_ptr<boost::asio::io_context> owned,
          boost::asio::io_context* host, readiness how)
        : self(w),
          index(number),
          own_context(std::move(owned)),
          context(host ? *host : *own_context),
          poll(make_poll_set(how, context, *this)),
          alarm(context),
          read_buffer(std::make_unique<char[]>(read_buffer_size + 1)) {}

    // Beginnings of a turn.
    void on_wake() override {
        turn([this] { poll->dispatch(); });
    }
    void on_ready(pollable& which, ready what) noexcept override {
        self.guarded([&] { which.on_ready(what); });
    }
    void on_alarm() {
        alarm_at.reset();
        turn([this] { self.guarded([this] { wheel.run(now); }); });
    }
    void on_post() {
        scheduled = false;
        turn([this] {
            mail.take([this](engine::task& work) { self.guarded(work); });
            run_carried();
        });
    }

    template <class Body>
    void turn(Body&& body) {
        if (in_turn) return;  // an application that polls within a handler: end() sees to what is due
        begin();
        body();
        end();
    }
    void begin();
    void end();
    void run_carried();
    void run_ends();
    bool run_round(engine::turn_queue& queue);
    bool flush_streams();
    bool bury_dead() noexcept;
    void arm_alarm();
    void schedule();
    void wake();

    worker& self;
    const unsigned index;
    std::unique_ptr<boost::asio::io_context> own_context;
    boost::asio::io_context& context;
    std::shared_ptr<state*> anchor = std::make_shared<state*>(this);  // for completions that outlive this
    std::atomic<std::thread::id> thread{std::this_thread::get_id()};
    error_hook hook;

    mailbox mail;
    engine::timer_wheel wheel{clock(), leeway};
    std::unique_ptr<poll_set> poll;
    boost::asio::steady_timer alarm;
    std::optional<engine::time_point> alarm_at;

    engine::time_point now = clock();
    worker* outer_worker = nullptr;
    std::uint64_t turns = 0;
    bool in_turn = false;
    bool scheduled = false;
    unsigned handshakes_left = handshakes_per_turn;
    engine::turn_queue sessions;
    engine::turn_queue streams;
    std::vector<engine::message_ptr> kept;      // lent since streams were last flushed
    std::vector<engine::message_ptr> flushing;  // lent before
    std::vector<pollable*> carried;
    std::vector<pollable*> carrying;
    std::vector<std::unique_ptr<mortal>> dead;
    std::unordered_map<mortal*, std::unique_ptr<mortal>> living;

    std::unique_ptr<char[]> read_buffer;
    buffer_pool buffers;
    std::unique_ptr<tls_io> tls;
};

void worker::state::begin() {
    in_turn = true;
    ++turns;
    outer_worker = std::exchange(current_worker, &self);
    if (const auto here = std::this_thread::get_id(); thread.load(std::memory_order_relaxed) != here)
        thread.store(here, std::memory_order_relaxed);
    now = clock();
    handshakes_left = handshakes_per_turn;
}

void worker::state::end() {
    do run_ends();
    while (bury_dead());
    in_turn = false;
    if (!carried.empty() || !sessions.empty() || !streams.empty()) schedule();
    arm_alarm();
    poll->arm();
    current_worker = outer_worker;
}

/// What was left undone in earlier turns; what is left undone again waits for the next.
void worker::state::run_carried() {
    carrying.swap(carried);
    for (std::size_t i = 0; i < carrying.size(); ++i) {
        pollable* const which = std::exchange(carrying[i], nullptr);
        if (!which) continue;
        if (i < carried_per_turn)
            on_ready(*which, ready::nothing);
        else
            carried.push_back(which);
    }
    carrying.clear();
}

/// Sessions write to their connections first, then each connection is flushed. Being drained may make
/// sessions write again: until quiet, but not for ever, since others wait for their turn.
void worker::state::run_ends() {
    for (unsigned round = 0; round < rounds_per_turn; ++round) {
        const bool wrote = run_round(sessions);
        const bool flushed = flush_streams();
        if (!wrote && !flushed) return;
    }
}

bool worker::state::run_round(engine::turn_queue& queue) {
    return queue.run([this](engine::turn_work& work) { self.guarded([&work] { work.end_turn(); }); });
}

/// Who was lent a message is queued: it is not needed behind this round. What is lent during it is.
bool worker::state::flush_streams() {
    flushing.swap(kept);
    const bool flushed = run_round(streams);
    flushing.clear();
    return flushed;
}

/// Returns true when the burial left more to do.
bool worker::state::bury_dead() noexcept {
    if (dead.empty()) return false;
    while (!dead.empty()) std::exchange(dead, {}).clear();
    return !sessions.empty() || !streams.empty();
}

void worker::state::arm_alarm() {
    const auto next = wheel.next();
    if (!next) {
        // An alarm in vain costs less than cancelling it, unless it keeps an application from running out of
        // work.
        if (alarm_at && poll->empty()) {
            alarm_at.reset();
            alarm.cancel();
        }
        return;
    }
    if (alarm_at && *alarm_at <= *next) return;
    alarm_at = next;
    alarm.expires_at(*next);
    alarm.async_wait([to = anchor, at = *next](const boost::system::error_code& error) {
        if (!error && *to && (*to)->alarm_at == at) (*to)->on_alarm();
    });
}

/// Makes another turn, from the worker's own thread.
void worker::state::schedule() {
    if (!std::exchange(scheduled, true)) wake();
}

void worker::state::wake() {
    boost::asio::post(context, [to = anchor] {
        if (*to) (*to)->on_post();
    });
}

worker::worker(unsigned index, readiness how)
    : state_(std::make_unique<state>(*this, index, std::make_unique<boost::asio::io_context>(1), nullptr,
                                     how)) {}

worker::worker(unsigned index, boost::asio::io_context& host, readiness how)
    : state_(std::make_unique<state>(*this, index, nullptr, &host, how)) {}

worker::~worker() {
    *state_->anchor = nullptr;
    state_->in_turn = true;  // what the destructors below ask for happens here, or not at all
    while (!state_->living.empty() || !state_->dead.empty()) {
        std::exchange(state_->living, {}).clear();
        state_->bury_dead();
    }
}

worker* worker::current() noexcept {
    return current_worker;
}

void worker::run() {
    assert(state_->own_context && "a worker on the application's io_context is run by the application");
    const auto guard = boost::asio::make_work_guard(state_->context);
    state_->thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
    state_->context.restart();
    while (!state_->context.stopped()) guarded([this] { state_->context.run(); });
}

void worker::stop() {
    if (state_->own_context) post([this] { state_->context.stop(); });
}

boost::asio::io_context& worker::context() noexcept {
    return state_->context;
}

std::uint64_t worker::turn() const noexcept {
    return state_->turns;
}

unsigned worker::index() const noexcept {
    return state_->index;
}

engine::time_point worker::now() const noexcept {
    return state_->in_turn ? state_->now : clock();
}

engine::timer_wheel& worker::timers() noexcept {
    // A timer armed outside of a turn needs one, so that the alarm is set for it.
    if (!state_->in_turn) state_->schedule();
    return state_->wheel;
}

void worker::at_end_of_turn(engine::turn_work& work) {
    state_->sessions.push(work);
    if (!state_->in_turn) state_->schedule();
}

void worker::forget(engine::turn_work& work) noexcept {
    state_->sessions.remove(work);
}

void worker::flush_at_end_of_turn(engine::turn_work& work) {
    state_->streams.push(work);
    if (!state_->in_turn) state_->schedule();
}

void worker::forget_flush(engine::turn_work& work) noexcept {
    state_->streams.remove(work);
}

void worker::post(engine::task work) {
    if (!state_->mail.push(std::move(work))) return;
    if (current_worker == this)
        state_->schedule();
    else
        state_->wake();
}

bool worker::on_this_thread() const noexcept {
    return current_worker == this ||
           state_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void worker::on_error(error_hook hook) {
    state_->hook = std::move(hook);
}

void worker::report(std::exception_ptr error) noexcept {
    if (!state_->hook) return;
    try {
        state_->hook(std::move(error));
    } catch (...) {  // the last resort has failed: there is nobody left to tell
    }
}

void worker::bury(std::unique_ptr<mortal> dead) {
    if (!dead) return;
    state_->dead.push_back(std::move(dead));
    if (!state_->in_turn) state_->schedule();
}

mortal& worker::own(std::unique_ptr<mortal> living) {
    mortal& owned = *living;
    state_->living.emplace(&owned, std::move(living));
    return owned;
}

void worker::bury(mortal& owned) {
    auto found = state_->living.extract(&owned);
    if (found) bury(std::move(found.mapped()));
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

buffer_pool& worker::buffers() noexcept {
    return state_->buffers;
}

tls_io& worker::tls() {
    if (!state_->tls) state_->tls = std::make_unique<tls_io>();
    return *state_->tls;
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
    for (auto* list : {&state_->carried, &state_->carrying})
        for (pollable*& each : *list)
            if (each == &which) each = nullptr;
}

}  // namespace kedge::transports
