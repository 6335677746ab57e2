#include <kedge/transports/http/right_to_answer.hpp>

#include <new>
#include <utility>

#include <kedge/transports/http/connection.hpp>

namespace kedge::transports {

right_to_answer::right_to_answer(std::shared_ptr<ticket> of_request, answer_use use) noexcept
    : held_(std::move(of_request)), stage_(held_->stage()), use_(use) {}

right_to_answer::~right_to_answer() {
    if (held_->over()) return;
    connection* const asking = held_->way()->here() ? at() : nullptr;
    try {
        answer({}, [](connection& to) { to.answer(500); });
    } catch (const std::bad_alloc&) {  // no memory for an answer, nor, from elsewhere, for word of that
        if (asking) asking->cut();
    }
}

connection* right_to_answer::at() const noexcept {
    return held_->stage() == stage_ ? held_->at() : nullptr;
}

bool right_to_answer::begin_answer(connection& to, answer_use use, const header_list& headers) {
    if (use == answer_use::ends_connection) return to.hang_up(), false;
    for (const header_list::field& each : headers) to.headers().add(each.name, each.value);
    return true;
}

}  // namespace kedge::transports
