#include <kedge/socketio/events/handler_context.hpp>

#include <algorithm>

#include <kedge/socketio/events/ack.hpp>
#include <kedge/socketio/events/pending_answer.hpp>
#include <kedge/socketio/value/value_memory.hpp>

namespace kedge {

nsp_state& handler_context::where() const noexcept {
    return at_ ? at_->where() : *where_;
}

std::optional<kept_bytes> handler_context::keep_bytes() const {
    if (size_ == 0) return kedge::kept_bytes();
    return at_->keep_bytes(std::max(size_, memory_of(data_)));
}

ack handler_context::answer() {
    if (!answer_ && ack_id_) answer_ = at_->make_answer(*ack_id_);
    return ack(answer_);
}

void handler_context::reply(const outgoing_arguments& results) {
    if (answer_) return answer_->give(results);
    if (!ack_id_) return;
    at_->answer(*ack_id_, results);
    ack_id_.reset();
}

ack context_parameter<ack>::take(call_context& from) {
    return static_cast<handler_context&>(from).answer();
}

void ack::send(const outgoing_arguments& sent) const {
    if (what_) what_->give(sent);
}

}  // namespace kedge
