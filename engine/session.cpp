#include <kedge/engine/session.hpp>

#include <array>
#include <deque>
#include <new>
#include <utility>

#include <kedge/engine/handshake.hpp>
#include <kedge/engine/session_home.hpp>

namespace kedge::engine {

namespace {

// Of one answer to a poll.
constexpr std::size_t packets_at_once = 4096;
constexpr std::size_t bytes_at_once = std::size_t{1} << 20;

}  // namespace

/// Who wants to hear when the kernel has taken what they sent.
struct session::callbacks {
    std::deque<sent_callback> waiting;  // their packets are in the outbox
    std::deque<sent_callback> given;    // their packets are with the transport
};

session::session(session_home& home, std::string id, engine::revision protocol, request_ptr first,
                 std::unique_ptr<transport> on)
    : home_(home),
      transport_(std::move(on)),
      protocol_(protocol),
      id_(std::move(id)),
      first_(std::move(first)),
      heartbeat_(protocol, home.settings()),
      heartbeat_timer_(timer::calls<&session::on_heartbeat_due, session>(), this) {
    transport_->owner(this);
}

session::~session() {
    home_.home().forget(*this);
}

engine::loop& session::loop() noexcept {
    return home_.home();
}

// Want of memory

/// Does what concerns this session alone: without memory for it the session ends, and nobody else notices.
template <class F>
void session::attempt(F&& f) {
    try {
        f();
    } catch (const std::bad_alloc&) {
        condemn(doom::memory);
    }
}

void session::condemn(doom why) noexcept {
    if (doomed_ == doom::none) doomed_ = why;
    loop().at_end_of_turn(*this);
}

// Opening

void session::open() {
    state_ = session_state::open;
    const std::string greeting = open_packet(id_, kind(), home_.settings());
    const auto& initial = home_.settings().initial_packet;
    const std::array<outbound, 2> first{
        outbound{packet_type::open, content_kind::text, true, greeting, nullptr},
        outbound{packet_type::message, content_kind::text, true, initial ? *initial : std::string_view{},
                 nullptr}};
    give(std::span(first).first(initial ? 2 : 1));
    arm_heartbeat(heartbeat_.opened(loop().now()));
}

/// To the millisecond would wake the worker for every client by itself.
void session::arm_heartbeat(time_point deadline) noexcept {
    loop().timers().arm_about(heartbeat_timer_, deadline, loop().now());
}

void session::live_on(std::unique_ptr<session_handler> made) {
    handler_ = std::move(made);
    if (state_ == session_state::closed) tell_closed(close_reason::forced_close, {});
}

void session::tell_closed(close_reason reason, std::string_view description) {
    if (handler_ && !home_.silent()) handler_->on_close(*this, reason, description);
}

// Sending

void session::send(content_kind content, std::string_view data, bool compress, sent_callback sent) {
    attempt([&] {
        if (submit({packet_type::message, content, compress, data, nullptr}) && sent) keep(std::move(sent));
    });
}

void session::send(const message_ptr& shared) {
    attempt([&] {
        submit({packet_type::message, shared->content(), shared->compress(), shared->data(), &shared});
    });
}

void session::send_packet(packet_type type) {
    attempt([&] { submit({type, content_kind::text, true, {}, nullptr}); });
}

/// Sends a packet or puts it into the outbox. False when it was dropped.
bool session::submit(const outbound& what) {
    if (state_ != session_state::open || doomed_ != doom::none) return false;
    if (!has_room_for(what.data.size())) return condemn(doom::unsent), false;
    if (observer_) observer_->on_packet_create(*this, what);
    if (transport_->streams() && !outbox_) {
        give({&what, 1});
        return true;
    }
    if (!outbox_) outbox_ = home_.outboxes().take();
    outbox_->push(what);
    if (transport_->writable()) loop().at_end_of_turn(*this);
    return true;
}

bool session::has_room_for(std::size_t bytes) {
    const std::size_t waiting = transport_->unsent() + (outbox_ ? outbox_->footprint() : 0);
    if (waiting == 0) return true;
    home_.look_at_total();
    return waiting + bytes <= home_.settings().buffer_limit();
}

void session::keep(sent_callback sent) {
    if (!callbacks_) callbacks_ = std::make_unique<callbacks>();
    if (outbox_) return callbacks_->waiting.push_back(std::move(sent));
    callbacks_->given.push_back(std::move(sent));
    transport_->want_drain();
}

void session::give(std::span<const outbound> packets) {
    home_.counting().packets_out += packets.size();
    transport_->send(packets);
    if (!observer_) return;
    transport_->want_drain();
    observer_->on_flush(*this);
}

void session::give_noop() {
    const outbound noop{packet_type::noop, content_kind::text, false, {}, nullptr};
    transport_->send({&noop, 1});
}

void session::flush() {
    const bool ready = transport_->streams() || transport_->writable();
    if (!outbox_ || !ready || state_ == session_state::closed) return;
    if (!transport_->streams() && outbox_->exceeds(packets_at_once, bytes_at_once)) return flush_part();
    auto sending = std::move(outbox_);
    if (callbacks_) {
        for (auto& each : callbacks_->waiting) callbacks_->given.push_back(std::move(each));
        callbacks_->waiting.clear();
        if (!callbacks_->given.empty()) transport_->want_drain();
    }
    give(sending->packets());
    home_.outboxes().give_back(std::move(sending));
    if (state_ == session_state::closing) close_transport();
}

/// A poll's answer is written in one go: of very much the later part waits for the polls to come.
void session::flush_part() {
    const auto first = outbox_->packets(packets_at_once, bytes_at_once);
    const std::size_t count = first.size();
    home_.counting().packets_out += count;
    transport_->send(first);
    outbox_->drop(count);
    if (!observer_) return;
    transport_->want_drain();
    observer_->on_flush(*this);
}

void session::end_turn() {
    if (doomed_ == doom::none)
        attempt([this] {
            flush();
            // An upgrade was what a closing session had left to wait for.
            if (state_ == session_state::closing && transport_->streams()) close_transport();
        });
    if (doomed_ == doom::none) return;
    const bool full = doomed_ == doom::unsent;
    end(close_reason::transport_error, full ? "too much unsent data" : "out of memory", farewell::discard);
}

void session::shed() {
    const bool slow = unsent() >= (handler_ ? handler_->kept() : 0);
    end(close_reason::transport_error, slow ? "too much unsent data" : "too much is kept", farewell::discard);
}

std::size_t session::held() const noexcept {
    return unsent() + (handler_ ? handler_->kept() : 0);
}

bool session::writable() const noexcept {
    return state_ == session_state::open && transport_->writable();
}

std::size_t session::unsent() const noexcept {
    return transport_->unsent() + (outbox_ ? outbox_->size() : 0);
}

void session::on_writable(transport&) {
    if (outbox_) return loop().at_end_of_turn(*this);
    if (protocol_ != revision::v3 || home_.settings().poll_noop_interval <= duration{0}) return;
    attempt([this] {
        if (!noop_timer_)
            noop_timer_ = std::make_unique<timer>(timer::calls<&session::on_noop_due, session>(), this);
        loop().timers().arm(*noop_timer_, engine::later(loop().now(), home_.settings().poll_noop_interval));
    });
}

void session::on_noop_due(time_point) {
    on_poll_to_end();
}

void session::on_drain(transport&) {
    if (state_ != session_state::closed) attempt([this] { deliver_drain(); });
}

void session::deliver_drain() {
    if (observer_) observer_->on_drain(*this);
    // Each is taken out before it is called: it may send, close, or throw.
    for (std::size_t left = callbacks_ ? callbacks_->given.size() : 0;
         callbacks_ && left > 0 && state_ != session_state::closed; --left) {
        sent_callback sent = std::move(callbacks_->given.front());
        callbacks_->given.pop_front();
        try {
            sent();
        } catch (...) {
            if (callbacks_ && !callbacks_->given.empty()) transport_->want_drain();
            throw;
        }
    }
}

// Receiving

void session::on_packet(transport&, packet& received, const request* via) {
    if (state_ != session_state::open || doomed_ != doom::none) return;
    ++home_.counting().packets_in;
    if (observer_) observer_->on_packet(*this, received);
    if (state_ != session_state::open) return;
    const auto effect = heartbeat_.received(received.type, loop().now());
    if (effect.wrong_direction)
        return end(close_reason::transport_error, "invalid heartbeat direction", farewell::close);
    if (effect.deadline) arm_heartbeat(*effect.deadline);
    if (received.type == packet_type::ping) send_packet(packet_type::pong);
    if (effect.beat && observer_) observer_->on_heartbeat(*this);
    if (received.type == packet_type::message) deliver(received, via);
}

void session::deliver(packet& received, const request* via) {
    attempt([&] {
        if (received.content == content_kind::text) {
            handler_->on_text(*this, received.data, via);
        } else {
            handler_->on_binary(*this, received.data, via);
        }
    });
}

void session::on_garbage(transport&) {
    if (state_ == session_state::open) end(close_reason::parse_error, {}, farewell::close);
}

void session::on_heartbeat_due(time_point now) {
    if (heartbeat_.due() == heartbeat::alarm::timeout)
        return end(close_reason::ping_timeout, {}, farewell::close);
    arm_heartbeat(heartbeat_.pinged(now));
    send_packet(packet_type::ping);
}

// Upgrading

void session::upgrade_to(std::unique_ptr<transport> to) {
    if (state_ == session_state::closed || upgrade_ || transport_->streams())
        return home_.dead().see_off(std::move(to));
    upgrade_owner& me = *this;
    try {
        upgrade_ = std::make_unique<engine::upgrade>(me, loop(), home_.settings(), std::move(to));
    } catch (const std::bad_alloc&) {
        condemn(doom::memory);
        engine::discard(*to);
        home_.dead().bury(std::move(to));
    }
}

void session::on_probe(transport& probing) {
    if (state_ == session_state::open && observer_) observer_->on_upgrading(*this, probing);
}

void session::on_poll_to_end() {
    if (transport_->streams() || !transport_->writable()) return;
    attempt([this] { outbox_ ? flush() : give_noop(); });
}

void session::on_upgraded(std::unique_ptr<transport> to) {
    // A client whose POST is not answered has not stopped polling yet.
    if (transport_->receiving()) return on_upgrade_failed(std::move(to));
    finish_upgrade();
    auto& counters = home_.counting();
    --counters.live(kind(), protocol_);
    auto left = std::exchange(transport_, std::move(to));
    transport_->owner(this);
    left->owner(nullptr);
    engine::discard(*left);
    home_.dead().bury(std::move(left));
    ++counters.live(kind(), protocol_);
    ++counters.upgraded;
    upgraded_ = true;
    if (const auto deadline = heartbeat_.upgraded(loop().now())) arm_heartbeat(*deadline);
    loop().at_end_of_turn(*this);
    if (callbacks_) transport_->want_drain();
    if (observer_) observer_->on_upgrade(*this, *transport_);
}

void session::on_upgrade_failed(std::unique_ptr<transport> to_close) {
    finish_upgrade();
    if (to_close) home_.dead().see_off(std::move(to_close));
}

void session::finish_upgrade() {
    home_.dead().bury(std::move(upgrade_));
}

// Closing

void session::close(bool discard) {
    const bool can_close = state_ == session_state::open || (discard && state_ == session_state::closing);
    if (!can_close) return;
    if (discard) return end(close_reason::forced_close, {}, farewell::close);
    state_ = session_state::closing;
    if (!outbox_) attempt([this] { close_transport(); });
}

void session::close_transport() {
    if (transport_->streams()) return end(close_reason::forced_close, {}, farewell::close);
    transport_->close();
}

void session::on_error(transport&, std::string_view description) {
    if (state_ != session_state::closed)
        return end(close_reason::transport_error, description, farewell::discard);
    engine::discard(*transport_);
    transport_closing_ = false;
}

void session::on_close(transport&) {
    transport_closing_ = false;
    const bool forced = state_ == session_state::closing;
    end(forced ? close_reason::forced_close : close_reason::transport_close, {}, farewell::none);
}

void session::end(close_reason reason, std::string_view description, farewell how) {
    if (state_ == session_state::closed) return;
    state_ = session_state::closed;
    heartbeat_timer_.disarm();
    noop_timer_.reset();
    callbacks_.reset();
    if (upgrade_) on_upgrade_failed(upgrade_->abandon());
    part(how);
    home_.remove(*this);
    try {
        home_.tell_closed(*this, reason, description);
    } catch (...) {
        tell_closed(reason, description);
        throw;
    }
    tell_closed(reason, description);
    outbox_.reset();  // who makes room for others does not wait for the turn's end
}

void session::fall_silent() noexcept {
    state_ = session_state::closed;
    observer_ = nullptr;
    heartbeat_timer_.disarm();
    noop_timer_.reset();
}

void session::part(farewell how) noexcept {
    if (how == farewell::none) return;
    if (how == farewell::discard || !transport_->streams()) return engine::discard(*transport_);
    transport_closing_ = true;
    try {
        transport_->close();
    } catch (...) {  // there is no memory for a goodbye
        transport_closing_ = false;
        transport_->abort();
    }
}

std::unique_ptr<transport> session::take_closing_transport() noexcept {
    return transport_closing_ ? std::move(transport_) : nullptr;
}

}  // namespace kedge::engine
