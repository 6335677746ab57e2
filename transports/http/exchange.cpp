#include <kedge/transports/http/exchange.hpp>

#include <utility>

#include <kedge/transports/engineio/gate.hpp>
#include <kedge/transports/engineio/server_core.hpp>
#include <kedge/transports/engineio/site.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/ticket.hpp>

namespace kedge::transports {

namespace {

/// Whether an answer to this request would be one: an upgrade that the engine serves is not answered in HTTP.
bool upgrades(connection& at) {
    return !at.apart() && at.home().core().upgrades(*at.request());
}

void answer(connection& at, int status, const header_list& headers, std::string_view body) {
    if (upgrades(at)) return at.hang_up();
    for (const header_list::field& each : headers) at.headers().add(each.name, each.value);
    at.answer(status, body);
}

}  // namespace

right_to_answer::~right_to_answer() {
    if (held->over()) return;
    held->pass(stage, [](connection& at) { answer(at, 500, {}, {}); });
}

/// What fails here is not the caller's to hear of, who may be the application.
void ticket::attempt(engine::unique_function<void(connection&)> what) {
    at_->attempt(std::move(what));
}

void ticket::collect(std::size_t limit) {
    limit_ = limit;
    if (at_->framing() == body_framing::length && at_->content_length() > limit) {
        at_->close_after_answer();
        return at_->answer(413);
    }
    at_->read_body(*this);
}

void ticket::on_body(connection& from, std::string_view bytes) {
    if (body_.size() + bytes.size() <= limit_) {
        body_.append(bytes);
        return;
    }
    from.close_after_answer();
    from.answer(413);
}

void ticket::on_body_end(connection& from) {
    from.home().gate().ask_application(from);
}

const engine::request& exchange::request() const noexcept {
    return *right_->held->request();
}
const engine::request_ptr& exchange::shared_request() const noexcept {
    return right_->held->request();
}
std::string_view exchange::body() const noexcept {
    return right_->held->body();
}
std::string exchange::take_body() const noexcept {
    return std::exchange(right_->held->body(), {});
}
bool exchange::over() const noexcept {
    return right_->held->over();
}

void exchange::add_header(std::string_view name, std::string_view value) const {
    ticket& held = *right_->held;
    if (held.at() && held.stage() == right_->stage) held.at()->headers().add(name, value);
}

void exchange::reply(int status, header_list headers, std::string body) const {
    right_->held->pass(right_->stage, [status, headers = std::move(headers), body = std::move(body)](
                                          connection& at) { answer(at, status, headers, body); });
}

void exchange::reply(int status, header_list headers, std::uint64_t length, body_source source) const {
    right_->held->pass(right_->stage, [status, headers = std::move(headers), length,
                                       source = std::move(source)](connection& at) mutable {
        if (upgrades(at)) return at.hang_up();
        for (const header_list::field& each : headers) at.headers().add(each.name, each.value);
        at.answer(status, length, std::move(source));
    });
}

void next_step::operator()() const {
    right_->held->pass(right_->stage, [](connection& at) { at.home().gate().proceed(at); });
}

void next_step::fail() const {
    right_->held->pass(right_->stage, [](connection& at) { at.home().gate().middleware_failed(at); });
}

void admission::allow() const {
    right_->held->pass(right_->stage, [](connection& at) { at.home().gate().admitted(at); });
}

void admission::refuse(std::string message) const {
    right_->held->pass(right_->stage, [message = std::move(message)](connection& at) mutable {
        at.home().gate().forbid(at, std::move(message));
    });
}

void upgrade_offer::claim(claimant take) const {
    held_->pass(0, [take = std::move(take)](connection& at) mutable { take(at.release()); });
}

const engine::request& upgrade_offer::request() const noexcept {
    return *held_->request();
}

}  // namespace kedge::transports
