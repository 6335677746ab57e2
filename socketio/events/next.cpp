#include <kedge/socketio/events/next.hpp>

#include <utility>

namespace kedge {

void next::answer(std::optional<connect_error> refusal) const {
    after_->answer(std::move(refusal));
}

void verdict::operator()(bool allowed) const {
    after_->answer(allowed ? std::nullopt : std::optional<connect_error>("Invalid namespace"));
}

}  // namespace kedge
