#include <kedge/socketio/core/nsp_state.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/guarded_adapter.hpp>
#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/rooms/local_adapter.hpp>
#include <kedge/socketio/rooms/recovering_adapter.hpp>

namespace kedge {

void check_event(std::string_view name) {
    if (is_reserved_event(name))
        throw std::invalid_argument('"' + std::string(name) + "\" is a reserved event name");
}

nsp_state::nsp_state(std::shared_ptr<hub> owner, std::string name, role what)
    : owner_(std::move(owner)), name_(std::move(name)), role_(what) {
    room_watch& told = *this;
    for (const auto& each : owner_->desks())
        shares_.push_back(std::make_unique<nsp_share>(*this, *each, told, event_handlers_));
}

nsp_state::~nsp_state() = default;

void nsp_state::open(std::unique_ptr<adapter_host> host) {
    host_ = std::move(host);
    use_adapter(owner_->settings().adapter);
}

void nsp_state::close_adapter(engine::task done) {
    if (adapter_closed_.exchange(true)) return done();
    adapter_->close([keep = shared_from_this(), done = std::move(done)]() mutable { done(); });
}

void nsp_state::use_adapter(const adapter_factory& make) {
    auto former = std::exchange(adapter_, make_adapter(make));
    event_form_ = adapter_->wants();
    if (!former) return;
    former_adapters_.push_back(std::move(former));
    former_adapters_.back()->close([keep = shared_from_this()] {});
}

std::unique_ptr<kedge::adapter> nsp_state::make_adapter(const adapter_factory& make) {
    const auto& recovery = owner_->settings().recovery;
    // A parent has no clients, and its children have adapters of their own.
    if (role_ != role::parent && make) return guard(make(*host_));
    if (role_ != role::parent && recovery) return std::make_unique<recovering_adapter>(*host_, *recovery);
    return std::make_unique<local_adapter>(*host_);
}

std::unique_ptr<kedge::adapter> nsp_state::guard(std::unique_ptr<kedge::adapter> made) const {
    if (!made) throw std::logic_error("the adapter factory has made no adapter for " + name_);
    return std::make_unique<guarded_adapter>(*owner_, std::move(made));
}

kedge::adapter& nsp_state::own_adapter() const noexcept {
    auto* const guarding = dynamic_cast<guarded_adapter*>(adapter_.get());
    return guarding ? guarding->own() : *adapter_;
}

data_form nsp_state::event_form() const {
    if (role_ == role::parent) {
        const auto all = children();
        if (!all.empty()) return all.front()->event_form();
    }
    return event_form_ == data_form::none ? data_form::json : event_form_;
}

std::size_t nsp_state::size() const noexcept {
    std::size_t sum = 0;
    for (const auto& each : shares_) sum += each->size();
    return sum;
}

nsp_share& nsp_state::share(const desk& at) const noexcept {
    return *shares_[at.index()];
}

void nsp_state::inherit(nsp_state& parent) {
    middlewares_.change([&](auto& mine) { mine = *parent.middlewares_.current(); });
    connection_handlers_.change([&](auto& mine) { mine = *parent.connection_handlers_.current(); });
    error_handlers_.change([&](auto& mine) { mine = *parent.error_handlers_.current(); });
    event_handlers_.change([&](auto& mine) { mine = *parent.event_handlers_.current(); });
}

void nsp_state::retire() {
    end_registrations();
    on_each_worker([](nsp_share& share) { share.refresh(); });
}

void nsp_state::shut() {
    end_registrations();
    for (const auto& each : shares_) each->refresh();
}

void nsp_state::end_registrations() {
    middlewares_.end();
    connection_handlers_.end();
    error_handlers_.end();
    event_handlers_.end();
    server_events_.end();
    hooks_.end();
}

// --- children

void nsp_state::add_child(std::shared_ptr<nsp_state> child) {
    const std::lock_guard hold(children_lock_);
    children_.push_back(std::move(child));
}

void nsp_state::remove_child(const nsp_state& child) {
    const std::lock_guard hold(children_lock_);
    std::erase_if(children_, [&](const auto& each) { return each.get() == &child; });
}

std::vector<std::shared_ptr<nsp_state>> nsp_state::children() const {
    const std::lock_guard hold(children_lock_);
    return children_;
}

// --- packets to many

packet_ptr nsp_state::make_event(std::optional<std::uint64_t> id, std::string_view event,
                                 const outgoing_arguments& sent, const broadcast_flags& flags) const {
    auto offset = !id && !flags.is_volatile ? adapter_->make_offset() : std::string();
    return broadcast_packet::event(
        owner_->parser(), name_, id, event, sent,
        {.compress = flags.compress, .offset = std::move(offset), .wanted = event_form_});
}

void nsp_state::emit(broadcast_options to, std::string_view event, const outgoing_arguments& sent) {
    check_event(event);
    if (role_ == role::parent) {
        for (const auto& each : children()) each->emit(to, event, sent);
        return;
    }
    auto packet = make_event(std::nullopt, event, sent, to.flags);
    if (owner_->here()) return adapter_->broadcast(std::move(packet), std::move(to));
    owner_->on_some_worker(
        [self = shared_from_this(), packet = std::move(packet), to = std::move(to)]() mutable {
            self->adapter_->broadcast(std::move(packet), std::move(to));
        });
}

packet_ptr nsp_state::make_question(const broadcast_options& to, std::string_view event,
                                    const outgoing_arguments& sent) {
    check_event(event);
    check_clients("an acknowledgement");
    if (!to.flags.timeout)
        throw std::logic_error("a broadcast that asks for answers needs a time: timeout(…).emit(…)");
    return make_event(next_ack_id(), event, sent, to.flags);
}

void nsp_state::check_clients(std::string_view what) const {
    if (role_ == role::parent)
        throw std::logic_error(std::string(what) + " is not supported on parent namespaces");
}

void nsp_state::each_branch(engine::unique_function<void(nsp_state&)> act) {
    owner_->on_some_worker([self = shared_from_this(), act = std::move(act)]() mutable {
        if (self->role_ != role::parent) return act(*self);
        for (const auto& each : self->children()) act(*each);
    });
}

// --- events of the server

void nsp_state::raise(std::string_view event, const items& args, std::shared_ptr<pending_answer> answer) {
    const auto table = server_events_.current();
    table->each(event, [&](event_handler& handler) {
        owner_->guarded("a handler of an event of the server threw", [&] {
            handler_context context(*this, answer);
            context.name_event(event);
            const auto wrong = handler.call(args, context);
            if (!wrong) return;
            const auto message = wrong->message();
            const std::array<log_record::field, 2> facts{{{"event", event}, {"error", message}}};
            owner_->log(log_level::warning, "an event of the server has a wrong argument", facts);
        });
    });
}

// --- rooms that come and go

// The names are copied: a hook may change rooms, though it should not.
template <class Call>
void nsp_state::tell_hooks(std::string_view room, std::string_view id, Call&& call) {
    const auto tell = [&] {
        const auto all = hooks_.current();
        if (all->empty()) return;
        const std::string where(room);
        const std::string who(id);
        for (const auto& each : *all)
            owner_->guarded("a hook of room events threw", [&] { call(each, where, who); });
    };
    owner_->guarded("hooks of room events were not told", tell);
}

bool nsp_state::has_room(std::string_view room) const {
    return shares_.size() == 1 ? shares_.front()->has_room(room) : census_.contains(room);
}

// With one worker all comes and goes on its thread.
void nsp_state::room_created(std::string_view room, room_kind kind) {
    const auto tell = [&] { adapter_->on_create_room(room, kind); };
    if (shares_.size() == 1)
        tell();
    else if (!census_.add(room, tell))
        return;
    tell_hooks(room, {}, [](const room_hooks& each, std::string_view where, std::string_view) {
        if (each.on_create_room) each.on_create_room(where);
    });
}

void nsp_state::room_joined(std::string_view room, std::string_view id) {
    tell_hooks(room, id, [](const room_hooks& each, std::string_view where, std::string_view who) {
        if (each.on_join_room) each.on_join_room(where, who);
    });
}

void nsp_state::room_left(std::string_view room, std::string_view id) {
    tell_hooks(room, id, [](const room_hooks& each, std::string_view where, std::string_view who) {
        if (each.on_leave_room) each.on_leave_room(where, who);
    });
}

void nsp_state::room_deleted(std::string_view room) {
    const auto tell = [&] { adapter_->on_delete_room(room); };
    if (shares_.size() == 1)
        tell();
    else if (!census_.remove(room, tell))
        return;
    tell_hooks(room, {}, [](const room_hooks& each, std::string_view where, std::string_view) {
        if (each.on_delete_room) each.on_delete_room(where);
    });
}

}  // namespace kedge
