#include <kedge/socketio/core/next.hpp>

#include <utility>

#include <kedge/socketio/core/continuation.hpp>
#include <kedge/socketio/core/desk.hpp>

namespace kedge {

void next::answer(std::optional<connect_error> refusal) const {
    after_->answer(std::move(refusal));
}

void verdict::operator()(bool allowed) const {
    after_->answer(allowed ? std::nullopt : std::optional<connect_error>("Invalid namespace"));
}

void continuation::answer(std::optional<connect_error> refusal) {
    if (answered_.exchange(true)) return;
    home_.run([self = shared_from_this(), refusal = std::move(refusal)]() mutable {
        auto go_on = std::move(self->after_);
        go_on(std::move(refusal));
    });
}

}  // namespace kedge
