#include <kedge/socketio/core/socket_state.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <set>
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/expiry.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/events/socket_error.hpp>

namespace kedge {
namespace {

std::int64_t milliseconds_since_1970() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// One of several steps that are taken whatever becomes of the others.
template <class Step>
void surely(const hub& owner, Step&& step) noexcept {
    engine::guarded(step, [&](const std::exception_ptr& thrown) {
        owner.log_exception("a socket has not left properly", thrown);
    });
}

}  // namespace

socket_state::socket_state(nsp_share& where, std::shared_ptr<client_link> through, origin from)
    : nsp_keeper{where.of().shared_from_this()},
      room_member(where.rooms(), std::move(from.id)),
      through_(std::move(through)),
      share_(where),
      home_(where.home()),
      from_(std::move(from)),
      issued_(milliseconds_since_1970()),
      data_(value::object()) {}

socket_state::~socket_state() {
    handlers_.reset();  // they use names of the namespace, which this may be the last to hold
}

socket_handlers* socket_state::handlers() {
    if (!handlers_ && stage_ != stage::disconnected)
        handlers_ = std::make_unique<socket_handlers>(share_.names());
    return handlers_.get();
}

value& socket_state::wanted_data() {
    if (handlers_ && handlers_->data_wanted) handlers_->data_wanted();
    return data_;
}

bool socket_state::silent() const noexcept {
    return nsp_->owner().silent();
}

bool socket_state::reachable() const noexcept {
    return stage_.load(std::memory_order_acquire) != stage::disconnected && through_->session;
}

bool socket_state::writable() const noexcept {
    return session() && session()->writable();
}

// --- coming

void socket_state::enter() {
    const auto keep = shared_from_this();
    note_beginning();
    stage_.store(stage::connected, std::memory_order_release);
    share_.rooms().present(*this);
    share_.rooms().join(*this, id());
    if (!pid().empty()) nsp_->adapter().enrol(pid(), id());
    if (!connected()) return;  // sent away by who was told of its room
    ++home_.counts().sockets_opened;
    if (recovered()) ++home_.counts().recovered;
    send_connect();
    if (expiry_) expiry_->start();
    const auto all = nsp_->connection_handlers().current();
    for (const auto& each : *all) guarded("connection", [&] { (*each)(keep); });
}

// The older protocol tells no id: clients compute it from the session's.
void socket_state::send_connect() {
    auto& to = *owner();
    const packet_head head{packet_type::connect, nsp_->name(), {}};
    if (to.revision_3()) return to.send(head);
    to.send(head, [this](writer& out) {
        out.begin_object(pid().empty() ? 1 : 2);
        out.key("sid");
        out.string(id());
        if (!pid().empty()) {
            out.key("pid");
            out.string(pid());
        }
        out.end_object();
    });
}

void socket_state::restore(const stored_session& from) {
    data_ = from.data;
    trace_ = std::make_unique<trace>(trace{from.offset, from.from, from.from, true, false, from.early});
    nsp_->adapter().enrol(pid(), id());
    for (const auto& each : from.rooms) share_.rooms().join(*this, each);
}

void socket_state::send_missed(std::span<const packet_ptr> missed) {
    trace_->from.clear();
    trace_->held_back = false;
    home_.counts().events_out += missed.size();
    for (const auto& each : missed) {
        send(*each);
        note_written(*each);
    }
}

// --- going

void socket_state::abandon() {
    stage_.store(stage::disconnected, std::memory_order_release);
    const hub& owner = nsp_->owner();
    if (recovered()) surely(owner, [this] { persist(); });
    surely(owner, [this] { leave_rooms(); });
    surely(owner, [this] { fail_answers(); });
    surely(owner, [this] { cancel_errands(); });
    drop_handlers();
    home_.bury(shared_from_this());
}

void socket_state::leave_namespace(disconnect_reason reason, std::string_view description) {
    if (!connected() || std::exchange(leaving_, true)) return;
    const auto keep = shared_from_this();
    hub& of = nsp_->owner();
    if (recoverable(reason)) surely(of, [&] { note_position(); });
    surely(of, [&] { tell_disconnect(&socket_handlers::disconnecting, reason, description); });
    if (recoverable(reason)) surely(of, [&] { persist(); });
    surely(of, [&] { leave_rooms(); });
    const bool forgiving = reason == disconnect_reason::server_namespace_disconnect;
    if (owner()) surely(of, [&] { owner()->on_left(*this, forgiving); });
    stage_.store(stage::disconnected, std::memory_order_release);
    surely(of, [&] { tell_disconnect(&socket_handlers::disconnect, reason, description); });
    surely(of, [&] { fail_answers(); });
    surely(of, [&] { cancel_errands(); });
    drop_handlers();
    expiry_.reset();
    surely(of, [&] { of.release(*nsp_); });
}

void socket_state::leave_rooms() {
    share_.rooms().remove(*this);
    if (!pid().empty()) nsp_->adapter().withdraw(pid(), id());
}

void socket_state::cut() {
    if (session()) session()->close(true);
}

void socket_state::forget() {
    stage_.store(stage::disconnected, std::memory_order_release);
    share_.rooms().forget(*this);
    acks_.reset();
    expiry_.reset();
    delays_.reset();
    handlers_.reset();
}

void socket_state::persist() {
    if (!trace_) return;
    note_position();
    trace_->awaited = true;
    nsp_->adapter().persist_session({id(), pid(), share_.rooms().rooms_of(*this), data_, trace_->offset,
                                     trace_->from, trace_->began, trace_->early});
}

void socket_state::note_beginning() {
    if (trace_ || pid().empty()) return;
    trace_ = std::make_unique<trace>();
    trace_->began = nsp_->adapter().position();
}

void socket_state::note_written(const broadcast_packet& kept) {
    if (pid().empty() || kept.offset().empty()) return;
    note_beginning();
    if (session() && session()->state() == engine::session_state::open) {
        trace_->offset = kept.offset();
    } else {
        note_position();
    }
}

void socket_state::note_position() {
    if (!trace_ || !trace_->from.empty()) return;
    trace_->from = nsp_->adapter().position();
    if (trace_->from.empty()) return;
    for (auto& each : nsp_->adapter().told_early(id())) trace_->early.push_back(std::move(each));
}

void socket_state::tell_disconnect(handler_list<disconnect_handler> socket_handlers::*which,
                                   disconnect_reason reason, std::string_view description) {
    if (!handlers_) return;
    const auto all = ((*handlers_).*which).slots;
    for (const auto& each : all) guarded("disconnect", [&] { (*each.handler)(reason, description); });
}

void socket_state::fail_answers() {
    if (!acks_) return;
    for (auto& each : acks_->clear()) settle(std::move(each), ack_error::cause::disconnected, {});
}

listener socket_state::add_errand(engine::task cancel) {
    const auto id = nsp_->next_listener();
    auto* all = handlers();
    if (!all)
        cancel();
    else
        all->errands.emplace(id, std::move(cancel));
    return id;
}

void socket_state::remove_errand(listener which) {
    if (handlers_) handlers_->errands.erase(which);
}

void socket_state::cancel_errands() {
    if (!handlers_) return;
    auto all = std::exchange(handlers_->errands, {});
    for (auto& [id, cancel] : all) cancel();
}

void socket_state::after(engine::duration delay, engine::task work) {
    home_.run([self = shared_from_this(), delay, work = std::move(work)]() mutable {
        if (self->left()) return;
        if (!self->delays_) self->delays_ = std::make_shared<delays>(self->home_);
        self->delays_->add(delay, [weak = self->weak_from_this(), work = std::move(work)]() mutable {
            const auto here = weak.lock();
            if (here && !here->left()) here->guarded("after", work);
        });
    });
}

// The next time is set first: the work may throw, or cancel itself.
void socket_state::every(engine::duration period, std::shared_ptr<scheduled_work> work) {
    after(period, [this, period, work] {
        if (!work->pending()) return;
        every(period, work);
        work->call();
    });
}

void socket_state::expire_at(std::optional<std::chrono::system_clock::time_point> when) {
    home_.run([self = shared_from_this(), when] {
        if (self->stage_ == stage::disconnected || self->leaving_) return;
        self->expiry_ = when ? std::make_unique<expiry>(
                                   self->home_, *when, [whom = self.get()](auto time) { whom->expire(time); })
                             : nullptr;
        if (self->expiry_ && self->connected()) self->expiry_->start();
    });
}

void socket_state::expire(std::chrono::system_clock::time_point when) {
    const auto keep = shared_from_this();
    const auto since_1970 = std::chrono::floor<engine::duration>(when.time_since_epoch());
    surely(nsp_->owner(), [&] {
        with_arguments([&](const outgoing_arguments& sent) { emit("expired", sent, {}, {}); },
                       static_cast<std::int64_t>(since_1970.count()));
    });
    dismiss();
}

// A handler that runs now may own the closure it runs from: all are destroyed when the turn ends.
void socket_state::drop_handlers() {
    if (owner()) owner()->unwatch(*this);
    if (delays_) home_.bury(std::move(delays_));
    if (!handlers_) return;
    using remains = std::pair<std::shared_ptr<nsp_state>, std::unique_ptr<socket_handlers>>;
    try {
        home_.bury(std::make_shared<remains>(nsp_, std::move(handlers_)));
    } catch (const std::bad_alloc&) {  // then later; they hold this, as a rule
        surely(nsp_->owner(),
               [this] { home_.post([self = shared_from_this()] { self->handlers_.reset(); }); });
    }
}

void socket_state::dismiss() {
    if (!connected() || leaving_) return;
    hurry();
    try {
        if (owner()) owner()->send({packet_type::disconnect, nsp_->name(), {}});
    } catch (const std::bad_alloc&) {
        return cut();  // who cannot be told is sent away
    }
    leave_namespace(disconnect_reason::server_namespace_disconnect);
}

void socket_state::disconnect(bool close) {
    home_.run([self = shared_from_this(), close] {
        if (!self->connected()) return;
        if (close && self->owner()) return self->owner()->dismiss_all();
        self->dismiss();
    });
}

// --- rooms

void socket_state::join(std::vector<std::string> rooms) {
    if (home_.here()) return join_here(rooms);
    home_.post([self = shared_from_this(), rooms = std::move(rooms)] { self->join_here(rooms); });
}

/// Those of the rooms that it is not in. Exact only where it matters: near the bounds.
socket_state::room_sum socket_state::sum_of_new(std::span<const std::string> rooms) const {
    room_sum sum{rooms.size(), 0};
    for (const auto& each : rooms) sum.name_bytes += each.size();
    const auto& settings = nsp_->owner().settings();
    if (room_count() + sum.rooms <= settings.max_rooms_per_socket &&
        room_name_bytes() + sum.name_bytes <= settings.max_room_name_bytes_per_socket)
        return sum;
    sum = {};
    for (const auto each : std::set<std::string_view>(rooms.begin(), rooms.end())) {
        if (share_.rooms().contains(*this, each)) continue;
        ++sum.rooms;
        sum.name_bytes += each.size();
    }
    return sum;
}

void socket_state::join_here(std::span<const std::string> rooms) {
    if (stage_ == stage::disconnected) return;
    const room_sum more = sum_of_new(rooms);
    const auto& settings = nsp_->owner().settings();
    if (room_count() + more.rooms > settings.max_rooms_per_socket)
        return report(
            {.why = socket_error::cause::too_many_rooms, .message = "the socket is in too many rooms"});
    if (room_name_bytes() + more.name_bytes > settings.max_room_name_bytes_per_socket)
        return report({.why = socket_error::cause::too_many_rooms,
                       .message = "the names of the socket's rooms are too long"});
    for (const auto& each : rooms) share_.rooms().join(*this, each);
}

void socket_state::leave(std::string_view room) {
    if (!home_.here())
        return home_.post([self = shared_from_this(), name = std::string(room)] { self->leave(name); });
    hurry();
    share_.rooms().leave(*this, room);
}

}  // namespace kedge
