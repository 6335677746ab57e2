#include <kedge/socketio/core/join.hpp>

#include <new>
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/continuation.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {

join::join(join_owner& who, std::string nsp, value auth, kept_bytes kept)
    : who_(&who), nsp_name_(std::move(nsp)), auth_(std::move(auth)), kept_(std::move(kept)) {}

join::~join() = default;

void join::start() {
    if (cancelled() || std::exchange(started_, true)) return;
    if (who_->owner().closing()) return unknown();
    if (auto nsp = who_->owner().enter(nsp_name_)) return found(std::move(nsp));
    parents_ = who_->owner().parents();
    ask_parent();
}

void join::cancel() {
    silence();
    drop();
}

void join::forget() {
    who_ = nullptr;
    if (socket_) socket_->forget();
    socket_.reset();
    nsp_.reset();
}

void join::drop() {
    held_.clear();
    if (auto socket = std::exchange(socket_, nullptr)) socket->abandon();
    if (auto nsp = std::exchange(nsp_, nullptr)) nsp->owner().release(*nsp);
}

std::shared_ptr<continuation> join::then(continuation::step step) {
    auto within_memory = [link = who_->link(),
                          step = std::move(step)](std::optional<connect_error> refusal) mutable {
        try {
            step(std::move(refusal));
        } catch (const std::bad_alloc&) {  // nobody else would hear of it, and the client would wait for ever
            if (link->session) link->session->close(true);
            throw;
        }
    };
    return std::make_shared<continuation>(who_->keep_owner(), who_->home(), std::move(within_memory));
}

// --- which namespace

void join::ask_parent() {
    if (next_ == parents_.size()) return unknown();
    const auto keep = shared_from_this();  // the predicate may look at its arguments when it has answered
    const auto asked = parents_[next_++];
    const auto answer = then([self = shared_from_this(), asked](const std::optional<connect_error>& refusal) {
        if (self->cancelled()) return;
        if (refusal) return self->ask_parent();
        self->enter_child(asked.nsp);
    });
    const auto owner = who_->keep_owner();
    const bool returned = owner->guarded("the predicate of a dynamic namespace threw",
                                         [&] { (*asked.allows)(nsp_name_, auth_, verdict(answer)); });
    if (!returned) answer->answer(connect_error(""));
}

// Who is told of the new namespace may send the client away.
void join::enter_child(const std::shared_ptr<nsp_state>& parent) {
    const auto owner = who_->keep_owner();
    std::shared_ptr<nsp_state> made;
    owner->guarded("a namespace cannot be made", [&] { made = owner->enter_child(parent, nsp_name_); });
    if (cancelled()) return made ? owner->release(*made) : void();
    made ? found(std::move(made)) : unknown();
}

void join::unknown() {
    const auto keep = shared_from_this();
    ++who_->home().counts().unknown;
    std::exchange(who_, nullptr)->on_unknown(*this);
}

// --- the socket

void join::found(std::shared_ptr<nsp_state> nsp) {
    nsp_ = std::move(nsp);
    const value& said = auth_;  // looked at only: asking a value that may be changed makes what is missing
    // Who was sent nothing yet has no offset.
    const bool claims = said["pid"].is_string() && (said["offset"].is_string() || said["offset"].is_null());
    claims && nsp_->adapter().recovers() && !who_->revision_3() ? recover() : make_fresh();
}

// Clients of the older protocol compute their ids from the session's, and know nothing of pids.
void join::make_fresh() {
    if (who_->revision_3()) {
        const std::string sid(who_->session().id());
        make_socket({nsp_name_ == "/" ? sid : nsp_name_ + "#" + sid, {}, {}, {}, false});
    } else {
        auto& ids = who_->home().ids();
        std::string id = ids.next();
        make_socket({std::move(id), nsp_->adapter().recovers() ? ids.next() : std::string(), {}, {}, false});
    }
    run_middlewares();
}

void join::make_socket(socket_state::origin from) {
    from.auth = std::move(auth_);
    from.kept = std::move(kept_);
    from.request = who_->session().first_request();
    socket_ = std::make_shared<socket_state>(nsp_->share(who_->home()), who_->link(), std::move(from));
}

void join::recover() {
    const value& said = auth_;
    std::string pid(said["pid"].as_string());
    std::string offset(said["offset"].is_string() ? said["offset"].as_string() : std::string_view());
    auto resume = [self = shared_from_this(), nsp = nsp_](std::optional<stored_session> stored) {
        if (self->cancelled()) {
            if (stored) nsp->adapter().persist_session(std::move(*stored));
            return;
        }
        if (stored) return self->make_recovered(std::move(*stored));
        ++self->who_->home().counts().came_anew;
        self->make_fresh();
    };
    nsp_->adapter().restore_session(std::move(pid), std::move(offset), std::move(resume));
}

void join::make_recovered(stored_session stored) {
    const auto& settings = who_->owner().settings().recovery;
    make_socket({stored.sid, stored.pid, {}, {}, true});
    socket_->restore(stored);
    returning_ = std::move(stored);
    !settings || settings->skip_middlewares ? finish() : run_middlewares();
}

// --- the middlewares

void join::run_middlewares() {
    middlewares_ = nsp_->middlewares().current();
    next_ = 0;
    run_middleware();
}

void join::run_middleware() {
    if (next_ == middlewares_->size()) return finish();
    const auto asked = (*middlewares_)[next_++];
    const auto answer = then([self = shared_from_this()](const std::optional<connect_error>& refusal) {
        if (self->cancelled()) return;
        if (refusal) return self->refuse(*refusal);
        self->run_middleware();
    });
    const auto socket = socket_;
    if (!socket->guarded("connection", [&] { (*asked)(socket, next(answer)); }))
        answer->answer(connect_error("internal server error"));
}

void join::refuse(const connect_error& why) {
    const auto keep = shared_from_this();
    auto* who = std::exchange(who_, nullptr);
    ++who->home().counts().refused;
    drop();
    who->on_refused(*this, why);
}

void join::finish() {
    returning_ ? send_missed() : enter();
}

// What was sent while the middlewares took their time is among it.
void join::send_missed() {
    auto resume = [self = shared_from_this()](std::optional<std::vector<packet_ptr>> missed) {
        if (self->cancelled()) return;
        // Too much was sent meanwhile: the client comes back once more, and anew.
        if (!missed) {
            ++self->who_->home().counts().fell_behind;
            return self->who_->session().close(true);
        }
        self->socket_->send_missed(*missed);
        if (!self->cancelled()) self->enter();
    };
    nsp_->adapter().missed_packets(*returning_, std::move(resume));
}

void join::enter() {
    const auto keep = shared_from_this();
    nsp_.reset();  // the socket releases it now
    auto* who = std::exchange(who_, nullptr);
    who->on_joined(*this, std::exchange(socket_, nullptr));
}

// --- packets that came early

bool join::hold(const packet& received, std::size_t size) {
    const auto& settings = who_->owner().settings();
    if (held_.size() >= settings.max_held_packets ||
        (held_bytes_ != 0 && held_bytes_ + size > settings.max_http_buffer_size))
        return false;
    auto kept = who_->keep_bytes(size);
    if (!kept) return false;
    held_bytes_ += size;
    held_.push_back({received.type,
                     received.id,
                     {std::string(received.event), arguments(received.arguments())},
                     size,
                     std::move(*kept)});
    return true;
}

void join::release(const std::shared_ptr<socket_state>& to) {
    for (auto& each : std::exchange(held_, {})) {
        if (!to->connected()) return;
        each.kept = {};
        if (each.type == packet_type::event) {
            to->on_held_event(std::move(each.event), each.id, each.size);
        } else if (each.id) {
            tape laid_out;
            to->on_ack(*each.id, lay_out(each.event.args, laid_out));
        }
    }
}

}  // namespace kedge
