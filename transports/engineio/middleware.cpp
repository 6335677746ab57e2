#include <kedge/transports/engineio/middleware.hpp>

#include <utility>

#include <kedge/transports/engineio/pending_request.hpp>
#include <kedge/transports/http/right_to_answer.hpp>

namespace kedge::transports {

next_step::next_step(std::shared_ptr<right_to_answer> right, std::shared_ptr<pending_request> asked) noexcept
    : right_(std::move(right)), asked_(std::move(asked)) {}

void next_step::operator()() const {
    right_->spend([asked = asked_](connection& at) { asked->steps.proceed(at, asked); });
}

void next_step::fail() const {
    right_->spend([asked = asked_](connection& at) { asked->steps.middleware_failed(at, asked->facts); });
}

admission::admission(std::shared_ptr<right_to_answer> right, std::shared_ptr<pending_request> asked) noexcept
    : right_(std::move(right)), asked_(std::move(asked)) {}

void admission::allow() const {
    right_->spend([asked = asked_](connection& at) { asked->steps.admitted(at, asked->facts); });
}

void admission::refuse(std::string message) const {
    right_->spend([asked = asked_, message = std::move(message)](connection& at) mutable {
        asked->steps.forbid(at, asked->facts, std::move(message));
    });
}

}  // namespace kedge::transports
