#include <kedge/socketio/core/continuation.hpp>

#include <new>
#include <utility>

#include <kedge/socketio/core/desk.hpp>

namespace kedge {

void continuation::answer(std::optional<connect_error> refusal) {
    if (answered_.exchange(true)) return;
    refusal_ = std::move(refusal);
    try {
        home_.run([self = shared_from_this()] { self->go_on(); });
    } catch (const std::bad_alloc&) {
        if (after_) answered_ = false;  // nobody has heard it
        throw;
    }
}

void continuation::go_on() {
    auto next = std::move(after_);
    next(std::move(refusal_));
}

}  // namespace kedge
