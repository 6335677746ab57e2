#include <kedge/socketio/core/continuation.hpp>

#include <utility>

#include <kedge/socketio/core/desk.hpp>

namespace kedge {

void continuation::answer(std::optional<connect_error> refusal) {
    if (answered_.exchange(true)) return;
    home_.run([self = shared_from_this(), refusal = std::move(refusal)]() mutable {
        auto go_on = std::move(self->after_);
        go_on(std::move(refusal));
    });
}

}  // namespace kedge
