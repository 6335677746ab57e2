#include <kedge/socketio/core/continuation.hpp>

#include <new>
#include <utility>

#include <kedge/socketio/core/desk.hpp>

namespace kedge {

void continuation::answer(std::optional<connect_error> refusal) {
    if (answered_.exchange(true)) return;
    engine::task rest;
    try {
        rest = [self = shared_from_this(), refusal = std::move(refusal)]() mutable {
            auto go_on = std::move(self->after_);
            go_on(std::move(refusal));
        };
    } catch (const std::bad_alloc&) {
        answered_ = false;  // nobody has heard it
        throw;
    }
    home_.run(std::move(rest));
}

}  // namespace kedge
