#include <kedge/transports/http/exchange.hpp>

#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/right_to_answer.hpp>
#include <kedge/transports/http/streamed_answer.hpp>
#include <kedge/transports/http/ticket.hpp>

namespace kedge::transports {

/// What fails here is not the caller's to hear of, who may be the application.
void ticket::attempt(engine::unique_function<void(connection&)> what) {
    at_->attempt(std::move(what));
}

const engine::request& exchange::request() const noexcept {
    return *right_->held().request();
}
const engine::request_ptr& exchange::shared_request() const noexcept {
    return right_->held().request();
}
std::string_view exchange::body() const noexcept {
    return right_->held().body();
}
std::string exchange::take_body() const noexcept {
    return std::exchange(right_->held().body(), {});
}
bool exchange::over() const noexcept {
    return right_->held().over();
}

void exchange::add_header(std::string_view name, std::string_view value) const {
    if (connection* const at = right_->at()) at->headers().add(name, value);
}

void exchange::reply(int status, header_list headers, std::string body) const {
    right_->answer(std::move(headers),
                   [status, body = std::move(body)](connection& to) { to.answer(status, body); });
}

void exchange::reply(int status, header_list headers, std::uint64_t length, body_source source) const {
    right_->answer(std::move(headers), [status, length, source = std::move(source)](connection& to) mutable {
        to.answer(status, length, std::move(source));
    });
}

answer_stream exchange::stream(int status, header_list headers) const {
    const auto begun =
        std::make_shared<streamed_answer>(right_->held().way(), right_->held().bytes_allowed());
    right_->answer(std::move(headers), [status, beginning = stream_beginning(begun)](connection& to) mutable {
        beginning.begin(to, status);
    });
    return answer_stream(begun);
}

void upgrade_offer::claim(claimant take) const {
    held_->pass(0, [take = std::move(take)](connection& at) mutable { take(at.release()); });
}

const engine::request& upgrade_offer::request() const noexcept {
    return *held_->request();
}

}  // namespace kedge::transports
