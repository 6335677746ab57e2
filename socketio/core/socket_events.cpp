// The way of an event from the client to its handlers, and of errors to theirs.
#include <algorithm>
#include <array>
#include <utility>

#include <kedge/socketio/core/continuation.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/socketio/events/exception_message.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/events/pending_answer.hpp>
#include <kedge/socketio/events/socket_error.hpp>
#include <kedge/socketio/value/value_memory.hpp>

namespace kedge {

items lay_out(const arguments& from, tape& to) {
    to.begin_array(from.size());
    for (const auto& each : from) each.write(to);
    to.end_array();
    return to.root().as_array();
}

void socket_state::on_event(const packet& received, std::size_t size) {
    ++home_.counts().events_in;
    handler_context context(this, received.id);
    context.weigh(size, received.data);
    if (handlers_ && (!handlers_->any.empty() || !handlers_->middlewares.empty())) {
        event copy{std::string(received.event), arguments(received.arguments())};
        tell_any(copy.name, copy.args, context);
        if (handlers_ && !handlers_->middlewares.empty())
            return run_middlewares(std::move(copy), received.id ? make_answer(*received.id) : nullptr,
                                   std::max(size, memory_of(received.data)));
    }
    dispatch(received.event, received.arguments(), context);
}

void socket_state::on_held_event(event received, std::optional<std::uint64_t> ack_id, std::size_t size) {
    const auto keep = shared_from_this();
    ++home_.counts().events_in;
    const auto answer = ack_id ? make_answer(*ack_id) : nullptr;
    handler_context context(this, answer);
    tell_any(received.name, received.args, context);
    run_middlewares(std::move(received), answer, size);
}

std::optional<kept_bytes> socket_state::keep_bytes(std::size_t size) {
    if (!owner()) return kept_bytes();
    auto kept = owner()->keep_bytes(size);
    if (!kept) owner()->break_rules(socket_owner::too_much_is_kept);
    return kept;
}

void socket_state::tell_any(std::string_view event, const arguments& args, handler_context& context) {
    if (!handlers_ || handlers_->any.empty()) return;
    const auto all = handlers_->any.slots;
    const auto answer = context.answer();
    for (const auto& each : all) guarded(event, [&] { (*each.handler)(event, args, answer); });
}

// data: the event's name, then its arguments.
void socket_state::tell_outgoing(const arguments& data) {
    if (!handlers_ || handlers_->any_outgoing.empty()) return;
    const auto all = handlers_->any_outgoing.slots;
    const std::string event(data[0].as_string());
    const arguments args(std::vector<value>(data.begin() + (data.empty() ? 0 : 1), data.end()));
    for (const auto& each : all) guarded(event, [&] { (*each.handler)(event, args, {}); });
}

// --- middlewares of the socket

/// One event on its way through the middlewares.
class socket_state::event_passage : public std::enable_shared_from_this<event_passage> {
  public:
    event_passage(std::shared_ptr<socket_state> at, event what, std::shared_ptr<pending_answer> answer,
                  std::size_t size, kept_bytes kept)
        : at_(std::move(at)),
          event_(std::move(what)),
          answer_(std::move(answer)),
          size_(size),
          kept_(std::move(kept)) {
        if (at_->handlers_) all_ = at_->handlers_->middlewares.slots;
    }

    void go_on() {
        if (next_ == all_.size()) {
            kept_ = {};
            return at_->dispatch(event_, answer_, size_);
        }
        const auto asked = all_[next_++].handler;
        const auto after = std::make_shared<continuation>(
            at_->nsp_->keep_owner(), at_->home_,
            [self = shared_from_this()](const std::optional<connect_error>& refusal) {
                self->on_answer(refusal);
            });
        at_->guarded(event_.name, [&] { (*asked)(event_, next(after)); });
    }

  private:
    void on_answer(const std::optional<connect_error>& refusal) {
        if (!refusal) return go_on();
        at_->report({.why = socket_error::cause::refused_event,
                     .message = refusal->message,
                     .event = event_.name,
                     .data = refusal->data,
                     .answer = ack(answer_)});
    }

    std::shared_ptr<socket_state> at_;
    event event_;
    std::shared_ptr<pending_answer> answer_;
    std::size_t size_;
    kept_bytes kept_;
    std::vector<handler_list<event_middleware>::slot> all_;
    std::size_t next_ = 0;
};

void socket_state::run_middlewares(event received, std::shared_ptr<pending_answer> answer, std::size_t size) {
    auto kept = keep_bytes(size);
    if (!kept) return;
    std::make_shared<event_passage>(shared_from_this(), std::move(received), std::move(answer), size,
                                    std::move(*kept))
        ->go_on();
}

// --- handlers

void socket_state::dispatch(const event& passed, const std::shared_ptr<pending_answer>& answer,
                            std::size_t size) {
    tape laid_out;
    handler_context context(this, answer);
    context.weigh(size);
    dispatch(passed.name, lay_out(passed.args, laid_out), context);
}

void socket_state::dispatch(std::string_view event, const items& args, handler_context& context) {
    if (!connected()) return;
    const handling_time taken(home_.counts());
    bool heard = handlers_ && handlers_->any.count() != 0;
    if (handlers_ && !handlers_->events.empty()) {
        event_handlers found;
        handlers_->events.collect(event, found);
        heard = heard || found.first;
        if (found.first) call(*found.first, event, args, context);
        for (const auto& each : found.more) call(*each, event, args, context);
    }
    if (!share_.handlers()->empty()) {
        const auto shared = share_.handlers();  // kept while its handlers run: they may change the table
        shared->each(event, [&](event_handler& each) {
            heard = true;
            call(each, event, args, context);
        });
    }
    if (heard) return;
    ++home_.counts().events_unheard;
    nsp_->owner().hint("an event without a handler",
                       {{"event", event}, {"namespace", nsp_->name()}, {"socket", id()}});
}

void socket_state::call(event_handler& handler, std::string_view event, const items& args,
                        handler_context& context) {
    if (!connected()) return;
    context.name_event(event);
    guarded(event, [&] {
        const auto wrong = handler.call(args, context);
        if (!wrong) return;
        report({.why = socket_error::cause::wrong_argument,
                .message = wrong->message(),
                .event = std::string(event),
                .expected = wrong->expected,
                .received = wrong->received,
                .answer = context.answer()});
    });
}

// --- errors

void socket_state::on_undecodable(std::string_view what) {
    report({.why = socket_error::cause::undecodable, .message = std::string(what)});
}

void socket_state::report_exception(std::string_view event, const std::exception_ptr& what) {
    report({.why = socket_error::cause::exception,
            .message = message_of(what),
            .event = std::string(event),
            .exception = what});
}

// A handler of errors that throws is not told of it.
void socket_state::report(const socket_error& what) {
    const auto keep = shared_from_this();
    ++home_.counts().errors[static_cast<std::size_t>(what.why)];
    bool told = false;
    const auto tell = [&](auto&& call) {
        told = true;
        nsp_->owner().guarded("a handler of errors threw", call);
    };
    if (handlers_) {
        const auto mine = handlers_->error.slots;
        for (const auto& each : mine) tell([&] { (*each.handler)(what); });
    }
    const auto shared = nsp_->error_handlers().current();
    for (const auto& each : *shared) tell([&] { (*each)(keep, what); });
    if (told) return;
    const std::array<log_record::field, 3> facts{
        {{"event", what.event}, {"error", what.message}, {"socket", id()}}};
    nsp_->owner().log(log_level::warning, "an error on a socket", facts);
}

}  // namespace kedge
